/**
 * Each case makes one file call of Hoist fail while it uploads a batch; the cases cover every call and every error.
 * Hoist must not crash, its records must stay readable, and after the fault all files must be uploaded correctly.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Upload } from '../src-shared/upload.ts';
import { Shell, type CommandResult } from './cli/testing/shell.ts';
import { formatFailure } from './cli/format.ts';
import { processStart } from './platform/process-start.ts';
import { ObjectStore } from './practice/object-store.ts';
import { customService } from './providers/s3/presets.ts';
import { openStore } from './store/open.ts';
import { FileFaults, fileFaults, type CallCount, type FaultPlan } from './testing/file-faults.ts';
import { createSampler } from './testing/sample.ts';

const MiB = 1024 ** 2;
const faults = new FileFaults();
/**
 * A folder in memory, where the system has one: each of the thousand cases waits for the disk about fifty times.
 */
const memory = '/dev/shm';
const files = new Map<string, Buffer>([
  ['small.txt', Buffer.from('small')],
  ['empty.txt', Buffer.alloc(0)],
  ['large.bin', randomBytes(5 * MiB + 1)],
  ['folder/a.txt', Buffer.from('a')],
  ['folder/deep/b.txt', Buffer.from('b')],
]);
const smallFiles = ['small.txt', 'empty.txt', 'folder'];
const largeFile = ['large.bin'];
const sample = createSampler('failing file calls');
const uncaught: unknown[] = [];
const preferredPartBytes = customService.preferredPartBytes;
const startTime = processStart(process.pid);

beforeAll(async () => {
  if (existsSync(memory)) process.env['TMPDIR'] = memory;
  // The large file has two parts of the smallest size.
  customService.preferredPartBytes = 5 * MiB;
  const handle = await open(import.meta.filename);
  faults.install(handle);
  await handle.close();
  process.on('unhandledRejection', recordUncaught);
  process.on('uncaughtException', recordUncaught);
});
afterAll(() => {
  faults.uninstall();
  customService.preferredPartBytes = preferredPartBytes;
  process.off('unhandledRejection', recordUncaught);
  process.off('uncaughtException', recordUncaught);
});
const recordUncaught = (cause: unknown): void => {
  uncaught.push(cause);
};

/** Shortens the pauses before retries to a few ms. Returns a function that restores the timers. */
function shortenPauses(): () => void {
  const { setTimeout: realSetTimeout } = globalThis;
  const { random } = Math;
  Math.random = () => 0;
  const shortened = (call: () => void, ms = 0, ...args: []): unknown =>
    realSetTimeout(call, ms >= 100 && ms < 2000 ? 5 : ms, ...args);
  globalThis.setTimeout = Object.assign(shortened, realSetTimeout) as typeof setTimeout;
  return () => {
    globalThis.setTimeout = realSetTimeout;
    Math.random = random;
  };
}

interface CaseResult extends CallCount {
  problems: string[];
  ended: 'done' | 'failed' | 'refused';
}

async function runCase(
  names: readonly string[],
  plan?: FaultPlan,
  counts?: (file: string) => boolean,
): Promise<CaseResult> {
  const shell = new Shell();
  const problems: string[] = [];
  const restore = shortenPauses();
  try {
    for (const [name, content] of files) {
      if (!names.includes(name.split('/')[0]!)) continue;
      mkdirSync(path.dirname(path.join(shell.cwd, name)), { recursive: true });
      writeFileSync(path.join(shell.cwd, name), content);
    }
    faults.begin(shell.home, plan, counts);
    const first = await runCommand(shell, ['upload', '--sensitive', ...names], problems);
    const counted = faults.end();
    await turn();
    problems.push(
      ...uncaught.splice(0).map((cause) => `uncaught: ${String(cause)} ${cause instanceof Error ? cause.stack : ''}`),
    );
    const after = await recordsOf(shell, problems);
    checkStatuses(after, problems);
    const isDone = after.every(({ status }) => status === 'done');
    const second = isDone ? undefined : await runCommand(shell, ['resume', '--failed'], problems);
    const records = isDone ? after : await recordsOf(shell, problems);
    await checkStore(shell, records, problems);
    checkLinks([first, second], records, names === largeFile ? 1 : files.size - 1, problems);
    return { ...counted, problems, ended: !first ? 'refused' : first.code === 0 ? 'done' : 'failed' };
  } finally {
    restore();
    shell.remove();
  }
}

/** Undefined when the whole command failed with an error message. */
async function runCommand(shell: Shell, args: string[], problems: string[]): Promise<CommandResult | undefined> {
  try {
    const result = await shell.run(args);
    if (args[0] === 'resume' && result.code !== 0) problems.push(`resume ended with ${result.code}: ${result.err}`);
    if (result.code !== 0 && result.err === '') problems.push(`${args[0]} ended with ${result.code} without a message`);
    return result;
  } catch (cause) {
    if (args[0] === 'resume' || formatFailure(cause) === undefined)
      problems.push(`${args[0]} threw ${cause instanceof Error ? cause.stack : String(cause)}`);
    return undefined;
  }
}

async function recordsOf(shell: Shell, problems: string[]): Promise<Upload[]> {
  const store = await openStore({
    folder: path.join(shell.home, 'records'),
    owner: { pid: process.pid, startTime },
    now: Date.now,
  });
  try {
    if (store.replaced)
      problems.push(`the database counted as damaged and was replaced: ${JSON.stringify(store.replaced)}`);
    if (store.damagedRowCount() > 0) problems.push(`${store.damagedRowCount()} records cannot be read`);
    return store.uploads.newest(100);
  } finally {
    if (store.close().backup !== 'made') problems.push('no backup was made');
  }
}

/** The errors with which an upload may fail on a broken, full or inaccessible disk. */
const allowedErrorCodes: ReadonlySet<string> = new Set([
  'source-missing',
  'source-unreadable',
  'source-changed',
  'unavailable',
  'quota-exceeded',
  'disk-full',
  'unreachable',
  'provider-broken',
]);

function checkStatuses(records: Upload[], problems: string[]): void {
  for (const upload of records)
    if (upload.status === 'failed' && !allowedErrorCodes.has(upload.error.code))
      problems.push(`${upload.name} failed with ${upload.error.code}`);
}

async function checkStore(shell: Shell, records: Upload[], problems: string[]): Promise<void> {
  // A failed upload with a checkpoint is not final: it can be resumed.
  for (const upload of records)
    if (upload.status !== 'done' && (upload.status !== 'failed' || upload.checkpoint !== undefined))
      problems.push(`${upload.name} is still ${upload.status}`);
  const done = records.flatMap((upload) => (upload.status === 'done' ? [upload] : []));
  const objectStore = await ObjectStore.open(path.join(shell.home, 'records', 'practice'), {
    quotaBytes: Infinity,
    freeBytes: async () => Infinity,
  });
  if (objectStore.uploads.length > 0)
    problems.push(`${objectStore.uploads.length} unfinished uploads remain at the store`);
  if (objectStore.usage().objects !== done.length)
    problems.push(`${objectStore.usage().objects} objects for ${done.length} files`);
  for (const upload of done) {
    const object = objectStore.object((upload.ref as { key: string }).key);
    const bytes: Buffer[] = [];
    for await (const slice of objectStore.blobs.read(object?.blobs ?? [], { start: 0, end: Infinity }))
      bytes.push(slice);
    const content = files.get(upload.folder ? `folder/${upload.folder.relativePath}` : upload.name);
    if (!object || !content?.equals(Buffer.concat(bytes)))
      problems.push(`${upload.name} has the wrong bytes at the store`);
  }
}

function checkLinks(
  [first, second]: (CommandResult | undefined)[],
  records: Upload[],
  expectedCount: number,
  problems: string[],
): void {
  const printed = [first, second].flatMap((result) => result?.out.split('\n').filter(Boolean) ?? []);
  const links = records.flatMap((upload) => (upload.status === 'done' ? [upload.link.url] : []));
  if (new Set(printed).size !== printed.length) problems.push('a link was printed twice');
  if (first && printed.toSorted().join() !== links.toSorted().join())
    problems.push(`${printed.length} links were printed of ${links.length}`);
  if (first?.code === 0 && links.length !== expectedCount)
    problems.push(`the exit code is 0, but only ${links.length} of ${expectedCount} files are done`);
  if (new Set(records.map((upload) => upload.folder?.relativePath ?? upload.name)).size !== records.length)
    problems.push('a file has two records');
}

/** The number of failed cases after which the test stops. */
const maxProblems = 10;

/** Fails each file call of one batch, with every error. */
async function failEveryCall(
  names: readonly string[],
  { sampleSize, counts }: { sampleSize: number; counts?: (file: string) => boolean },
): Promise<void> {
  const startedAt = performance.now();
  const problems: object[] = [];
  const ends = { done: 0, failed: 0, refused: 0 };
  const { calls } = await runCase(names, undefined, counts);
  expect(calls).toBeGreaterThan(60);
  // The number of calls varies slightly from run to run.
  const allCases = Array.from({ length: calls + 2 }, (_, i) =>
    fileFaults.map((fault) => ({ fault, nth: i + 1 })),
  ).flat();
  const cases = sample(allCases, sampleSize, ({ fault }) => [fault]);
  let withFault = 0;
  for (const { fault, nth } of cases) {
    const outcome = await runCase(names, { fault, nth, duration: 'once' }, counts);
    if (outcome.failed.length > 0) withFault++;
    ends[outcome.ended]++;
    if (outcome.problems.length > 0) problems.push({ fault, nth, failed: outcome.failed, problems: outcome.problems });
    if (problems.length >= maxProblems) break;
  }
  console.log(
    `${calls} file calls of ${names.join(', ')}: ${withFault} cases in ${((performance.now() - startedAt) / 1000).toFixed(0)} s, ${JSON.stringify(ends)}`,
  );
  expect(problems).toEqual([]);
  expect(withFault).toBeGreaterThan(cases.length * 0.8);
}

test('without a fault, all files are uploaded', async () => {
  for (const names of [smallFiles, largeFile]) {
    const { problems, ended, failed } = await runCase(names);
    expect({ problems, ended, failed }).toEqual({ problems: [], ended: 'done', failed: [] });
  }
});

test('each failing file call of a batch loses no file and causes no crash', { timeout: 900_000 }, () =>
  failEveryCall(smallFiles, { sampleSize: 40 }),
);

test(
  'each failing file call for a multipart upload and its data at the store loses no file and causes no crash',
  { timeout: 900_000 },
  () =>
    failEveryCall(largeFile, {
      sampleSize: 24,
      counts: (file) => file.endsWith('large.bin') || /practice\/(?:pieces|objects|uploads)\/?/u.test(file),
    }),
);
