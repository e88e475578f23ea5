/** Several apps at once on the same records: each file is sent once by one of them, and every one of them ends well. */
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { hostArgs } from '../scripts/electron-runtime.mjs';
import { acceptFile } from '../src-main/platform/source-file.ts';
import { practiceId } from '../src-shared/profile.ts';
import type { Upload } from '../src-shared/upload.ts';
import { recordsIn } from './commands.ts';
import { expect, temporaryFolder, test } from './hoist.ts';
import { App, makeCorpus, seeded, type Corpus, type Ended } from './kills.ts';
import { shellEnv } from './launchers.ts';
import { recordsOf, withPlace, withRecords, type Place } from './place.ts';
import { requestKind } from './servers/s3-fault-plan.ts';

const seed = Number(process.env.HOIST_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** Each with other numbers of processes at other instants. */
const rounds = Number(process.env.HOIST_MANY ?? 2);
const files = 20;
/** The second to come hands over within a second; three times that, as it waits for the cores that the others start on. ms */
const handOverMs = 3000;

let corpus: Corpus;
test.beforeAll(() => {
  console.log(`several apps: HOIST_SEED=${seed}`);
  corpus = makeCorpus(Array.from({ length: files }, (_, i) => 1000 + i * 7000));
});
const names = (): string[] => corpus.files.map(({ name }) => name);
const lines = ({ out }: Ended): string[] => out.split('\n').filter(Boolean);

const start = ({ home, env }: Pick<Place, 'home' | 'env'>, args: readonly string[]): App =>
  new App(args, { home, cwd: corpus.folder, env });

/** So many at nearly the same time, as chance wants it. */
async function together(random: () => number, count: number, startOne: (i: number) => App): Promise<Ended[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      await pause(Math.floor(random() ** 2 * 300));
      return startOne(i).ended;
    }),
  );
}

/** One entry, one object with the same bytes and one link for each file of each batch. */
async function expectAllDone({ home, store }: Pick<Place, 'home' | 'store'>, batches: number): Promise<string[]> {
  const records = await recordsOf(home);
  expect(records.filter(({ status }) => status !== 'done').map(({ name, status }) => `${name} is ${status}`)).toEqual(
    [],
  );
  const done = records.flatMap((record) => (record.status === 'done' ? [record] : []));
  expect(done).toHaveLength(files * batches);
  expect(await store.uploads()).toEqual([]);
  const keys = await store.keys();
  expect(keys.toSorted()).toEqual(done.map(({ ref }) => (ref as { key: string }).key).toSorted());
  for (const { name, ref } of done) {
    const same = fs
      .readFileSync(path.join(corpus.folder, name))
      .equals(await store.bytes((ref as { key: string }).key));
    expect(same, `${name} has the same bytes`).toBe(true);
  }
  const links = done.map(({ link }) => link.url);
  expect(new Set(links).size).toBe(files * batches);
  return links;
}

/** Begins to upload all of them and is killed in the middle. */
async function killedEarly(place: Place, after: number): Promise<void> {
  const { proxy } = place;
  let puts = 0;
  proxy.set((seen) => (requestKind(seen) === 'put' && ++puts > after ? { kind: 'stall' } : undefined));
  const app = start(place, ['upload', ...names()]);
  await proxy.until(() => puts > after);
  app.kill();
  await app.ended;
  proxy.set();
}

/** Everything is done, and Practice's folder holds one object for each. */
async function linksAtPractice(home: string, count: number): Promise<string[]> {
  const records = await recordsOf(home);
  expect(records.filter(({ status }) => status !== 'done').map(({ name, status }) => `${name} is ${status}`)).toEqual(
    [],
  );
  const at = (folder: string): string[] => fs.readdirSync(path.join(recordsIn(home), 'practice', folder));
  expect([at('objects').length, at('pieces').length, at('uploads').length, records.length]).toEqual([
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
  const chance = (which: number): (() => number) => seeded(seed + 100 * round + which);

  test(`several times "hoist resume" at once: each file is sent once, and each of them ends well (${round})`, () =>
    withPlace(async (place) => {
      test.setTimeout(120_000);
      const random = chance(1);
      await killedEarly(place, Math.floor(random() * (files - 5)));
      const before = await recordsOf(place.home);
      const left = before.filter(({ status }) => status !== 'done').length;
      expect(left).toBeGreaterThan(3);
      const ended = await together(random, round === 1 ? 8 : 2 + Math.floor(random() * 6), () =>
        start(place, ['resume']),
      );
      expect(ended.map(({ code, err }) => (code === 0 ? 0 : err))).toEqual(ended.map(() => 0));
      const links = await expectAllDone(place, 1);
      const puts = place.proxy.seen.filter((seen) => requestKind(seen) === 'put');
      expect(new Set(puts.map(({ target }) => target)).size, 'no file is sent twice').toBe(puts.length);
      expect(puts.length).toBeLessThanOrEqual(left);
      for (const one of ended) {
        expect(new Set(lines(one)).size).toBe(lines(one).length);
        expect(lines(one).filter((url) => !links.includes(url))).toEqual([]);
      }
      expect(new Set(ended.flatMap(lines)).size).toBe(left);
    }));

  test(`several times "hoist upload" of the same files at once: each of them gets links of its own (${round})`, () =>
    withPlace(async (place) => {
      test.setTimeout(120_000);
      const random = chance(3);
      const count = 4 + Math.floor(random() * 5);
      const ended = await together(random, count, () => start(place, ['upload', ...names()]));
      expect(ended.map(({ code, err }) => (code === 0 ? 0 : err))).toEqual(ended.map(() => 0));
      const links = await expectAllDone(place, count);
      expect(ended.map((one) => lines(one).length)).toEqual(ended.map(() => files));
      expect(ended.flatMap(lines).toSorted()).toEqual(links.toSorted());
      // In the order in which they were given, whatever the others did.
      for (const one of ended)
        expect(lines(one).map((url) => decodeURIComponent(new URL(url).pathname.split('/').at(-1)!))).toEqual(names());
    }));

  test(`uploads and "hoist resume" at once: nobody takes what another one is at work on (${round})`, () =>
    withPlace(async (place) => {
      test.setTimeout(120_000);
      const random = chance(4);
      const uploads = 2 + Math.floor(random() * 3);
      const count = uploads + 2 + Math.floor(random() * 3);
      const ended = await together(random, count, (i) =>
        start(place, i < uploads ? ['upload', ...names()] : ['resume']),
      );
      expect(ended.map(({ code, err }) => (code === 0 ? 0 : err))).toEqual(ended.map(() => 0));
      await expectAllDone(place, uploads);
      expect(ended.slice(uploads).flatMap(lines), 'what others are at is theirs to tell').toEqual([]);
      expect(place.proxy.seen.filter((seen) => requestKind(seen) === 'put')).toHaveLength(uploads * files);
    }));

  test(`a window and "hoist resume" at once on Practice: one of them sends each file, the window shows all (${round})`, async ({
    apps,
  }) => {
    test.setTimeout(120_000);
    const random = chance(5);
    const home = temporaryFolder('many');
    fs.mkdirSync(recordsIn(home), { recursive: true });
    const accepted = await Promise.all(names().map((name) => acceptFile(path.join(corpus.folder, name))));
    await withRecords(home, (store) =>
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
      apps.launch({ userData: recordsIn(home) }),
      together(random, 2 + Math.floor(random() * 2), () => start({ home, env: {} }, ['resume'])),
    ]);
    expect(ended.map(({ code, err }) => (code === 0 ? 0 : err))).toEqual(ended.map(() => 0));
    await expect(page.getByRole('contentinfo', { name: 'Totals' })).toHaveText(`${files} uploads`, { timeout: 20_000 });
    await expect(page.getByRole('button', { name: `Copy link of ${names().at(-1)!}` })).toBeVisible();
    const links = await linksAtPractice(home, files);
    expect(ended.flatMap(lines).filter((url) => !links.includes(url))).toEqual([]);
  });

  test(`uploads at once on Practice: whoever serves it, and whenever that one ends, each file is there once (${round})`, async () => {
    test.setTimeout(120_000);
    const random = chance(7);
    const home = temporaryFolder('many');
    const count = 3 + Math.floor(random() * 4);
    const ended = await together(random, count, () => start({ home, env: {} }, ['upload', ...names()]));
    expect(ended.map(({ code, err }) => (code === 0 ? 0 : err))).toEqual(ended.map(() => 0));
    expect(ended.flatMap(lines).toSorted()).toEqual((await linksAtPractice(home, files * count)).toSorted());
  });

  test(`several windows started at once: one is there, the others hand over and end well (${round})`, async () => {
    test.setTimeout(60_000);
    const random = chance(6);
    const home = temporaryFolder('many');
    const count = 3 + Math.floor(random() * 2);
    const windows = Array.from({ length: count }, () => new Window(home));
    try {
      const codes: (number | null)[] = [];
      for (const { ended } of windows)
        void ended.then((code) => {
          codes.push(code);
        });
      await expect.poll(() => codes.length, { timeout: 15_000 }).toBe(count - 1);
      await expect.poll(shownWindows, { timeout: 10_000 }).toBe(1);
      expect(codes).toEqual(Array.from({ length: count - 1 }, () => 0));
      // The next one comes when the first has long been there.
      const late = new Window(home);
      windows.push(late);
      const begun = performance.now();
      expect(await late.ended).toBe(0);
      expect(performance.now() - begun).toBeLessThan(handOverMs);
      expect(shownWindows()).toBe(1);
    } finally {
      for (const { kill, ended } of windows) {
        kill();
        await ended;
      }
    }
  });
}

const shownWindows = (): number =>
  execFileSync('xprop', ['-root', '_NET_CLIENT_LIST'], { encoding: 'utf8' }).match(/0x[0-9a-f]+/g)?.length ?? 0;

class Window {
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
