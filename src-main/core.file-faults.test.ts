/**
 * Every file call that Hoist makes while a batch goes through fails once, each in its turn and in each way. Whatever it is:
 * nothing crashes, the records can be read, and without the fault everything comes to an end with the same bytes.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Upload } from '../src-shared/upload.ts';
import { Shell, type Ran } from './cli/testing/shell.ts';
import { failureWords } from './cli/words.ts';
import { processStart } from './platform/process-start.ts';
import { Depot } from './practice/depot.ts';
import { customService } from './providers/s3/presets.ts';
import { openStore } from './store/open.ts';
import { FileFaults, fileFaults, type Counted, type FaultPlan } from './testing/file-faults.ts';

const MiB = 1024 ** 2;
const faults = new FileFaults();
/** A folder in memory where there is one: a thousand cases, and each waits for its disk some fifty times. */
const memory = '/dev/shm';
const files = new Map<string, Buffer>([
  ['small.txt', Buffer.from('small')],
  ['empty.txt', Buffer.alloc(0)],
  ['large.bin', randomBytes(5 * MiB + 1)],
  ['folder/a.txt', Buffer.from('a')],
  ['folder/deep/b.txt', Buffer.from('b')],
]);
const small = ['small.txt', 'empty.txt', 'folder'];
const large = ['large.bin'];
const uncaught: unknown[] = [];
const preferredPartBytes = customService.preferredPartBytes;
const startTime = processStart(process.pid);

beforeAll(async () => {
  if (existsSync(memory)) process.env['TMPDIR'] = memory;
  // Two parts of the smallest size that there is.
  customService.preferredPartBytes = 5 * MiB;
  const handle = await open(import.meta.filename);
  faults.install(handle);
  await handle.close();
  process.on('unhandledRejection', note);
  process.on('uncaughtException', note);
});
afterAll(() => {
  faults.uninstall();
  customService.preferredPartBytes = preferredPartBytes;
  process.off('unhandledRejection', note);
  process.off('uncaughtException', note);
});
const note = (cause: unknown): void => {
  uncaught.push(cause);
};

/** The pauses before something is tried again, which chance makes longer, are next to nothing. */
function withoutPauses(): () => void {
  const { setTimeout: real } = globalThis;
  const { random } = Math;
  Math.random = () => 0;
  const hurried = (call: () => void, ms = 0, ...args: []): unknown =>
    real(call, ms >= 100 && ms < 2000 ? 5 : ms, ...args);
  globalThis.setTimeout = Object.assign(hurried, real) as typeof setTimeout;
  return () => {
    globalThis.setTimeout = real;
    Math.random = random;
  };
}

interface Outcome extends Counted {
  wrong: string[];
  ended: 'done' | 'failed' | 'refused';
}

async function fileCase(
  names: readonly string[],
  plan?: FaultPlan,
  counts?: (file: string) => boolean,
): Promise<Outcome> {
  const shell = new Shell();
  const wrong: string[] = [];
  const restore = withoutPauses();
  try {
    for (const [name, content] of files) {
      if (!names.includes(name.split('/')[0]!)) continue;
      mkdirSync(path.dirname(path.join(shell.cwd, name)), { recursive: true });
      writeFileSync(path.join(shell.cwd, name), content);
    }
    faults.begin(shell.home, plan, counts);
    const first = await ran(shell, ['upload', '--sensitive', ...names], wrong);
    const counted = faults.end();
    await turn();
    wrong.push(
      ...uncaught
        .splice(0)
        .map((cause) => `nobody caught ${String(cause)} ${cause instanceof Error ? cause.stack : ''}`),
    );
    const after = await recordsOf(shell, wrong);
    judgeEnds(after, wrong);
    const isDone = after.every(({ status }) => status === 'done');
    const second = isDone ? undefined : await ran(shell, ['resume', '--failed'], wrong);
    const records = isDone ? after : await recordsOf(shell, wrong);
    await judgeStore(shell, records, wrong);
    judgeLinks([first, second], records, names === large ? 1 : files.size - 1, wrong);
    return { ...counted, wrong, ended: !first ? 'refused' : first.code === 0 ? 'done' : 'failed' };
  } finally {
    restore();
    shell.remove();
  }
}

/** Undefined when the whole command was refused, in words. */
async function ran(shell: Shell, args: string[], wrong: string[]): Promise<Ran | undefined> {
  try {
    const came = await shell.run(args);
    if (args[0] === 'resume' && came.code !== 0) wrong.push(`resume ended with ${came.code}: ${came.err}`);
    if (came.code !== 0 && came.err === '') wrong.push(`${args[0]} ended with ${came.code} and said nothing`);
    return came;
  } catch (cause) {
    if (args[0] === 'resume' || failureWords(cause) === undefined)
      wrong.push(`${args[0]} threw ${cause instanceof Error ? cause.stack : String(cause)}`);
    return undefined;
  }
}

async function recordsOf(shell: Shell, wrong: string[]): Promise<Upload[]> {
  const store = await openStore({
    folder: path.join(shell.home, 'records'),
    owner: { pid: process.pid, startTime },
    now: Date.now,
  });
  try {
    if (store.replaced) wrong.push(`the records were taken for damaged: ${JSON.stringify(store.replaced)}`);
    if (store.damagedRows() > 0) wrong.push(`${store.damagedRows()} records cannot be read`);
    return store.uploads.newest(100);
  } finally {
    if (store.close().backup !== 'made') wrong.push('no backup was made');
  }
}

/** The errors that a broken, full or closed disk may end an upload with. */
const typedCodes: ReadonlySet<string> = new Set([
  'source-missing',
  'source-unreadable',
  'source-changed',
  'unavailable',
  'quota-exceeded',
  'disk-full',
  'unreachable',
  'provider-broken',
]);

function judgeEnds(records: Upload[], wrong: string[]): void {
  for (const upload of records)
    if (upload.status === 'failed' && !typedCodes.has(upload.error.code))
      wrong.push(`${upload.name} failed with ${upload.error.code}`);
}

async function judgeStore(shell: Shell, records: Upload[], wrong: string[]): Promise<void> {
  // What failed with nothing left of it is at its end.
  for (const upload of records)
    if (upload.status !== 'done' && (upload.status !== 'failed' || upload.checkpoint !== undefined))
      wrong.push(`${upload.name} is ${upload.status} in the end`);
  const done = records.flatMap((upload) => (upload.status === 'done' ? [upload] : []));
  const depot = await Depot.open(path.join(shell.home, 'records', 'practice'), {
    quotaBytes: Infinity,
    freeBytes: async () => Infinity,
  });
  if (depot.uploads.length > 0) wrong.push(`${depot.uploads.length} unfinished uploads are left`);
  if (depot.usage().objects !== done.length) wrong.push(`${depot.usage().objects} objects for ${done.length} files`);
  for (const upload of done) {
    const object = depot.object((upload.ref as { key: string }).key);
    const bytes: Buffer[] = [];
    for await (const slice of depot.pieces.read(object?.pieces ?? [], { start: 0, end: Infinity })) bytes.push(slice);
    const content = files.get(upload.folder ? `folder/${upload.folder.below}` : upload.name);
    if (!object || !content?.equals(Buffer.concat(bytes))) wrong.push(`${upload.name} has other bytes at the store`);
  }
}

function judgeLinks([first, second]: (Ran | undefined)[], records: Upload[], given: number, wrong: string[]): void {
  const printed = [first, second].flatMap((came) => came?.out.split('\n').filter(Boolean) ?? []);
  const links = records.flatMap((upload) => (upload.status === 'done' ? [upload.link.url] : []));
  if (new Set(printed).size !== printed.length) wrong.push('a link was printed twice');
  if (first && printed.toSorted().join() !== links.toSorted().join())
    wrong.push(`${printed.length} links were printed of ${links.length}`);
  if (first?.code === 0 && links.length !== given)
    wrong.push(`all is done, it was said, and ${links.length} of ${given} files are`);
  if (new Set(records.map((upload) => upload.folder?.below ?? upload.name)).size !== records.length)
    wrong.push('a file is there twice');
}

/** Cases that went wrong, after which no more are tried. */
const enough = 10;

/** All n of one batch, each in every way. */
async function everyCall(names: readonly string[], counts?: (file: string) => boolean): Promise<void> {
  const begun = performance.now();
  const wrong: object[] = [];
  const ends = { done: 0, failed: 0, refused: 0 };
  let cases = 0;
  for (let nth = 1; ; nth++) {
    for (const fault of fileFaults) {
      const outcome = await fileCase(names, { fault, nth, lasts: 'once' }, counts);
      const [failed] = outcome.failed;
      if (failed === undefined || wrong.length >= enough) {
        console.log(
          `${nth - 1} file calls of ${names.join(', ')}: ${cases} cases in ${((performance.now() - begun) / 1000).toFixed(0)} s, ${JSON.stringify(ends)}`,
        );
        expect(wrong).toEqual([]);
        expect(nth).toBeGreaterThan(60);
        return;
      }
      cases++;
      ends[outcome.ended]++;
      if (outcome.wrong.length > 0) wrong.push({ fault, nth, failed: outcome.failed, wrong: outcome.wrong });
    }
  }
}

test('without a fault everything is done', async () => {
  for (const names of [small, large]) {
    const { wrong, ended, failed } = await fileCase(names);
    expect({ wrong, ended, failed }).toEqual({ wrong: [], ended: 'done', failed: [] });
  }
});

test('each file call of a batch fails once, in each way: nothing crashes, nothing is lost', { timeout: 900_000 }, () =>
  everyCall(small),
);

test('so does each call for a file in parts, and for what the store keeps of it', { timeout: 900_000 }, () =>
  everyCall(large, (file) => file.endsWith('large.bin') || /practice\/(?:pieces|objects|uploads)\/?/u.test(file)),
);
