import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DatabaseSync } from '@photostructure/sqlite';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Upload } from '../../src-shared/upload.ts';
import { heartbeatLimitMs } from './owners.ts';
import { processStart } from '../platform/process-start.ts';
import { tempFolder } from '../platform/testing/temp-folders.ts';
import { canceled, done, failed, paused, queued, uploading, verifying, waiting } from './testing/sample-uploads.ts';
import { openTestStore } from './testing/open-test-store.ts';

const ids = (uploads: Upload[]) => uploads.map(({ id }) => id);
/** A process that has ended: the id is above the largest id that Linux gives. */
const otherOwner = { pid: 2 ** 22 + 1, startTime: 'another' };

describe('upload records', () => {
  test('are read back unchanged in every status, even after a restart', async () => {
    const store = await openTestStore(tempFolder());
    const all: Upload[] = [
      queued('a'),
      uploading('b'),
      waiting('c'),
      paused('d'),
      verifying('e'),
      done('f'),
      failed('g', { part: 1 }),
      canceled('h'),
    ];
    store.uploads.insert(all);
    expect(all.map(({ id }) => store.uploads.get(id))).toEqual(all);
    const reopened = await store.reopen();
    expect(all.map(({ id }) => reopened.uploads.get(id))).toEqual(all);
    expect(reopened.uploads.newest(3)).toEqual(all.slice(-3).reverse());
    expect(reopened.uploads.newestDone(5)).toEqual([all[5]]);
    expect(reopened.uploads.failed(5)).toEqual(all.filter(({ status }) => status === 'failed').reverse());
    expect(reopened.uploads.failed(5)).not.toEqual([]);
    expect(ids(reopened.uploads.unfinished())).toEqual(['e', 'd', 'c', 'b', 'a']);
    expect(reopened.uploads.totals()).toEqual({ done: 1, unfinished: 5 });
  });

  test('keep unusual file names unchanged', async () => {
    const store = await openTestStore(tempFolder());
    const names = [
      'a\u{0}b',
      '\u{202e}gpj.exe',
      'e\u{301}',
      'lone \u{d800}',
      '😀'.repeat(60),
      "'; DROP TABLE uploads; --",
      'line\nbreak',
    ];
    store.uploads.insert(names.map((name, index) => queued(`n${index}`, { name })));
    const reopened = await store.reopen();
    expect(
      reopened.uploads
        .newest(10)
        .reverse()
        .map(({ name }) => name),
    ).toEqual(names);
  });

  test('can be changed until they are removed', async () => {
    const store = await openTestStore(tempFolder());
    store.uploads.insert([queued('a'), queued('b')]);
    expect(store.uploads.save(done('a'), 'full')).toBe(true);
    store.uploads.remove('b');
    expect(store.uploads.save(done('b'), 'normal')).toBe(false);
    expect(store.uploads.newest(5)).toEqual([done('a')]);
  });

  test('can be saved only by their owner: a process that slept must not undo the work of another process', async () => {
    const folder = tempFolder();
    const sleeper = await openTestStore(folder);
    sleeper.uploads.insert([uploading('a')]);
    sleeper.uploads.release('a');
    expect(sleeper.uploads.save(uploading('a', { sent: 5 } as never), 'normal')).toBe(false);
    expect(sleeper.uploads.claim('a')).toBe(true);
    expect(sleeper.uploads.save(done('a'), 'full')).toBe(true);
    sleeper.uploads.release('a');
    expect(sleeper.uploads.save(uploading('a'), 'normal')).toBe(false);
    expect(sleeper.uploads.get('a')?.status).toBe('done');
  });

  test('are saved together with their pending cleanups in one transaction', async () => {
    const folder = tempFolder();
    const ownStore = await openTestStore(folder);
    const otherStore = await openTestStore(folder, { owner: otherOwner });
    // A bigint can't be written as JSON.
    const cleanup = (id: string, checkpoint: number | bigint) => ({
      id,
      uploadId: 'a',
      profileId: 'p1',
      what: { checkpoint: checkpoint as number },
    });
    ownStore.uploads.insert([uploading('a'), uploading('b')]);
    expect(ownStore.uploads.save(canceled('a'), 'normal', [cleanup('d1', 1), cleanup('d2', 2)])).toBe(true);
    expect([ownStore.uploads.get('a')?.status, ownStore.pendingCleanups.all().map(({ id }) => id)]).toEqual([
      'canceled',
      ['d1', 'd2'],
    ]);
    expect(otherStore.uploads.save(canceled('b'), 'normal', [cleanup('d3', 3)])).toBe(false);
    expect(otherStore.uploads.remove('b', [cleanup('d3', 3)])).toBe(false);
    expect(() => ownStore.uploads.save(canceled('b'), 'normal', [cleanup('d4', 4n)])).toThrow();
    expect(() => ownStore.uploads.remove('b', [cleanup('d5', 5n)])).toThrow();
    expect([ownStore.uploads.get('b')?.status, ownStore.pendingCleanups.all().map(({ id }) => id)]).toEqual([
      'uploading',
      ['d1', 'd2'],
    ]);
    expect(ownStore.uploads.remove('b', [cleanup('d6', 6)])).toBe(true);
    expect([ownStore.uploads.get('b'), ownStore.pendingCleanups.all().map(({ id }) => id)]).toEqual([
      undefined,
      ['d1', 'd2', 'd6'],
    ]);
  });

  test('of a batch are all inserted or none', async () => {
    const store = await openTestStore(tempFolder());
    store.uploads.insert([queued('a')]);
    expect(() => store.uploads.insert([queued('b'), queued('a')])).toThrow('bug');
    expect(ids(store.uploads.newest(5))).toEqual(['a']);
  });

  test('of ended uploads with a checkpoint are found', async () => {
    const store = await openTestStore(tempFolder());
    store.uploads.insert([
      failed('a', { part: 1 }),
      failed('b'),
      canceled('c', { part: 2 }),
      uploading('d'),
      done('"checkpoint":e', { name: '"checkpoint":' }),
    ]);
    const reopened = await store.reopen();
    expect(ids(reopened.uploads.unownedWithCheckpoint())).toEqual(['a', 'c']);
  });
});

describe('a row that cannot be read', () => {
  const corrupt = (folder: string, sql: string) => {
    const database = new DatabaseSync(join(folder, 'hoist.db'));
    database.exec(sql);
    database.close();
  };

  test.each([
    ['one character changed', `UPDATE uploads SET record = replace(record, 'https', 'httpz') WHERE id = 'b'`],
    ['the record is not JSON', `UPDATE uploads SET record = '{' WHERE id = 'b'`],
    [
      'the record belongs to another row',
      `UPDATE uploads SET (record, sum) = (SELECT record, sum FROM uploads WHERE id = 'a') WHERE id = 'b'`,
    ],
  ])('is quarantined, and the other rows are returned (%s)', async (_, sql) => {
    const folder = tempFolder();
    const store = await openTestStore(folder);
    store.uploads.insert([done('a'), done('b'), done('c')]);
    store.close();
    corrupt(folder, sql);
    const reopened = await openTestStore(folder);
    expect(ids(reopened.uploads.newest(5))).toEqual(['c', 'a']);
    expect(reopened.damagedRowCount()).toBe(1);
    expect(reopened.uploads.get('b')).toBeUndefined();
    expect(reopened.uploads.totals().done).toBe(2);
  });
});

describe('the history', () => {
  test('has pages that list every record exactly once, newest first, while records are added and removed', async () => {
    const store = await openTestStore(tempFolder());
    store.uploads.insert(Array.from({ length: 95 }, (_, n) => done(`u${n}`)));
    const seen: string[] = [];
    let before: string | undefined;
    for (let page = 0; ; page++) {
      const { uploads, next } = store.uploads.query({ ...(before && { before }), limit: 10 });
      seen.push(...ids(uploads));
      if (!next) break;
      store.uploads.insert([done(`new${page}a`), done(`new${page}b`)]);
      // Alternately removes the last record of the page and another one.
      store.uploads.remove(seen.at(page % 2 ? -1 : -2) ?? '');
      before = next;
    }
    expect(seen).toEqual(Array.from({ length: 95 }, (_, n) => `u${94 - n}`));
  });

  test('has no next page after the last record', async () => {
    const store = await openTestStore(tempFolder());
    store.uploads.insert([done('a'), done('b')]);
    expect(store.uploads.query({ limit: 2 }).next).toBeUndefined();
    expect(store.uploads.query({ limit: 1 }).next).toBeDefined();
  });

  // The third value is `before x1` in base64, but the text after `before` must be a number.
  test.each(['', 'before', 'YmVmb3JlIHgx', 'x'.repeat(100)])('refuses an invalid cursor: %j', async (before) => {
    const store = await openTestStore(tempFolder());
    expect(() => store.uploads.query({ before, limit: 1 })).toThrow('invalid-input');
  });

  test.each<[string, string[]]>([
    ['holiday', ['case', 'plain']],
    ['HOLIDAY', ['case', 'plain']],
    ['ärger', ['nfd', 'umlaut']],
    ['100%', ['percent']],
    ['%', ['percent']],
    ['a_b', ['underscore']],
    ['_', ['underscore']],
    ['*', ['star']],
    ["'", ['quote']],
    ['"', []],
    ['\\', ['backslash']],
    ['x-y.example', ['link']],
    ['team bucket', ['elsewhere']],
    ['bucket TEAM', ['elsewhere']],
    ['holiday case', []],
    ['old name', ['elsewhere']],
    [
      '  ',
      ['elsewhere', 'link', 'nfd', 'umlaut', 'backslash', 'quote', 'star', 'underscore', 'percent', 'case', 'plain'],
    ],
    ['nothing has this', []],
  ])('finds the expected uploads when searching for %j', async (text, found) => {
    const store = await openTestStore(tempFolder());
    store.profiles.save({ id: 'p1', providerId: 's3', name: 'Mine', settings: {}, createdAt: 1 });
    store.profiles.save({ id: 'p2', providerId: 's3', name: 'Team BUCKET (old name)', settings: {}, createdAt: 1 });
    store.profiles.remove('p2');
    store.uploads.insert(
      [
        done('plain', { name: 'holiday.jpg' }),
        done('case', { name: 'HoliDay2.jpg' }),
        done('percent', { name: '100% sure.txt' }),
        done('underscore', { name: 'a_b.txt' }),
        done('star', { name: 'x*y.txt' }),
        done('quote', { name: "it's.txt" }),
        done('backslash', { name: 'a\\b.txt' }),
        done('umlaut', { name: 'Ärger.txt' }),
        done('nfd', { name: 'a\u{308}rger.txt' }),
        done('link', { name: 'f' }, 'https://x-y.example/f'),
        done('elsewhere', { name: 'g', chain: [{ profileId: 'p2', visibility: 'public' }] }),
        // Only the link of the upload `link` has searched words.
      ].map((upload) => ({
        ...upload,
        link: upload.id === 'link' ? upload.link : { ...upload.link, url: 'https://h.example/f' },
      })),
    );
    expect(ids(store.uploads.query({ text, limit: 50 }).uploads)).toEqual(found);
  });

  test('inserts, counts and searches 10,000 records within the time limits', async () => {
    const store = await openTestStore(tempFolder());
    const records = Array.from({ length: 10_000 }, (_, n) =>
      done(
        `u${n}`,
        { name: `Holiday in Rome, picture ${n}.jpg` },
        `https://s3.example/bucket/2026/11/23/${'r'.repeat(400)}${n}`,
      ),
    );
    const timed = (work: () => unknown) => {
      const startedAt = performance.now();
      work();
      return performance.now() - startedAt;
    };
    const insert = timed(() => store.uploads.insert(records));
    const best = (work: () => unknown) => Math.min(...Array.from({ length: 5 }, () => timed(work)));
    const figures = {
      insert,
      rare: best(() => store.uploads.query({ text: 'picture 17.jpg', limit: 50 })),
      none: best(() => store.uploads.query({ text: 'in paris', limit: 50 })),
      newest: best(() => store.uploads.newest(200)),
      totals: best(() => store.uploads.totals()),
    };
    console.log(
      '10,000 records, ms:',
      Object.fromEntries(Object.entries(figures).map(([name, ms]) => [name, Number(ms.toFixed(1))])),
    );
    expect(figures.insert).toBeLessThan(20_000);
    // The requirement is 50 ms. The test machines are slower than the machines of users.
    for (const ms of [figures.rare, figures.none, figures.newest, figures.totals]) expect(ms).toBeLessThan(500);
  });
});

describe('ownership', () => {
  test('starts when a process inserts an upload, and prevents other claims until the release', async () => {
    const folder = tempFolder();
    const ownStore = await openTestStore(folder);
    const otherStore = await openTestStore(folder, {
      owner: { pid: process.ppid, startTime: processStart(process.ppid) },
    });
    ownStore.uploads.insert([queued('a')]);
    expect(otherStore.uploads.orphans()).toEqual([]);
    expect(otherStore.uploads.claim('a')).toBe(false);
    expect(ownStore.uploads.claim('a')).toBe(true);
    ownStore.uploads.release('a');
    expect(ids(otherStore.uploads.orphans())).toEqual(['a']);
    expect(otherStore.uploads.claim('a')).toBe(true);
    expect(ownStore.uploads.claim('a')).toBe(false);
    expect(ownStore.uploads.claim('no such upload')).toBe(false);
  });

  test('prevents other processes from saving, releasing or removing the upload', async () => {
    const folder = tempFolder();
    const ownStore = await openTestStore(folder);
    const otherStore = await openTestStore(folder, {
      owner: { pid: process.ppid, startTime: processStart(process.ppid) },
    });
    ownStore.uploads.insert([queued('a')]);
    otherStore.uploads.release('a');
    otherStore.uploads.remove('a');
    expect(otherStore.uploads.save(done('a'), 'full')).toBe(false);
    expect(otherStore.uploads.claim('a')).toBe(false);
    expect(otherStore.uploads.get('a')).toEqual(queued('a'));
  });

  test('ends for all uploads when the store is closed', async () => {
    const folder = tempFolder();
    const ownStore = await openTestStore(folder);
    ownStore.uploads.insert([queued('a'), uploading('b'), done('c')]);
    const reopened = await ownStore.reopen();
    expect(ids(reopened.uploads.orphans())).toEqual(['a', 'b']);
  });

  test('the uploads of an ended process are free, and a process that was wrongly treated as dead overwrites nothing', async () => {
    const folder = tempFolder();
    const ended = await openTestStore(folder, { owner: otherOwner });
    ended.uploads.insert([queued('a'), uploading('b'), verifying('c'), waiting('d'), paused('e'), done('f')]);
    const ownStore = await openTestStore(folder);
    expect(ids(ownStore.uploads.orphans())).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(ownStore.uploads.claim('b')).toBe(true);
    expect(ids(ownStore.uploads.orphans())).toEqual(['a', 'c', 'd', 'e']);
    expect(ownStore.uploads.save(failed('b'), 'full')).toBe(true);
    expect(ended.uploads.save(done('b'), 'full')).toBe(false);
    expect(ownStore.uploads.get('b')?.status).toBe('failed');
  });

  test('counts the other living processes that send a file to a destination', async () => {
    const folder = tempFolder();
    const [own, second, third, ended] = await Promise.all([
      openTestStore(folder),
      openTestStore(folder),
      openTestStore(folder),
      openTestStore(folder, { owner: otherOwner }),
    ]);
    expect(own.uploads.otherUploaders('p1')).toBe(0);
    own.uploads.insert([uploading('a')]);
    second.uploads.insert([uploading('b'), uploading('c')]);
    third.uploads.insert([queued('d'), uploading('e', { chain: [{ profileId: 'p2', visibility: 'expiring' }] })]);
    ended.uploads.insert([uploading('f')]);
    expect([own, second, third].map(({ uploads }) => uploads.otherUploaders('p1'))).toEqual([1, 1, 2]);
    expect(own.uploads.otherUploaders('p2')).toBe(1);
    second.uploads.save(done('b'), 'full');
    second.uploads.save(done('c'), 'full');
    expect(own.uploads.otherUploaders('p1')).toBe(0);
  });

  test('of a process that reported its own start time stays, even if the system reports another start time', async () => {
    const folder = tempFolder();
    (await openTestStore(folder, { owner: { pid: process.ppid, startTime: 'at 1700000000000' } })).uploads.insert([
      queued('a'),
    ]);
    const store = await openTestStore(folder);
    expect(store.uploads.orphans()).toEqual([]);
    expect(store.uploads.claim('a')).toBe(false);
  });

  test('ends when a later process has the same process id', async () => {
    const folder = tempFolder();
    (
      await openTestStore(folder, { owner: { pid: process.ppid, startTime: `${processStart(process.ppid)}0` } })
    ).uploads.insert([uploading('a')]);
    const ownStore = await openTestStore(folder);
    // Only Linux reports the start time of other processes. Elsewhere the heartbeat decides.
    expect(ids(ownStore.uploads.orphans())).toEqual(process.platform === 'linux' ? ['a'] : []);
    expect(ownStore.uploads.claim('a')).toBe(process.platform === 'linux');
  });

  /** Opens the same store as two living processes that share a clock. */
  async function openAsTwoProcesses() {
    const folder = tempFolder();
    let clock = 1_000_000;
    const now = () => clock;
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    await once(child, 'spawn');
    const sleeper = await openTestStore(folder, {
      owner: { pid: child.pid ?? 0, startTime: processStart(child.pid ?? 0) },
      now,
    });
    return {
      sleeper,
      ownStore: await openTestStore(folder, { now }),
      pass: (ms: number) => {
        clock += ms;
      },
    };
  }

  test('a living process without a heartbeat counts as dead after the limit, and not before', async () => {
    const { sleeper, ownStore, pass } = await openAsTwoProcesses();
    sleeper.uploads.insert([uploading('a')]);
    pass(heartbeatLimitMs);
    expect([ids(ownStore.uploads.orphans()), ownStore.uploads.claim('a')]).toEqual([[], false]);
    expect(sleeper.uploads.heartbeat()).toBe(true);
    pass(heartbeatLimitMs);
    expect(ownStore.uploads.claim('a')).toBe(false);
    pass(1);
    expect(ids(ownStore.uploads.orphans())).toEqual(['a']);
    expect(ownStore.uploads.claim('a')).toBe(true);
  });

  test('a process that slept detects once, at its next heartbeat, that it was treated as dead, and reclaims free uploads', async () => {
    const { sleeper, ownStore, pass } = await openAsTwoProcesses();
    sleeper.uploads.insert([uploading('a'), uploading('b')]);
    pass(heartbeatLimitMs + 1);
    expect(ownStore.uploads.claim('a')).toBe(true);
    expect(sleeper.uploads.heartbeat()).toBe(false);
    expect(sleeper.uploads.heartbeat()).toBe(true);
    expect([sleeper.uploads.claim('a'), sleeper.uploads.claim('b')]).toEqual([false, true]);
    expect(ownStore.uploads.claim('b')).toBe(false);
    expect(sleeper.uploads.save(done('b'), 'full')).toBe(true);
    expect(sleeper.uploads.heartbeat()).toBe(true);
  });

  test('a process that slept detects a lost ownership even if it inserted an upload before its heartbeat', async () => {
    const { sleeper, ownStore, pass } = await openAsTwoProcesses();
    sleeper.uploads.insert([uploading('a')]);
    pass(heartbeatLimitMs + 1);
    expect(ownStore.uploads.claim('a')).toBe(true);
    sleeper.uploads.insert([queued('b')]);
    expect(sleeper.uploads.heartbeat()).toBe(false);
    expect(sleeper.uploads.heartbeat()).toBe(true);
    expect(ownStore.uploads.claim('b')).toBe(false);
  });

  test('hasExternalChanges reports writes of another process, but not its own', async () => {
    const folder = tempFolder();
    const ownStore = await openTestStore(folder);
    const otherStore = await openTestStore(folder, { owner: otherOwner });
    ownStore.hasExternalChanges();
    ownStore.uploads.insert([queued('a')]);
    expect(ownStore.hasExternalChanges()).toBe(false);
    otherStore.uploads.insert([queued('b')]);
    expect(ownStore.hasExternalChanges()).toBe(true);
    expect(ownStore.hasExternalChanges()).toBe(false);
  });
});
