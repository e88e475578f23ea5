/**
 * Kills the real app and runs `hoist resume` until all uploads are done. Then checks from outside that each accepted
 * file is one object with the same bytes, one entry in the history and one link, and that the store has nothing else.
 */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { hostArgs } from '../scripts/electron-runtime.mjs';
import { processStart } from '../src-main/platform/process-start.ts';
import type { ProxiedRequest } from '../src-main/providers/testing/fault-proxy.ts';
import { FaultProxy } from '../src-main/providers/testing/fault-proxy.ts';
import { openStore } from '../src-main/store/open.ts';
import type { Upload } from '../src-shared/upload.ts';
import { userDataFolder } from './hoist-cli.ts';
import { temporaryFolder } from './app-fixture.ts';
import { shellEnv } from './shell-command.ts';
import { requestKind } from './servers/s3-fault-plan.ts';

const root = path.resolve(import.meta.dirname, '..');
const MiB = 1024 ** 2;

/** Random numbers from a seed (mulberry32). */
export function randomFromSeed(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Files of many sizes, created once; every part of a large file differs. */
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

/** A store that keeps running while the apps of a case are killed. The tests read it without Hoist's code. */
export interface TestBucket {
  /** The store's own address. The app uses the address of a proxy in front of it. */
  url: string;
  /** Environment variables for the bucket, without its address: each test adds the address of its own proxy. */
  env: Record<string, string>;
  objectKeys(): Promise<string[]>;
  uploadIds(): Promise<string[]>;
  sha256(key: string): Promise<string>;
}

export interface AppResult {
  code: number | null;
  out: string;
  err: string;
}

/** Runs the app directly, without the launcher script and without a display. */
export class HeadlessApp {
  readonly ended: Promise<AppResult>;
  readonly kill: () => void;

  /** @param options.wrapper a script in e2e/ that starts `$HOIST_TEST_ELECTRON` with the arguments it received */
  constructor(
    args: readonly string[],
    options: { home: string; cwd: string; env: Record<string, string>; wrapper?: string },
  ) {
    const electron = path.join(process.env.ELECTRON_OVERRIDE_DIST_PATH!, 'electron');
    const headless = ['--ozone-platform=headless', '--disable-gpu', '--disable-software-rasterizer', '--log-level=3'];
    const child = spawn(
      options.wrapper ? path.join(import.meta.dirname, options.wrapper) : electron,
      [...headless, ...hostArgs().filter((arg) => arg === '--no-sandbox'), root, '--command-line', '--', ...args],
      {
        cwd: options.cwd,
        env: shellEnv(path.join(options.home, 'config'), { HOIST_TEST_ELECTRON: electron, ...options.env }),
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

export interface Crash {
  /** Extra variables for the app that will be killed. */
  env?: Record<string, string>;
  /** Resolves at the moment of the kill. */
  waitUntil(app: HeadlessApp, proxy: FaultProxy): Promise<void>;
}

export interface CrashOutcome {
  /** Problems of this case; empty if there are none. */
  violations: string[];
  /** The number of files that the app acknowledged: each has a record. */
  accepted: number;
  crashes: number;
  /** Bytes of parts and whole files that were sent more than once, and the allowed maximum: those in flight at a kill. */
  resentBytes: number;
  maxResentBytes: number;
}

/**
 * Runs one case: starts an upload, kills the app as often as `crashes` says, then runs `resume` to the end. `plan` makes
 * requests to the store fail.
 */
export async function runCrashCase(
  corpus: Corpus,
  names: readonly string[],
  bucket: TestBucket,
  crashes: readonly Crash[],
  plan?: Parameters<FaultProxy['setRule']>[0],
): Promise<CrashOutcome> {
  const home = temporaryFolder('killed');
  const proxy = await FaultProxy.start(bucket.url);
  if (plan) proxy.setRule(plan);
  const env = { ...bucket.env, AWS_ENDPOINT_URL: proxy.url };
  const printed: string[] = [];
  let maxResentBytes = 0;
  let seenCount = 0;
  try {
    const start = (args: readonly string[], more?: Record<string, string>): HeadlessApp =>
      new HeadlessApp(args, { home, cwd: corpus.folder, env: { ...env, ...more } });
    for (const [i, crash] of crashes.entries()) {
      const app = start(i === 0 ? ['upload', ...names] : ['resume'], crash.env);
      await Promise.race([crash.waitUntil(app, proxy), app.ended]);
      const answeredBefore = new Set(proxy.requests.filter(({ wasAnswered }) => wasAnswered));
      app.kill();
      printed.push(...nonEmptyLines((await app.ended).out));
      // In these turns the proxy accepts and reads the requests that the app had sent before the kill.
      for (let turn = 0; turn < 10; turn++) await nextTurn();
      maxResentBytes += proxy.requests
        .slice(seenCount)
        .filter((seen) => !answeredBefore.has(seen) && isPayload(seen))
        .reduce((sum, seen) => sum + Number(seen.headers['content-length'] ?? 0), 0);
      seenCount = proxy.requests.length;
    }
    const lastRun = await start(crashes.length === 0 ? ['upload', ...names] : ['resume']).ended;
    printed.push(...nonEmptyLines(lastRun.out));
    const violations = await findViolations({ corpus, home, bucket, printed });
    if (lastRun.code !== 0) violations.push(`the last resume ended with ${lastRun.code}: ${lastRun.err}`);
    const resentBytes = resentBytesIn(proxy.requests);
    if (resentBytes > maxResentBytes)
      violations.push(
        `${resentBytes} bytes were sent twice, but only ${maxResentBytes} were in flight when the app was killed`,
      );
    return {
      violations,
      accepted: (await readUploads(home)).length,
      crashes: crashes.length,
      resentBytes,
      maxResentBytes,
    };
  } finally {
    await proxy.stop();
    fs.rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Makes the app kill itself at a point of e2e/crash-points.cjs. */
export function crashAt(point: string, side: 'before' | 'after'): Crash {
  return {
    env: {
      NODE_OPTIONS: `--require=${path.join(import.meta.dirname, 'crash-points.cjs')}`,
      HOIST_TEST_KILL: `${point} ${side}`,
    },
    waitUntil: async ({ ended }) => {
      const { code, err } = await ended;
      if (code !== null) throw new Error(`the app never reached "${point}" and ended with ${code}: ${err}`);
    },
  };
}

const nonEmptyLines = (out: string): string[] => out.split('\n').filter(Boolean);
/** Whether a request sends a part or a whole file. */
const isPayload = (seen: ProxiedRequest): boolean => ['put', 'part'].includes(requestKind(seen));

/** Bytes beyond the length of a part or an object that arrived for the same address. */
function resentBytesIn(seen: readonly ProxiedRequest[]): number {
  const byAddress = new Map<string, { received: number; length: number }>();
  for (const request of seen.filter(isPayload)) {
    const total = byAddress.get(request.target) ?? { received: 0, length: 0 };
    byAddress.set(request.target, {
      received: total.received + request.bytesReceived,
      length: Math.max(total.length, Number(request.headers['content-length'] ?? 0)),
    });
  }
  return [...byAddress.values()].reduce((sum, { received, length }) => sum + Math.max(0, received - length), 0);
}

async function readUploads(home: string): Promise<Upload[]> {
  const store = await openStore({
    folder: userDataFolder(home),
    owner: { pid: process.pid, startTime: processStart(process.pid) },
    now: Date.now,
  });
  try {
    return store.uploads.newest(1000);
  } finally {
    store.close();
  }
}

/** Problems of the final state. `printed`: the links that a shell received. */
export async function findViolations({
  corpus,
  home,
  bucket,
  printed,
}: {
  corpus: Corpus;
  home: string;
  bucket: TestBucket;
  printed: readonly string[];
}): Promise<string[]> {
  const violations: string[] = [];
  const records = await readUploads(home);
  for (const record of records) if (record.status !== 'done') violations.push(`${record.name} is ${record.status}`);
  const done = records.flatMap((record) => (record.status === 'done' ? [record] : []));
  const keys = await bucket.objectKeys();
  if (keys.length !== done.length) violations.push(`${keys.length} objects for ${done.length} uploads`);
  const uploadIds = await bucket.uploadIds();
  if (uploadIds.length > 0) violations.push(`${uploadIds.length} unfinished uploads are left`);
  if (new Set(done.map((record) => record.link.url)).size !== done.length)
    violations.push('two uploads have the same link');
  for (const record of done) {
    const { key } = record.ref as { key: string };
    const expected = corpus.files.find(({ name }) => name === record.name)?.sha256;
    if (!keys.includes(key)) violations.push(`${record.name} is not at the store`);
    else if ((await bucket.sha256(key)) !== expected)
      violations.push(`${record.name} has different bytes at the store`);
  }
  const knownUrls = new Set(done.map((record) => record.link.url));
  for (const url of printed)
    if (!knownUrls.has(url)) violations.push(`a link was printed that no upload has: ${new URL(url).pathname}`);
  if (new Set(printed).size !== printed.length) violations.push('a link was printed twice');
  return violations;
}
