/** Several apps share the same records. Each file is sent only once, and all apps succeed. */
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { hostArgs } from '../scripts/electron-runtime.mjs';
import { acceptFile } from '../src-main/platform/source-file.ts';
import { caseCount } from '../src-main/testing/sample.ts';
import { practiceId } from '../src-shared/profile.ts';
import type { Upload } from '../src-shared/upload.ts';
import { userDataFolder } from './hoist-cli.ts';
import { expect, temporaryFolder, test } from './app-fixture.ts';
import { HeadlessApp, makeCorpus, randomFromSeed, type Corpus, type AppResult } from './crash-recovery.ts';
import { shellEnv } from './shell-command.ts';
import { readUploads, withProxiedPractice, withStore, type ProxiedPractice } from './proxied-practice.ts';
import { requestKind } from './servers/s3-fault-plan.ts';

const seed = Number(process.env.HOIST_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** Each round uses different numbers of processes and different start times. */
const rounds = Number(process.env.HOIST_MANY ?? caseCount({ full: 2, sample: 1 }));
const fileCount = 20;
/** Limit in ms for a second window to hand over to the first and exit. On an idle machine it takes a second. */
const handOverMs = 15_000;

let corpus: Corpus;
test.beforeAll(() => {
  console.log(`several apps: HOIST_SEED=${seed}`);
  corpus = makeCorpus(Array.from({ length: fileCount }, (_, i) => 1000 + i * 7000));
});
const fileNames = (): string[] => corpus.files.map(({ name }) => name);
/** The messages of the commands that failed. */
const errorsOf = (results: AppResult[]): string[] => results.filter(({ code }) => code !== 0).map(({ err }) => err);
const nonEmptyLines = ({ out }: AppResult): string[] => out.split('\n').filter(Boolean);

const startApp = ({ home, env }: Pick<ProxiedPractice, 'home' | 'env'>, args: readonly string[]): HeadlessApp =>
  new HeadlessApp(args, { home, cwd: corpus.folder, env });

/** Starts `count` processes at nearly the same time, with random delays. */
async function runTogether(
  random: () => number,
  count: number,
  start: (i: number) => HeadlessApp,
): Promise<AppResult[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      await pause(Math.floor(random() ** 2 * 300));
      return start(i).ended;
    }),
  );
}

/** Expects one entry, one object with the same bytes and one link for each file of each batch. */
async function expectAllDone(
  { home, practice }: Pick<ProxiedPractice, 'home' | 'practice'>,
  batches: number,
): Promise<string[]> {
  const records = await readUploads(home);
  expect(records.filter(({ status }) => status !== 'done').map(({ name, status }) => `${name} is ${status}`)).toEqual(
    [],
  );
  const done = records.flatMap((record) => (record.status === 'done' ? [record] : []));
  expect(done).toHaveLength(fileCount * batches);
  expect(await practice.uploads()).toEqual([]);
  const keys = await practice.keys();
  expect(keys.toSorted()).toEqual(done.map(({ ref }) => (ref as { key: string }).key).toSorted());
  for (const { name, ref } of done) {
    const isSame = fs
      .readFileSync(path.join(corpus.folder, name))
      .equals(await practice.bytes((ref as { key: string }).key));
    expect(isSame, `${name} has the same bytes`).toBe(true);
  }
  const links = done.map(({ link }) => link.url);
  expect(new Set(links).size).toBe(fileCount * batches);
  return links;
}

/** Starts to upload all files and kills the app when the store has received `acceptedPuts` of them. */
async function uploadAndKill(proxied: ProxiedPractice, acceptedPuts: number): Promise<void> {
  const { proxy } = proxied;
  let puts = 0;
  proxy.setRule((seen) => (requestKind(seen) === 'put' && ++puts > acceptedPuts ? { kind: 'stall' } : undefined));
  const app = startApp(proxied, ['upload', ...fileNames()]);
  await proxy.waitUntil(() => puts > acceptedPuts);
  app.kill();
  await app.ended;
  proxy.setRule();
}

/** Expects that all uploads are done and that Practice's folder has one object for each. Returns their links. */
async function practiceLinks(home: string, count: number): Promise<string[]> {
  const records = await readUploads(home);
  expect(records.filter(({ status }) => status !== 'done').map(({ name, status }) => `${name} is ${status}`)).toEqual(
    [],
  );
  const entries = (folder: string): string[] => fs.readdirSync(path.join(userDataFolder(home), 'practice', folder));
  expect([entries('objects').length, entries('pieces').length, entries('uploads').length, records.length]).toEqual([
    count,
    count,
    0,
    count,
  ]);
  const links = records.flatMap((record) => (record.status === 'done' ? [record.link.url] : []));
  expect(new Set(links).size).toBe(count);
  return links;
}

for (let round = 1; round <= rounds; round++) {
  /** A separate sequence of random numbers for each test, so that a test can be repeated without the others. */
  const randomFor = (stream: number): (() => number) => randomFromSeed(seed + 100 * round + stream);

  test(`several "hoist resume" at once: each file is sent once, and all commands succeed (${round})`, () =>
    withProxiedPractice(async (proxied) => {
      test.setTimeout(120_000);
      const random = randomFor(1);
      await uploadAndKill(proxied, Math.floor(random() * (fileCount - 5)));
      const before = await readUploads(proxied.home);
      const left = before.filter(({ status }) => status !== 'done').length;
      expect(left).toBeGreaterThan(3);
      const ended = await runTogether(random, round === 1 ? 8 : 2 + Math.floor(random() * 6), () =>
        startApp(proxied, ['resume']),
      );
      expect(errorsOf(ended)).toEqual([]);
      const links = await expectAllDone(proxied, 1);
      const puts = proxied.proxy.requests.filter((seen) => requestKind(seen) === 'put');
      expect(new Set(puts.map(({ target }) => target)).size, 'no file is sent twice').toBe(puts.length);
      expect(puts.length).toBeLessThanOrEqual(left);
      for (const result of ended) {
        expect(new Set(nonEmptyLines(result)).size).toBe(nonEmptyLines(result).length);
        expect(nonEmptyLines(result).filter((url) => !links.includes(url))).toEqual([]);
      }
      expect(new Set(ended.flatMap(nonEmptyLines)).size).toBe(left);
    }));

  test(`several "hoist upload" of the same files at once: each command gets separate links (${round})`, () =>
    withProxiedPractice(async (proxied) => {
      test.setTimeout(120_000);
      const random = randomFor(3);
      const count = 4 + Math.floor(random() * 5);
      const ended = await runTogether(random, count, () => startApp(proxied, ['upload', ...fileNames()]));
      expect(errorsOf(ended)).toEqual([]);
      const links = await expectAllDone(proxied, count);
      expect(ended.map((result) => nonEmptyLines(result).length)).toEqual(ended.map(() => fileCount));
      expect(ended.flatMap(nonEmptyLines).toSorted()).toEqual(links.toSorted());
      // The links are in the order of the arguments.
      for (const result of ended)
        expect(
          nonEmptyLines(result).map((url) => decodeURIComponent(new URL(url).pathname.split('/').at(-1)!)),
        ).toEqual(fileNames());
    }));

  test(`uploads and "hoist resume" at once: no process takes over uploads of a running process (${round})`, () =>
    withProxiedPractice(async (proxied) => {
      test.setTimeout(120_000);
      const random = randomFor(4);
      const uploads = 2 + Math.floor(random() * 3);
      const count = uploads + 2 + Math.floor(random() * 3);
      const ended = await runTogether(random, count, (i) =>
        startApp(proxied, i < uploads ? ['upload', ...fileNames()] : ['resume']),
      );
      expect(errorsOf(ended)).toEqual([]);
      await expectAllDone(proxied, uploads);
      expect(
        ended.slice(uploads).flatMap(nonEmptyLines),
        'resume prints no links of uploads that another process runs',
      ).toEqual([]);
      expect(proxied.proxy.requests.filter((seen) => requestKind(seen) === 'put')).toHaveLength(uploads * fileCount);
    }));

  test(`a window and "hoist resume" at once on Practice: each file is sent once, and the window shows all (${round})`, async ({
    apps,
  }) => {
    test.setTimeout(120_000);
    const random = randomFor(5);
    const home = temporaryFolder('many');
    fs.mkdirSync(userDataFolder(home), { recursive: true });
    const accepted = await Promise.all(fileNames().map((name) => acceptFile(path.join(corpus.folder, name))));
    await withStore(home, (store) =>
      store.uploads.insert(
        accepted.map((file, position): Upload => ({
          v: 1,
          id: `left-${position}`,
          batchId: 'left',
          position,
          ...file,
          chain: [{ profileId: practiceId, visibility: 'expiring' }],
          step: 0,
          attempts: [],
          createdAt: Date.now(),
          status: 'queued',
          failures: 0,
        })),
      ),
    );
    const [{ page }, ended] = await Promise.all([
      apps.launch({ userData: userDataFolder(home) }),
      runTogether(random, 2 + Math.floor(random() * 2), () => startApp({ home, env: {} }, ['resume'])),
    ]);
    expect(errorsOf(ended)).toEqual([]);
    await expect(page.getByRole('contentinfo', { name: 'Totals' })).toHaveText(`${fileCount} uploads`, {
      timeout: 20_000,
    });
    await expect(page.getByRole('button', { name: `Copy link to ${fileNames()[0]!}` })).toBeVisible();
    const links = await practiceLinks(home, fileCount);
    expect(ended.flatMap(nonEmptyLines).filter((url) => !links.includes(url))).toEqual([]);
  });

  test(`uploads at once on Practice: each file is stored once, whichever process serves Practice (${round})`, async () => {
    test.setTimeout(120_000);
    const random = randomFor(7);
    const home = temporaryFolder('many');
    const count = 3 + Math.floor(random() * 4);
    const ended = await runTogether(random, count, () => startApp({ home, env: {} }, ['upload', ...fileNames()]));
    expect(errorsOf(ended)).toEqual([]);
    expect(ended.flatMap(nonEmptyLines).toSorted()).toEqual((await practiceLinks(home, fileCount * count)).toSorted());
  });

  test(`several windows started at once: one stays open, and the others hand over to it and exit without an error (${round})`, async () => {
    test.setTimeout(60_000);
    const random = randomFor(6);
    const home = temporaryFolder('many');
    const count = 3 + Math.floor(random() * 2);
    const windows = Array.from({ length: count }, () => new WindowProcess(home));
    try {
      const codes: (number | null)[] = [];
      for (const { ended } of windows)
        void ended.then((code) => {
          codes.push(code);
        });
      await expect.poll(() => codes.length, { timeout: 15_000 }).toBe(count - 1);
      await expect.poll(visibleWindowCount, { timeout: 10_000 }).toBe(1);
      expect(codes).toEqual(Array.from({ length: count - 1 }, () => 0));
      // Another window starts much later.
      const lateWindow = new WindowProcess(home);
      windows.push(lateWindow);
      const startedAt = performance.now();
      expect(await lateWindow.ended).toBe(0);
      expect(performance.now() - startedAt).toBeLessThan(handOverMs);
      expect(visibleWindowCount()).toBe(1);
    } finally {
      for (const { kill, ended } of windows) {
        kill();
        await ended;
      }
    }
  });
}

/** The number of windows that the window manager lists. */
const visibleWindowCount = (): number =>
  execFileSync('xprop', ['-root', '_NET_CLIENT_LIST'], { encoding: 'utf8' }).match(/0x[0-9a-f]+/g)?.length ?? 0;

class WindowProcess {
  readonly ended: Promise<number | null>;
  readonly kill: () => void;

  constructor(home: string) {
    const electron = path.join(process.env.ELECTRON_OVERRIDE_DIST_PATH!, 'electron');
    const { DISPLAY } = process.env;
    const child = spawn(electron, [...hostArgs(), '--disable-gpu', path.resolve(import.meta.dirname, '..')], {
      env: { ...shellEnv(path.join(home, 'config')), DISPLAY },
      stdio: 'ignore',
    });
    this.ended = new Promise((resolve) => {
      child.once('exit', resolve);
    });
    this.kill = () => {
      child.kill('SIGKILL');
    };
  }
}
