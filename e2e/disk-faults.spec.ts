/**
 * Makes SQLite's system calls fail as on a broken or full disk: the nth call on a database file, either once or every
 * call from the nth on. The real app runs under strace, which injects the errors.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { hostArgs } from '../scripts/electron-runtime.mjs';
import { caseCount as countOf } from '../src-main/testing/sample.ts';
import { userDataFolder } from './hoist-cli.ts';
import { expect, temporaryFolder, test } from './app-fixture.ts';
import { HeadlessApp, randomFromSeed } from './crash-recovery.ts';
import { runCommand, shellEnv, type ShellResult } from './shell-command.ts';
import { readUploads, withProxiedPractice, type ProxiedPractice } from './proxied-practice.ts';

const seed = Number(process.env.HOIST_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** SQLite makes about 120 calls for a small batch; the last ones belong to the backup. */
const syscallCount = 130;
/** System calls of SQLite that write and read, as strace names them. */
const writes = 'pwrite64,ftruncate,fsync,fdatasync,fallocate';
const reads = 'openat,pread64';
const faults = [
  { error: 'ENOSPC', syscalls: writes },
  { error: 'EIO', syscalls: writes },
  { error: 'EIO', syscalls: `${writes},${reads}` },
  { error: 'EACCES', syscalls: 'openat' },
  { error: 'EMFILE', syscalls: 'openat' },
] as const;
/** Even a short run has each of the faults. */
const caseCount = countOf({ full: 16, sample: faults.length }) * Number(process.env.HOIST_MANY ?? 1);

const files = new Map(Array.from({ length: 4 }, (_, i) => [`${i}.bin`, randomBytes(i * 50_000)]));

/** Whether the disk fails in the nth of these system calls only, or in all from the nth on. */
interface Fault {
  error: string;
  syscalls: string;
  nth: number;
  repeat: 'once' | 'always';
}

/** The faults take turns; the failing call is random. */
function chooseFault(index: number, random: () => number): Fault {
  const fault = faults[index % faults.length]!;
  // A command opens the database files only about six times.
  const callCount = fault.syscalls === 'openat' ? 6 : syscallCount;
  const nth = 1 + Math.floor(random() * callCount);
  const repeat = random() < 0.5 ? 'once' : 'always';
  // Read errors occur only once: while the disk cannot be read at all, the command waits until the user ends it.
  return { ...fault, nth, repeat: fault.syscalls.includes(reads) ? 'once' : repeat };
}

/** Returns why strace cannot inject errors on this machine, or undefined if it can. */
function straceProblem(): string | undefined {
  try {
    execFileSync('strace', ['-qq', '-o', '/dev/null', '-e', 'inject=getppid:error=EIO', 'true'], { stdio: 'ignore' });
    return undefined;
  } catch (cause) {
    return `strace does not work here: ${(cause as NodeJS.ErrnoException).code ?? 'it may not trace processes'}`;
  }
}

/** Runs `upload` under strace, which injects the fault into the calls on the database files. */
function runUnderFault(
  { home, env }: ProxiedPractice,
  cwd: string,
  { error, syscalls, nth, repeat }: Fault,
): Promise<ShellResult> {
  const records = userDataFolder(home);
  const recordFiles = [
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
  return runCommand(
    'strace',
    [
      '-f',
      '-qq',
      '-o',
      path.join(home, 'calls'),
      ...recordFiles,
      '-e',
      `trace=${syscalls}`,
      '-e',
      `inject=${syscalls}:error=${error}:when=${nth}${repeat === 'always' ? '+' : ''}`,
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

const keyOf = ({ ref }: { ref: unknown }): string => (ref as { key: string }).key;

/** Problems after the faulted command and a `resume` without the fault; empty if there are none. */
async function findViolations(
  { home, practice }: ProxiedPractice,
  faulted: ShellResult,
  resumed: { code: number | null; out: string; err: string },
): Promise<string[]> {
  const violations: string[] = [];
  const links = (out: string): string[] => out.split('\n').filter(Boolean);
  if (faulted.code !== 0 && faulted.code !== 1)
    violations.push(`the command ended with ${faulted.code ?? faulted.signal}`);
  if (faulted.code === 1 && faulted.stderr.trim() === '') violations.push('the command failed without a message');
  if (faulted.stderr.includes('internal error')) violations.push(faulted.stderr);
  if (resumed.code !== 0) violations.push(`resume without the fault ended with ${resumed.code}: ${resumed.err}`);
  const records = await readUploads(home);
  const done = records.flatMap((record) => (record.status === 'done' ? [record] : []));
  for (const record of records)
    if (record.status !== 'done' && (record.status !== 'failed' || record.checkpoint !== undefined))
      violations.push(`${record.name} is ${record.status}`);
  const keys = await practice.keys();
  if (keys.toSorted().join() !== done.map(keyOf).toSorted().join())
    violations.push(`${keys.length} objects for ${done.length} finished uploads`);
  if ((await practice.uploads()).length > 0) violations.push('an unfinished upload is left');
  for (const record of done.filter((upload) => keys.includes(keyOf(upload))))
    if (!files.get(record.name)?.equals(await practice.bytes(keyOf(record))))
      violations.push(`the object of ${record.name} has different bytes`);
  const printed = [...links(faulted.stdout), ...links(resumed.out)];
  const knownUrls = new Set(done.map(({ link }) => link.url));
  for (const url of printed)
    if (!knownUrls.has(url)) violations.push(`a link was printed that no upload has: ${new URL(url).pathname}`);
  if (faulted.code === 0 && links(faulted.stdout).length !== files.size)
    violations.push(`the command reported success but printed ${links(faulted.stdout).length} links`);
  return violations;
}

test(
  'failing system calls on the records: the app does not crash, the records stay readable, and no file is lost',
  { tag: '@slow-2' },
  async () => {
    const reason = straceProblem();
    test.skip(reason !== undefined, reason);
    test.setTimeout(caseCount * 15_000);
    console.log(`disk faults: HOIST_SEED=${seed}`);
    const random = randomFromSeed(seed);
    const cwd = temporaryFolder('given');
    for (const [name, content] of files) fs.writeFileSync(path.join(cwd, name), content);
    const failures: object[] = [];
    const counts = { done: 0, refused: 0, notReached: 0 };
    for (let i = 0; i < caseCount; i++) {
      const fault = chooseFault(i, random);
      await withProxiedPractice(async (proxied) => {
        fs.mkdirSync(userDataFolder(proxied.home), { recursive: true });
        const faulted = await runUnderFault(proxied, cwd, fault);
        const injected = fs
          .readFileSync(path.join(proxied.home, 'calls'), 'utf8')
          .split('\n')
          .filter((line) => line.includes('(INJECTED)'));
        const resumed = await new HeadlessApp(['resume', '--failed'], { home: proxied.home, cwd, env: proxied.env })
          .ended;
        const violations = await findViolations(proxied, faulted, resumed);
        if (injected.length === 0) counts.notReached++;
        else counts[faulted.code === 0 ? 'done' : 'refused']++;
        if (violations.length > 0)
          failures.push({ ...fault, firstInjected: injected[0], stderr: faulted.stderr, violations });
      });
    }
    console.log(`${caseCount} cases: ${JSON.stringify(counts)}`);
    expect(failures).toEqual([]);
    expect(counts.done + counts.refused).toBeGreaterThan(caseCount / 3);
  },
);
