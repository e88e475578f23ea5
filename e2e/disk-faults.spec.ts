/**
 * What SQLite asks of the system fails: the n-th call that goes to a file of the records, once or from then on, as on a disk
 * that is broken or full. The real app runs under strace, which answers in the system's place.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { hostArgs } from '../scripts/electron-runtime.mjs';
import { recordsIn } from './commands.ts';
import { expect, temporaryFolder, test } from './hoist.ts';
import { App, seeded } from './kills.ts';
import { call, shellEnv, type Ended } from './launchers.ts';
import { recordsOf, withPlace, type Place } from './place.ts';

const seed = Number(process.env.HOIST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const cases = 16 * Number(process.env.HOIST_MANY ?? 1);

/** The calls that SQLite makes while a small batch goes through are some 120; the later ones are those of the backup. */
const calls = 130;
const writes = 'pwrite64,ftruncate,fsync,fdatasync,fallocate';
const reads = 'openat,pread64';
const faults = [
  { error: 'ENOSPC', of: writes },
  { error: 'EIO', of: writes },
  { error: 'EIO', of: `${writes},${reads}` },
  { error: 'EACCES', of: 'openat' },
  { error: 'EMFILE', of: 'openat' },
] as const;

const files = new Map(Array.from({ length: 4 }, (_, i) => [`${i}.bin`, randomBytes(i * 50_000)]));

interface Fault {
  error: string;
  of: string;
  nth: number;
  lasts: 'once' | 'on';
}

function choose(random: () => number): Fault {
  const fault = faults[Math.floor(random() * faults.length)]!;
  const nth = 1 + Math.floor(random() * (fault.of === 'openat' ? 6 : calls));
  const lasts = random() < 0.5 ? 'once' : 'on';
  // A disk from which nothing can be read for good is waited for, like a full one, until whoever started the command ends it.
  return { ...fault, nth, lasts: fault.of.includes(reads) ? 'once' : lasts };
}

/** Undefined when calls can be made to fail here. */
function missing(): string | undefined {
  try {
    execFileSync('strace', ['-qq', '-o', '/dev/null', '-e', 'inject=getppid:error=EIO', 'true'], { stdio: 'ignore' });
    return undefined;
  } catch (cause) {
    return `strace does not work here: ${(cause as NodeJS.ErrnoException).code ?? 'it may not watch processes'}`;
  }
}

function underFault({ home, env }: Place, cwd: string, { error, of, nth, lasts }: Fault): Promise<Ended> {
  const records = recordsIn(home);
  const ours = [
    'hoist.db',
    'hoist.db-wal',
    'hoist.db-shm',
    'hoist.db-journal',
    'hoist.lock',
    'hoist-opening.lock',
    'hoist-backup.db',
  ].flatMap((name) => ['-P', path.join(records, name)]);
  const electron = path.join(process.env.ELECTRON_OVERRIDE_DIST_PATH!, 'electron');
  const headless = ['--ozone-platform=headless', '--disable-gpu', '--disable-software-rasterizer', '--log-level=3'];
  return call(
    'strace',
    [
      '-f',
      '-qq',
      '-o',
      path.join(home, 'calls'),
      ...ours,
      '-e',
      `trace=${of}`,
      '-e',
      `inject=${of}:error=${error}:when=${nth}${lasts === 'on' ? '+' : ''}`,
      electron,
      ...headless,
      ...hostArgs().filter((arg) => arg === '--no-sandbox'),
      path.resolve(import.meta.dirname, '..'),
      '--command-line',
      '--',
      'upload',
      ...files.keys(),
    ],
    { cwd, env: shellEnv(path.join(home, 'config'), env) },
  );
}

async function judge(
  { home, store }: Place,
  broken: Ended,
  mended: { code: number | null; out: string; err: string },
): Promise<string[]> {
  const wrong: string[] = [];
  const links = (out: string): string[] => out.split('\n').filter(Boolean);
  if (broken.code !== 0 && broken.code !== 1) wrong.push(`it ended with ${broken.code ?? broken.signal}`);
  if (broken.code === 1 && broken.stderr.trim() === '') wrong.push('it said nothing');
  if (broken.stderr.includes('made a mistake')) wrong.push(broken.stderr);
  if (mended.code !== 0) wrong.push(`without the fault resume ended with ${mended.code}: ${mended.err}`);
  const records = await recordsOf(home);
  const done = records.flatMap((record) => (record.status === 'done' ? [record] : []));
  for (const record of records)
    if (record.status !== 'done' && (record.status !== 'failed' || record.checkpoint !== undefined))
      wrong.push(`${record.name} is ${record.status}`);
  const keys = await store.keys();
  if (
    keys.toSorted().join() !==
    done
      .map(({ ref }) => (ref as { key: string }).key)
      .toSorted()
      .join()
  )
    wrong.push(`${keys.length} objects for ${done.length} entries that are done`);
  if ((await store.uploads()).length > 0) wrong.push('an unfinished upload is left');
  for (const { name, ref } of done)
    if (
      keys.includes((ref as { key: string }).key) &&
      !files.get(name)?.equals(await store.bytes((ref as { key: string }).key))
    )
      wrong.push(`${name} has other bytes`);
  const printed = [...links(broken.stdout), ...links(mended.out)];
  const known = new Set(done.map(({ link }) => link.url));
  for (const url of printed)
    if (!known.has(url)) wrong.push(`a link was printed that no entry has: ${new URL(url).pathname}`);
  if (broken.code === 0 && links(broken.stdout).length !== files.size)
    wrong.push(`all is done, it said, and printed ${links(broken.stdout).length} links`);
  return wrong;
}

test('system calls of the records that fail: nothing crashes, the records are read again, nothing is lost or left', async () => {
  const reason = missing();
  test.skip(reason !== undefined, reason);
  test.setTimeout(cases * 15_000);
  console.log(`disk faults: HOIST_SEED=${seed}`);
  const random = seeded(seed);
  const cwd = temporaryFolder('given');
  for (const [name, content] of files) fs.writeFileSync(path.join(cwd, name), content);
  const bad: object[] = [];
  const ends = { done: 0, refused: 0, neverCame: 0 };
  for (let i = 0; i < cases; i++) {
    const fault = choose(random);
    await withPlace(async (place) => {
      fs.mkdirSync(recordsIn(place.home), { recursive: true });
      const broken = await underFault(place, cwd, fault);
      const injected = fs
        .readFileSync(path.join(place.home, 'calls'), 'utf8')
        .split('\n')
        .filter((line) => line.includes('(INJECTED)'));
      const mended = await new App(['resume', '--failed'], { home: place.home, cwd, env: place.env }).ended;
      const wrong = await judge(place, broken, mended);
      ends[injected.length === 0 ? 'neverCame' : broken.code === 0 ? 'done' : 'refused']++;
      if (wrong.length > 0) bad.push({ ...fault, first: injected[0], said: broken.stderr, wrong });
    });
  }
  console.log(`${cases} cases: ${JSON.stringify(ends)}`);
  expect(bad).toEqual([]);
  expect(ends.done + ends.refused).toBeGreaterThan(cases / 3);
});
