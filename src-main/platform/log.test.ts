import fc from 'fast-check';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { failure } from '../../src-shared/errors.ts';
import { smallDisk, tempFolder } from './testing/temp-folders.ts';
import { diagnosticId } from './diagnostic-id.ts';
import { openLogFile } from './log-file.ts';
import { openLog } from './log.ts';
import { propertyRuns } from './testing/property-runs.ts';

type Line = Record<string, unknown>;
const linesOf = (path: string): Line[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
const attempt = { uploadId: 'u1', attempt: 2, profileId: 'p1', ms: 1234, bytes: 5678 };

describe('the log', () => {
  test('writes one line for an attempt, with the id that it returns', () => {
    const log = openLog({ folder: join(tempFolder(), 'logs'), home: '/home/ann' });
    expect(existsSync(log.file)).toBe(false);
    const stored = log.attempt({ ...attempt, outcome: 'stored' });
    const failed = log.attempt({
      ...attempt,
      outcome: 'unreachable',
      cause: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
    });
    const problem = log.problem('uploads.enqueue', failure('bug', {}, 'odd'));
    log.note('started', { version: '0.1.0', headless: true });
    const lines = linesOf(log.file);
    expect(lines).toMatchObject([
      { level: 'info', id: stored, event: 'attempt', ...attempt, outcome: 'stored', pid: process.pid },
      {
        level: 'warn',
        id: failed,
        event: 'attempt',
        outcome: 'unreachable',
        cause: { name: 'Error', message: 'connect ECONNREFUSED', code: 'ECONNREFUSED' },
      },
      {
        level: 'error',
        id: problem,
        event: 'problem',
        where: 'uploads.enqueue',
        cause: { name: 'AppFailure', code: 'bug', cause: { message: 'odd' } },
      },
      { level: 'info', event: 'started', version: '0.1.0', headless: true },
    ]);
    expect(lines[0]).not.toHaveProperty('cause');
    for (const { time } of lines) expect(Math.abs(Date.now() - Date.parse(String(time)))).toBeLessThan(60_000);
    expect(statSync(log.file).mode & 0o777).toBe(0o600);
    expect(statSync(join(log.file, '..')).mode & 0o777).toBe(0o700);
  });

  test('shows paths relative to the app, not absolute paths', () => {
    const log = openLog({ folder: tempFolder(), home: homedir() });
    log.problem('here', new Error('m'));
    const [line] = linesOf(log.file) as { cause: { stack: string[] } }[];
    expect(line?.cause.stack[0]).toContain('src-main/platform/log.test.ts');
    expect(JSON.stringify(line)).not.toContain(process.cwd());
  });

  test('never contains a secret in any encoding', () => {
    const letters = fc
      .string({ unit: fc.constantFrom(...Array.from('abcdefXYZ0189+/=-_"\\ %ä&')), minLength: 10, maxLength: 60 })
      // A text of few different characters may also occur in the rest of a line.
      .filter((text) => new Set(text).size > 6 && /[a-zA-Z]{2}/u.test(text));
    const folder = tempFolder();
    fc.assert(
      fc.property(letters, letters, (secret, noise) => {
        const log = openLog({ folder, home: '/home/ann' });
        log.registerSecret(secret);
        const forms = [
          secret,
          encodeURIComponent(secret),
          Buffer.from(secret).toString('base64'),
          JSON.stringify(secret).slice(1, -1),
        ];
        for (const form of forms) {
          const inner = Object.assign(new Error(`${noise}${form}`), {
            name: form,
            code: form,
            requestId: form,
            [form]: form,
          });
          inner.stack = `Error\n    at ${form} (/opt/${form}.js:1:1)`;
          log.attempt({
            ...attempt,
            uploadId: form,
            profileId: `${form}${noise}`,
            outcome: 'bug',
            cause: new AggregateError([form, inner], form, { cause: inner }),
          });
          log.problem(`at ${form}`, { message: form });
          log.note('x', { [form]: form });
        }
        const written = readFileSync(log.file, 'utf8');
        rmSync(log.file);
        for (const form of forms) {
          expect(written).not.toContain(form);
          expect(written).not.toContain(JSON.stringify(form).slice(1, -1));
        }
        for (const line of written.split('\n').filter(Boolean)) JSON.parse(line);
      }),
      { numRuns: propertyRuns(60) },
    );
  });
});

describe('the log file', () => {
  const open = (folder: string, maxBytes = 100) =>
    openLogFile({ path: join(folder, 'hoist.log'), maxBytes, keepFiles: 3 });

  test('is rotated when it reaches its maximum size, and three old files are kept', () => {
    const folder = tempFolder();
    const log = open(folder);
    for (let n = 0; n < 60; n++) log.write(`{"n":${n},"fill":"${'x'.repeat(20)}"}\n`);
    expect(readdirSync(folder).sort()).toEqual(['hoist.1.log', 'hoist.2.log', 'hoist.3.log', 'hoist.log']);
    const numbers = ['hoist.3.log', 'hoist.2.log', 'hoist.1.log', 'hoist.log'].flatMap((name) =>
      linesOf(join(folder, name)).map(({ n }) => n),
    );
    expect(numbers.at(-1)).toBe(59);
    expect(numbers).toEqual(numbers.map((_, index) => Number(numbers[0]) + index));
    for (const name of readdirSync(folder)) {
      expect(statSync(join(folder, name)).size).toBeLessThan(150);
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    }
  });

  test('keeps all lines of two writers', () => {
    const folder = tempFolder();
    const [firstWriter, secondWriter] = [open(folder, 2_000), open(folder, 2_000)];
    for (let n = 0; n < 100; n++) (n % 2 ? firstWriter : secondWriter).write(`{"n":${n}}\n`);
    expect(readdirSync(folder).flatMap((name) => linesOf(join(folder, name))).length).toBe(100);
  });

  test('loses the read permission of other users', () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'hoist.log'), '{"n":0}\n');
    chmodSync(join(folder, 'hoist.log'), 0o644);
    open(folder).write('{"n":1}\n');
    expect(statSync(join(folder, 'hoist.log')).mode & 0o777).toBe(0o600);
  });

  test('that cannot be written causes no error, and a later line reports the number of lost lines', () => {
    const folder = tempFolder();
    const blockingFile = join(folder, 'logs');
    writeFileSync(blockingFile, '');
    const log = openLogFile({ path: join(blockingFile, 'hoist.log'), maxBytes: 1_000, keepFiles: 3 });
    for (let n = 0; n < 3; n++) log.write(`{"n":${n}}\n`);
    rmSync(blockingFile);
    log.write('{"n":3}\n');
    log.write('{"n":4}\n');
    expect(linesOf(join(blockingFile, 'hoist.log'))).toEqual([{ event: 'lines-lost', lines: 3 }, { n: 3 }, { n: 4 }]);
  });

  test('on a full disk causes no error', () => {
    const disk = smallDisk(64 * 1024);
    const log = openLogFile({ path: disk ? join(disk, 'hoist.log') : '/dev/full', maxBytes: 10_000_000, keepFiles: 3 });
    for (let n = 0; n < 200; n++) log.write(`{"n":${n},"fill":"${'x'.repeat(1_000)}"}\n`);
    if (!disk) return;
    rmSync(join(disk, 'hoist.log'));
    log.write('{"n":200}\n');
    expect(linesOf(join(disk, 'hoist.log'))).toEqual([
      { event: 'lines-lost', lines: expect.any(Number) as number },
      { n: 200 },
    ]);
  });
});

test('a diagnostic id is short, unambiguous and unique', () => {
  const ids = Array.from({ length: 20_000 }, diagnosticId);
  for (const id of ids) expect(id).toMatch(/^[CDFHJKMNPQRTVWXY234579]{4}-[CDFHJKMNPQRTVWXY234579]{4}$/u);
  expect(new Set(ids).size).toBe(ids.length);
});
