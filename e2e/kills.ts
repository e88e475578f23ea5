/**
 * Kills the real app at an instant and lets it go on with `hoist resume`, as often as it takes; then looks at everything from
 * outside: each accepted file is one object with the same bytes, one entry of the history, one link; nothing else is left.
 */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { hostArgs } from '../scripts/electron-runtime.mjs';
import { processStart } from '../src-main/platform/process-start.ts';
import type { Seen } from '../src-main/providers/testing/faults.ts';
import { FaultProxy } from '../src-main/providers/testing/faults.ts';
import { openStore } from '../src-main/store/open.ts';
import type { Upload } from '../src-shared/upload.ts';
import { recordsIn } from './commands.ts';
import { temporaryFolder } from './hoist.ts';
import { shellEnv } from './launchers.ts';
import { requestKind } from './servers/s3-fault-plan.ts';

const root = path.resolve(import.meta.dirname, '..');
const MiB = 1024 ** 2;

/** Numbers that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Files of many sizes, made once; every part of a large one differs. */
export interface Corpus {
  folder: string;
  files: { name: string; size: number; sha256: string }[];
}

export function makeCorpus(sizes: readonly number[]): Corpus {
  const folder = temporaryFolder('corpus');
  const block = randomBytes(MiB);
  const files = sizes.map((size, i) => {
    const name = `${i} of ${size} bytes.bin`;
    const hash = createHash('sha256');
    const handle = fs.openSync(path.join(folder, name), 'w');
    for (let at = 0; at < size; at += MiB) {
      block.writeUInt32LE(at / MiB, 0);
      block.writeUInt32LE(i, 4);
      const bytes = block.subarray(0, Math.min(MiB, size - at));
      fs.writeSync(handle, bytes);
      hash.update(bytes);
    }
    fs.closeSync(handle);
    return { name, size, sha256: hash.digest('hex') };
  });
  return { folder, files };
}

/** A store that outlives every app of the case, seen past our code. */
export interface Bucket {
  /** Without the proxy. */
  url: string;
  /** Variables that name it; the address is put in by the case. */
  env: Record<string, string>;
  keys(): Promise<string[]>;
  openUploads(): Promise<string[]>;
  sha256(key: string): Promise<string>;
}

export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** The app itself, without a launcher around it. */
export class App {
  readonly ended: Promise<Ended>;
  readonly kill: () => void;

  constructor(args: readonly string[], options: { home: string; cwd: string; env: Record<string, string> }) {
    const electron = path.join(process.env.ELECTRON_OVERRIDE_DIST_PATH!, 'electron');
    const headless = ['--ozone-platform=headless', '--disable-gpu', '--disable-software-rasterizer', '--log-level=3'];
    const child = spawn(
      electron,
      [...headless, ...hostArgs().filter((arg) => arg === '--no-sandbox'), root, '--command-line', '--', ...args],
      {
        cwd: options.cwd,
        env: shellEnv(path.join(options.home, 'config'), options.env),
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    this.ended = new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })));
    this.kill = () => {
      child.kill('SIGKILL');
    };
  }
}

export interface Killing {
  /** More variables for the app that is to be killed. */
  env?: Record<string, string>;
  /** Resolves when it is time. */
  when(app: App, proxy: FaultProxy): Promise<void>;
}

export interface Outcome {
  /** Why this case is wrong; empty when the oracle holds. */
  wrong: string[];
  accepted: number;
  kills: number;
  /** bytes of parts and whole files that were sent more than once, and the most that may be */
  sentTwice: number;
  mayBeSentTwice: number;
}

/** One case: upload, the killings one after the other, then `resume` until it is done. */
export async function killCase(
  corpus: Corpus,
  names: readonly string[],
  bucket: Bucket,
  killings: readonly Killing[],
  plan?: Parameters<FaultProxy['set']>[0],
): Promise<Outcome> {
  const home = temporaryFolder('killed');
  const proxy = await FaultProxy.start(bucket.url);
  if (plan) proxy.set(plan);
  const env = { ...bucket.env, AWS_ENDPOINT_URL: proxy.url };
  const printed: string[] = [];
  let mayBeSentTwice = 0;
  let looked = 0;
  try {
    const start = (args: readonly string[], more?: Record<string, string>): App =>
      new App(args, { home, cwd: corpus.folder, env: { ...env, ...more } });
    for (const [i, killing] of killings.entries()) {
      const app = start(i === 0 ? ['upload', ...names] : ['resume'], killing.env);
      await Promise.race([killing.when(app, proxy), app.ended]);
      app.kill();
      printed.push(...linesOf((await app.ended).out));
      mayBeSentTwice += proxy.seen
        .slice(looked)
        .filter((seen) => !seen.answered && isPayload(seen))
        .reduce((sum, seen) => sum + Number(seen.headers['content-length'] ?? 0), 0);
      looked = proxy.seen.length;
    }
    const last = await start(killings.length === 0 ? ['upload', ...names] : ['resume']).ended;
    printed.push(...linesOf(last.out));
    const wrong = await judge({ corpus, home, bucket, printed });
    if (last.code !== 0) wrong.push(`the last resume ended with ${last.code}: ${last.err}`);
    const sentTwice = sentTwiceIn(proxy.seen);
    if (sentTwice > mayBeSentTwice)
      wrong.push(`${sentTwice} bytes were sent twice, and only ${mayBeSentTwice} were on their way when it was killed`);
    return { wrong, accepted: (await recordsOf(home)).length, kills: killings.length, sentTwice, mayBeSentTwice };
  } finally {
    await proxy.stop();
    fs.rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The instant is one of e2e/kills-inside.cjs: the app ends itself there, in the middle of its own work. */
export function inside(instant: string, side: 'before' | 'after'): Killing {
  return {
    env: {
      NODE_OPTIONS: `--require=${path.join(import.meta.dirname, 'kills-inside.cjs')}`,
      HOIST_TEST_KILL: `${instant} ${side}`,
    },
    when: async ({ ended }) => {
      const { code, err } = await ended;
      if (code !== null) throw new Error(`"${instant}" never came; it ended with ${code}: ${err}`);
    },
  };
}

const linesOf = (out: string): string[] => out.split('\n').filter(Boolean);
const isPayload = (seen: Seen): boolean => ['put', 'part'].includes(requestKind(seen));

/** More than its length arrived of what has one address: the same part of the same upload, the same object. */
function sentTwiceIn(seen: readonly Seen[]): number {
  const byAddress = new Map<string, { received: number; length: number }>();
  for (const one of seen.filter(isPayload)) {
    const before = byAddress.get(one.target) ?? { received: 0, length: 0 };
    byAddress.set(one.target, {
      received: before.received + one.received,
      length: Math.max(before.length, Number(one.headers['content-length'] ?? 0)),
    });
  }
  return [...byAddress.values()].reduce((sum, { received, length }) => sum + Math.max(0, received - length), 0);
}

async function recordsOf(home: string): Promise<Upload[]> {
  const store = await openStore({
    folder: recordsIn(home),
    owner: { pid: process.pid, startTime: processStart(process.pid) },
    now: Date.now,
  });
  try {
    return store.uploads.newest(1000);
  } finally {
    store.close();
  }
}

/** Why what is there in the end is wrong; empty when it is not. `printed`: the links that a shell has seen. */
export async function judge({
  corpus,
  home,
  bucket,
  printed,
}: {
  corpus: Corpus;
  home: string;
  bucket: Bucket;
  printed: readonly string[];
}): Promise<string[]> {
  const wrong: string[] = [];
  const records = await recordsOf(home);
  for (const record of records) if (record.status !== 'done') wrong.push(`${record.name} is ${record.status}`);
  const done = records.flatMap((record) => (record.status === 'done' ? [record] : []));
  const keys = await bucket.keys();
  if (keys.length !== done.length) wrong.push(`${keys.length} objects for ${done.length} entries`);
  const left = await bucket.openUploads();
  if (left.length > 0) wrong.push(`${left.length} unfinished uploads are left`);
  if (new Set(done.map((record) => record.link.url)).size !== done.length) wrong.push('two entries have one link');
  for (const record of done) {
    const { key } = record.ref as { key: string };
    const expected = corpus.files.find(({ name }) => name === record.name)?.sha256;
    if (!keys.includes(key)) wrong.push(`${record.name} is not at the store`);
    else if ((await bucket.sha256(key)) !== expected) wrong.push(`${record.name} has other bytes at the store`);
  }
  const known = new Set(done.map((record) => record.link.url));
  for (const url of printed)
    if (!known.has(url)) wrong.push(`a link was printed that no entry has: ${new URL(url).pathname}`);
  if (new Set(printed).size !== printed.length) wrong.push('a link was printed twice');
  return wrong;
}
