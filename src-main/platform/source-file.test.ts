import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AppFailure, ErrorCode } from '../../src-shared/errors.ts';
import type { FileSource } from '../engine/ports.ts';
import { asUnprivilegedUser, unprivilegedFolder, tempFolder } from './testing/temp-folders.ts';
import { acceptFile, openSource } from './source-file.ts';

const codeOf = (thrown: unknown): ErrorCode => (thrown as AppFailure).error.code;
const acceptResult = (path: string) => acceptFile(path).then(() => 'accepted' as const, codeOf);

async function openAccepted(path: string): Promise<FileSource> {
  const file = await acceptFile(path);
  const source = await openSource(file.source, file);
  onTestFinished(() => source.close());
  return source;
}

async function readAll(source: FileSource, step = 7): Promise<string> {
  const parts: Buffer[] = [];
  for (let position = 0; position < source.size;) {
    const buffer = Buffer.alloc(step);
    const count = await source.read(buffer, position);
    parts.push(buffer.subarray(0, count));
    position += count;
  }
  return Buffer.concat(parts).toString();
}

const file = (content = 'hello world, hello moon', name = 'a.txt') => {
  const path = join(tempFolder(), name);
  writeFileSync(path, content);
  return path;
};

describe('acceptFile', () => {
  test('returns the name, size, type and fingerprint of a file', async () => {
    const path = file('12345', 'picture.PNG');
    const stat = statSync(path, { bigint: true });
    expect(await acceptFile(path)).toEqual({
      name: 'picture.PNG',
      size: 5,
      contentType: 'image/png',
      source: {
        path: realpathSync(path),
        fingerprint: { size: 5, mtimeMs: Number(stat.mtimeNs) / 1e6, dev: String(stat.dev), ino: String(stat.ino) },
      },
      givenPath: path,
    });
  });

  test.each([
    ['a.html', 'text/html'],
    ['a.svg', 'image/svg+xml'],
    ['a.tar.gz', 'application/gzip'],
    ['noending', 'text/plain'],
    ['.env', 'text/plain'],
    ['a.MP4', 'video/mp4'],
  ])('determines that the content type of %s is %s', async (name, type) => {
    expect((await acceptFile(file('x', name))).contentType).toBe(type);
  });

  test('follows a dropped link and keeps its name', async () => {
    const path = file('linked');
    const link = join(tempFolder(), 'shown.jpg');
    symlinkSync(path, link);
    expect(await acceptFile(link)).toMatchObject({
      name: 'shown.jpg',
      size: 6,
      contentType: 'image/jpeg',
      source: { path: realpathSync(path) },
    });
  });

  test.each([
    'line\nbreak.txt',
    '-rf',
    '.hidden',
    ' space ',
    'Ärger.txt',
    'Ärger.txt'.normalize('NFD'),
    '😀.txt',
    '100%46.txt',
    '\u{202e}gpj.exe',
    'with \u{FFFD} itself',
    `${'x'.repeat(251)}.txt`,
  ])('accepts the unusual name %j', async (name) => {
    const source = await openAccepted(file('content', name));
    expect(source.name).toBe(name);
    expect(await readAll(source)).toBe('content');
  });

  test('accepts an empty file', async () => {
    const source = await openAccepted(file(''));
    expect(source.size).toBe(0);
    expect(await source.read(Buffer.alloc(10), 0)).toBe(0);
  });
});

describe('acceptFile refuses', () => {
  const cases: [string, ErrorCode, () => string][] = [
    ['a missing file', 'source-missing', () => join(tempFolder(), 'gone')],
    ['a path below a file', 'source-missing', () => join(file(), 'below')],
    [
      'a broken link',
      'source-missing',
      () => {
        const link = join(tempFolder(), 'l');
        symlinkSync('/nowhere/at/all', link);
        return link;
      },
    ],
    ['a name that is too long', 'source-missing', () => join(tempFolder(), 'x'.repeat(300))],
    ['a folder', 'source-is-folder', tempFolder],
    [
      'a link to a folder',
      'source-is-folder',
      () => {
        const link = join(tempFolder(), 'l');
        symlinkSync(tempFolder(), link);
        return link;
      },
    ],
    [
      'a link to itself',
      'source-not-a-file',
      () => {
        const link = join(tempFolder(), 'l');
        symlinkSync(link, link);
        return link;
      },
    ],
    [
      'a pipe',
      'source-not-a-file',
      () => {
        const path = join(tempFolder(), 'pipe');
        execFileSync('mkfifo', [path]);
        return path;
      },
    ],
    [
      'a link to a pipe',
      'source-not-a-file',
      () => {
        const folder = tempFolder();
        execFileSync('mkfifo', [join(folder, 'pipe')]);
        symlinkSync('pipe', join(folder, 'l'));
        return join(folder, 'l');
      },
    ],
    ['a device without an end', 'source-not-a-file', () => '/dev/zero'],
    ['the null device', 'source-not-a-file', () => '/dev/null'],
    ['a terminal', 'source-not-a-file', () => '/dev/tty'],
  ];
  const onLinux: [string, ErrorCode, () => string][] = [
    ['a pseudo file of size 0', 'source-not-a-file', () => '/proc/self/status'],
    ['a pseudo file with the size of a page', 'source-not-a-file', () => '/sys/kernel/mm/transparent_hugepage/enabled'],
    ['a pseudo file that blocks reads', 'source-not-a-file', () => '/proc/kmsg'],
  ];
  test.each([...cases, ...(process.platform === 'linux' ? onLinux.filter(([, , path]) => existsSync(path())) : [])])(
    '%s with %s, without blocking',
    async (_, code, make) => {
      const path = make();
      const durations: number[] = [];
      for (let i = 0; i < 3; i++) {
        const startedAt = performance.now();
        expect(await acceptResult(path)).toBe(code);
        durations.push(performance.now() - startedAt);
      }
      // The fastest of three attempts: other processes may delay an attempt.
      expect(Math.min(...durations)).toBeLessThan(1000);
    },
  );

  test('a socket', async () => {
    const path = join(tempFolder(), 's');
    const server = createServer();
    await new Promise<void>((ok) => {
      server.listen(path, ok);
    });
    expect(await acceptResult(path)).toBe('source-not-a-file');
    await new Promise((ok) => {
      server.close(ok);
    });
  });

  test('forty pipes at once without blocking other reads', async () => {
    const folder = tempFolder();
    const pipes = Array.from({ length: 40 }, (_, n) => join(folder, `p${n}`));
    execFileSync('mkfifo', pipes);
    const other = file('still read');
    const [results, content] = await Promise.all([Promise.all(pipes.map(acceptResult)), readFile(other, 'utf8')]);
    expect(new Set(results)).toEqual(new Set(['source-not-a-file']));
    expect(content).toBe('still read');
  });

  test('a file that this user is not permitted to read', async () => {
    const folder = unprivilegedFolder();
    const [closed, below] = [join(folder, 'closed'), join(folder, 'sub', 'file')];
    writeFileSync(closed, 'x');
    mkdirSync(join(folder, 'sub'));
    writeFileSync(below, 'x');
    chmodSync(closed, 0o000);
    chmodSync(join(folder, 'sub'), 0o000);
    await asUnprivilegedUser(async () => {
      expect(await acceptResult(closed)).toBe('source-unreadable');
      expect(await acceptResult(below)).toBe('source-unreadable');
    });
    chmodSync(join(folder, 'sub'), 0o700);
  });

  test.runIf(process.platform === 'linux')(
    'a name that is not valid UTF-8, and reports the name as the problem',
    async () => {
      const folder = tempFolder();
      // Both names have the same text, so Hoist can't know which file the user means.
      for (const byte of [0xfe, 0xff])
        writeFileSync(Buffer.concat([Buffer.from(`${folder}/a`), Buffer.from([byte]), Buffer.from('b.txt')]), 'x');
      const [listedName = ''] = execFileSync('ls', ['-1', folder]).toString().split('\n');
      expect(listedName).toBe('a\u{FFFD}b.txt');
      await expect(acceptFile(join(folder, listedName))).rejects.toMatchObject({
        error: { code: 'source-unreadable', params: { problem: 'name' } },
      });
    },
  );
});

describe('an open source', () => {
  test('can be read from any position, concurrently, and not past the end', async () => {
    const source = await openAccepted(file('0123456789'));
    const reads = await Promise.all(
      [0, 3, 7].map(async (position) => {
        const buffer = Buffer.alloc(4);
        return buffer.toString('latin1', 0, await source.read(buffer, position));
      }),
    );
    expect(reads).toEqual(['0123', '3456', '789']);
    expect(await source.read(Buffer.alloc(4), 10)).toBe(0);
    expect(await source.read(Buffer.alloc(4), 11)).toBe(0);
    await source.assertUnchanged();
  });

  test('reports a file that became shorter as changed', async () => {
    const path = file('0123456789');
    const source = await openAccepted(path);
    truncateSync(path, 4);
    expect(await source.read(Buffer.alloc(10), 0)).toBe(4);
    await expect(source.read(Buffer.alloc(6), 4)).rejects.toMatchObject({ error: { code: 'source-changed' } });
    await expect(source.assertUnchanged()).rejects.toMatchObject({ error: { code: 'source-changed' } });
  });

  test('reads only the accepted size of a file that grew', async () => {
    const path = file('0123456789');
    const source = await openAccepted(path);
    appendFileSync(path, 'more');
    expect(await source.read(Buffer.alloc(100), 0)).toBe(10);
    await expect(source.assertUnchanged()).rejects.toMatchObject({ error: { code: 'source-changed' } });
  });

  test('can be closed twice, and then reading fails', async () => {
    const source = await openAccepted(file());
    await Promise.all([source.close(), source.close()]);
    await source.close();
    await expect(source.read(Buffer.alloc(1), 0)).rejects.toMatchObject({ error: { code: 'bug' } });
  });
});

/** The results when a file changes after it was accepted: before it is opened, and while it is open. */
describe('a file that changes', () => {
  const changes: [string, 'changed' | 'same' | ErrorCode, 'changed' | 'same', (path: string) => void][] = [
    ['no change', 'same', 'same', () => undefined],
    ['longer', 'changed', 'changed', (path) => appendFileSync(path, '!')],
    ['shorter', 'changed', 'changed', (path) => truncateSync(path, 3)],
    [
      'other bytes of the same length',
      'changed',
      'changed',
      (path) => {
        const handle = openSync(path, 'r+');
        writeSync(handle, 'X', 0);
        closeSync(handle);
        advanceMtime(path, 2);
      },
    ],
    ['only another time', 'changed', 'changed', (path) => advanceMtime(path, 1)],
    [
      'replaced by another file with the same size and time',
      'changed',
      'changed',
      (path) => {
        const other = `${path}.new`;
        writeFileSync(other, 'hello world, hello moon');
        execFileSync('touch', ['-r', path, other]);
        renameSync(other, path);
      },
    ],
    ['deleted', 'source-missing', 'same', (path) => rmSync(path)],
    ['moved away', 'source-missing', 'same', (path) => renameSync(path, `${path}.moved`)],
    [
      'a folder in its place',
      'source-is-folder',
      'changed',
      (path) => {
        rmSync(path);
        mkdirSync(path);
      },
    ],
    [
      'a pipe in its place',
      'source-not-a-file',
      'changed',
      (path) => {
        rmSync(path);
        execFileSync('mkfifo', [path]);
      },
    ],
    [
      'a link to a copy in its place',
      'source-not-a-file',
      'changed',
      (path) => {
        renameSync(path, `${path}.real`);
        symlinkSync(`${path}.real`, path);
      },
    ],
    ['a second hard link', 'same', 'same', (path) => linkSync(path, `${path}.second`)],
    ['other permissions', 'same', 'same', (path) => chmodSync(path, 0o600)],
  ];
  const advanceMtime = (path: string, seconds: number) => {
    const { atime, mtimeMs } = statSync(path);
    utimesSync(path, atime, mtimeMs / 1000 + seconds);
  };
  const outcome = (code: ErrorCode) => (code === 'source-changed' ? 'changed' : code);

  test.each(changes)('before it is opened gives the expected result: %s', async (_, expected, __, change) => {
    const path = file();
    const accepted = await acceptFile(path);
    change(path);
    const result = await openSource(accepted.source, accepted).then(
      async (source) => {
        await source.close();
        return 'same';
      },
      (thrown: unknown) => outcome(codeOf(thrown)),
    );
    expect(result).toBe(expected);
  });

  test.each(changes)('while it is open gives the expected result: %s', async (_, __, expected, change) => {
    const path = file();
    const source = await openAccepted(path);
    await source.read(Buffer.alloc(5), 0);
    change(path);
    expect(
      await source.assertUnchanged().then(
        () => 'same',
        (thrown: unknown) => outcome(codeOf(thrown)),
      ),
    ).toBe(expected);
    // An unchanged file can be read to its end, even after it was renamed or deleted.
    if (expected === 'same') expect(await readAll(source)).toBe('hello world, hello moon');
  });
});

test.runIf(process.platform === 'linux')('closes every file handle after a refusal', async () => {
  const path = file();
  const accepted = await acceptFile(path);
  for (let n = 0; n < 20; n++) {
    await acceptFile(path);
    await acceptResult('/proc/self/status');
    await openSource({ ...accepted.source, fingerprint: { ...accepted.source.fingerprint, size: 1 } }, accepted).catch(
      () => undefined, // The refusal is expected.
    );
    await (await openSource(accepted.source, accepted)).close();
  }
  expect(openFilesOfThisProcess().filter((target) => target === path || target.endsWith('/status'))).toEqual([]);
});

/** The files that this process has open, by their real paths. */
function openFilesOfThisProcess(): string[] {
  return readdirSync('/proc/self/fd').flatMap((handle) => {
    try {
      return [readlinkSync(`/proc/self/fd/${handle}`)];
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []; // closed in the meantime
      throw cause;
    }
  });
}

test.runIf(process.platform === 'linux')(
  'reports too many open files on this computer, not a problem of the file',
  async () => {
    const path = file();
    const handles = [];
    const [, softLimit = '', hardLimit = ''] =
      /Max open files\s+(\d+)\s+(\d+)/u.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    const setHandleLimit = (count: number | string) =>
      execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${count}:${hardLimit}`]);
    setHandleLimit(200);
    try {
      for (;;) handles.push(await open(path));
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'EMFILE' });
      await expect(acceptFile(path)).rejects.toMatchObject({
        error: { code: 'source-unreadable', params: { problem: 'many' } },
      });
    } finally {
      await Promise.all(handles.map((handle) => handle.close()));
      setHandleLimit(softLimit);
    }
  },
);
