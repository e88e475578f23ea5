import { closeSync, openSync } from 'node:fs';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { openPrompt } from './prompt.ts';
import { FileOutput } from './standard-output.ts';
import { openTerminal, type Stream } from './terminal.ts';

function collectingStream(properties: { isTTY?: boolean } = {}): Stream & { text: string } {
  const stream = Object.assign(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        stream.text += chunk.toString();
        done();
      },
    }),
    { text: '', ...properties },
  );
  return stream;
}

const failingStream = (code: string, properties: { isTTY?: boolean } = {}): Stream =>
  Object.assign(
    new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error(`write ${code}`), { code })),
    }),
    properties,
  );

/** A file on a disk with this much space. A write that doesn't fit takes the bytes that fit, as in POSIX. */
function nearlyFullFile(bytes: number) {
  let content = '';
  const output = new FileOutput(1, (_fd, chunk, done) => {
    const taken = chunk.subarray(0, bytes - content.length);
    content += taken.toString();
    if (taken.length > 0) done(null, taken.length);
    else done(Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC' }), 0);
  });
  return { output, content: () => content };
}

const diskFull = 'Standard output can’t be written: the disk is full. The results follow here.\n';

describe('when standard output can’t be written', () => {
  test.skipIf(process.platform !== 'linux')('because the disk is full, the results go to standard error', async () => {
    const stderr = collectingStream();
    const fd = openSync('/dev/full', 'w');
    const terminal = openTerminal(new FileOutput(fd), stderr);
    await terminal.result('https://a.example/1');
    await terminal.result('https://a.example/2');
    expect(stderr.text).toBe(`${diskFull}https://a.example/1\nhttps://a.example/2\n`);
    expect(terminal.hasLostResults).toBe(true);
    closeSync(fd);
  });

  test('a line that was written only in part is repeated completely', async () => {
    const stderr = collectingStream();
    const { output, content } = nearlyFullFile(30);
    const terminal = openTerminal(output, stderr);
    for (const line of ['https://a.example/1', 'https://a.example/2']) await terminal.result(line);
    expect(content()).toBe('https://a.example/1\nhttps://a.');
    expect(stderr.text).toBe(`${diskFull}https://a.example/2\n`);
    expect(terminal.hasLostResults).toBe(true);
  });

  test('a file that takes a line in two parts gets the whole line', async () => {
    let content = '';
    const output = new FileOutput(1, (_fd, chunk, done) => {
      content += chunk.subarray(0, 5).toString();
      done(null, Math.min(5, chunk.length));
    });
    const terminal = openTerminal(output, collectingStream());
    await terminal.result('https://a.example/1');
    expect(content).toBe('https://a.example/1\n');
    expect(terminal.hasLostResults).toBe(false);
  });

  test('the message names an error that is not a full disk', async () => {
    const stderr = collectingStream();
    const terminal = openTerminal(failingStream('EIO'), stderr);
    await terminal.result('https://a.example/1');
    expect(stderr.text).toBe('Standard output can’t be written (EIO). The results follow here.\nhttps://a.example/1\n');
  });

  test.each([
    ['EPIPE', false],
    ['ECONNRESET', false],
    ['EIO', true],
  ])('because its reader has closed it (%s, terminal: %s), nothing is lost', async (code, isTTY) => {
    const stderr = collectingStream();
    const terminal = openTerminal(failingStream(code, { isTTY }), stderr);
    await terminal.result('https://a.example/1');
    expect(stderr.text).toBe('');
    expect(terminal.hasLostResults).toBe(false);
  });
});

describe('every character that reaches the terminal is printable', () => {
  const hostile = 'Work\u001b]0;x\u0007\u009b2J\u0000\u007f\r\u202e\u2066\u2028';

  test('in results, messages and the progress line', async () => {
    const stdout = collectingStream();
    const stderr = collectingStream({ isTTY: true });
    const terminal = openTerminal(stdout, stderr);
    await terminal.result(`${hostile}\tend`);
    terminal.message(hostile);
    expect(stdout.text).toMatch(/^Work\\u001b.*\tend\n$/);
    expect(stderr.text).toContain('Work\\u001b');
    for (const output of [stdout.text.replace(/[\n\t]/g, ''), stderr.text.split('Work')[1]!.replace(/\n/g, '')])
      expect(output).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
    terminal.progress(hostile);
    expect(stderr.text).not.toContain('\u009b');
    terminal.close();
  });

  test('a line of JSON keeps its meaning', async () => {
    const stdout = collectingStream();
    await openTerminal(stdout, collectingStream()).result(JSON.stringify({ name: hostile }));
    expect(stdout.text).not.toMatch(/[\u007f-\u009f]/);
    expect(JSON.parse(stdout.text)).toEqual({ name: hostile });
  });

  test('in questions', async () => {
    const stderr = collectingStream({ isTTY: true });
    const stop = new AbortController();
    const stdin = Object.assign(new PassThrough(), { isTTY: true });
    const answer = openPrompt(stdin, stderr, stop.signal)!.secret(`Password of ${hostile}`);
    stop.abort();
    await expect(answer).rejects.toThrow();
    expect(stderr.text).toContain('Password of Work\\u001b');
    expect(stderr.text).not.toMatch(/[\u0007\u009b\u202e]/);
  });
});
