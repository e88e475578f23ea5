import { describe, expect, test } from 'vitest';
import { heartbeatLimitMs } from './owners.ts';
import { sleepMicroseconds } from './testing/sleep-microseconds.ts';
import { tempFolder } from '../platform/testing/temp-folders.ts';
import { buildStoreProcess, startStoreProcess } from './testing/start-store-process.ts';
import { queued } from './testing/sample-uploads.ts';
import { caseCount } from '../testing/sample.ts';
import { seededRandom, testSeed } from './testing/seeded-random.ts';
import { openTestStore } from './testing/open-test-store.ts';

buildStoreProcess();

describe('a process', () => {
  test('that is killed in the middle of its writes loses no acknowledged record', { timeout: 120_000 }, async () => {
    const seed = testSeed('killed while writing');
    const random = seededRandom(seed);
    const folder = tempFolder();
    const acknowledged = new Map<string, string>();
    const order = ['queued', 'uploading', 'done'];
    const kills = caseCount({ full: 24, sample: 6 });
    for (let run = 0; run < kills; run++) {
      const writer = startStoreProcess('write', folder, `r${run}`);
      await writer.until({ count: 1 + random.int(60) });
      // Kill the process at a random moment, not only directly after it has printed a line.
      await sleepMicroseconds(random.int(4_000));
      for (const line of await writer.kill()) {
        const [status = '', ...ids] = line.split(' ');
        for (const id of ids) acknowledged.set(id, status);
      }
      const store = await openTestStore(folder);
      expect(store.replaced, `run ${run}`).toBeUndefined();
      expect(store.damagedRowCount()).toBe(0);
      for (const [id, status] of acknowledged) {
        const upload = store.uploads.get(id);
        // The process may have completed one step more than it printed.
        expect(
          order.indexOf(upload?.status ?? ''),
          `run ${run}, ${id} was ${status}, is ${upload?.status}`,
        ).toBeGreaterThanOrEqual(order.indexOf(status));
        acknowledged.set(id, upload?.status ?? '');
      }
      const orphans = new Map(store.uploads.orphans().map((upload) => [upload.id, upload.status]));
      for (const [id, status] of acknowledged)
        if (id.startsWith(`r${run}-`)) expect(orphans.get(id), id).toBe(status === 'done' ? undefined : status);
      // Remove the upload, so that a later run does not find it.
      for (const id of orphans.keys()) {
        expect(store.uploads.claim(id), id).toBe(true);
        store.uploads.remove(id);
        acknowledged.delete(id);
      }
      store.close();
    }
    console.log(`${kills} kills, ${acknowledged.size} done uploads kept`);
    expect(acknowledged.size).toBeGreaterThan(kills);
  });

  test('that is killed is detected while another process has the store open', async () => {
    const folder = tempFolder();
    const store = await openTestStore(folder);
    const holder = startStoreProcess('hold', folder, 'a', 'b');
    await holder.until({ line: 'held' });
    expect(store.hasExternalChanges()).toBe(true);
    expect(store.uploads.orphans()).toEqual([]);
    expect(store.uploads.claim('a')).toBe(false);
    await holder.kill();
    expect(store.uploads.orphans().map(({ id }) => id)).toEqual(['a', 'b']);
    expect([store.uploads.claim('a'), store.uploads.claim('b')]).toEqual([true, true]);
    expect(store.uploads.orphans()).toEqual([]);
  });

  test(
    'that was paused for a long time notices that it was treated as dead, and reclaims its free uploads',
    { timeout: 60_000 },
    async () => {
      const folder = tempFolder();
      const sleeper = startStoreProcess('beat', folder, 'a', 'b');
      await sleeper.until({ line: 'held' });
      sleeper.child.kill('SIGSTOP');
      const store = await openTestStore(folder, { now: () => Date.now() + heartbeatLimitMs + 1000 });
      expect(store.uploads.claim('a')).toBe(true);
      sleeper.child.kill('SIGCONT');
      sleeper.child.stdin?.write('beat\n');
      expect((await sleeper.until({ line: 'end' })).slice(1)).toEqual(['treated as dead', 'mine b', 'end']);
      await sleeper.kill();
    },
  );
});

describe('several processes', () => {
  test('that claim the same 20 uploads at once get each of them once', { timeout: 60_000 }, async () => {
    for (let round = 0; round < caseCount({ full: 6, sample: 2 }); round++) {
      const folder = tempFolder();
      const ids = Array.from({ length: 20 }, (_, n) => `u${n}`);
      const store = await openTestStore(folder);
      store.uploads.insert(ids.map((id) => queued(id)));
      store.close();
      const claimers = [startStoreProcess('claim', folder, ...ids), startStoreProcess('claim', folder, ...ids)];
      await Promise.all(claimers.map((claimer) => claimer.until({ line: 'ready' })));
      for (const { child } of claimers) child.stdin?.write('go\n');
      const output = await Promise.all(claimers.map((claimer) => claimer.until({ line: 'end' })));
      const claimed = output.map((lines) =>
        lines.filter((line) => line.startsWith('mine ')).map((line) => line.slice(5)),
      );
      expect(claimed.flat().sort(), `round ${round}`).toEqual([...ids].sort());
      for (const { child } of claimers) child.stdin?.write('close\n');
      await Promise.all(claimers.map(({ ended }) => ended));
    }
  });

  /**
   * R20 requires fifty cases: these forty, the six above, and ten with complete apps in e2e/multi-process.spec.ts.
   */
  test(
    'that claim the same uploads in any order give each upload exactly one owner',
    { timeout: 120_000 },
    async () => {
      const seed = testSeed('many claim');
      const random = seededRandom(seed);
      const folder = tempFolder();
      const store = await openTestStore(folder);
      const claimers = Array.from({ length: 8 }, () => startStoreProcess('contend', folder));
      await Promise.all(claimers.map((claimer) => claimer.until({ line: 'ready' })));
      let roundsWithSeveralWinners = 0;
      const rounds = caseCount({ full: 40, sample: 14 });
      for (let round = 0; round < rounds; round++) {
        const ids = Array.from({ length: 20 }, (_, n) => `r${round}-${n}`);
        store.uploads.insert(ids.map((id) => queued(id)));
        for (const id of ids) store.uploads.release(id);
        const contenders = claimers.slice(0, 2 + (round % 7));
        for (const { child } of contenders) {
          const from = random.int(ids.length);
          child.stdin?.write(`${[round, ...ids.slice(from), ...ids.slice(0, from)].join(' ')}\n`);
        }
        const output = await Promise.all(contenders.map((claimer) => claimer.until({ line: `end ${round}` })));
        const claimed = output.map((lines) =>
          lines.flatMap((line) => (line.startsWith(`mine ${round} `) ? [line.split(' ')[2]!] : [])),
        );
        expect(claimed.flat().toSorted(), `round ${round}`).toEqual(ids.toSorted());
        expect(store.uploads.orphans()).toEqual([]);
        expect(
          ids.filter((id) => store.uploads.claim(id)),
          `round ${round}`,
        ).toEqual([]);
        if (claimed.filter((claimedIds) => claimedIds.length > 0).length > 1) roundsWithSeveralWinners++;
      }
      await Promise.all(claimers.map((claimer) => claimer.kill()));
      expect(store.uploads.orphans()).toHaveLength(rounds * 20);
      // A round proves something only if several processes claimed uploads.
      console.log(`${roundsWithSeveralWinners} of ${rounds} rounds had more than one winner`);
      expect(roundsWithSeveralWinners).toBeGreaterThan(rounds / 20);
    },
  );

  test('that open and close the store repeatedly do not disturb each other', { timeout: 60_000 }, async () => {
    const folder = tempFolder();
    const idsOf = (name: string) => Array.from({ length: 25 }, (_, n) => `${name}${n}`);
    const cyclers = ['a', 'b', 'c'].map((name) => startStoreProcess('cycle', folder, ...idsOf(name)));
    await Promise.all(cyclers.map((cycler) => cycler.until({ line: 'end' })));
    const store = await openTestStore(folder);
    expect(store.replaced).toBeUndefined();
    expect(store.restoredFromBackup).toBe(false);
    expect(
      store.uploads
        .newest(100)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['a', 'b', 'c'].flatMap(idsOf).sort());
  });

  test('that open a new store at once all succeed', { timeout: 60_000 }, async () => {
    for (let round = 0; round < 5; round++) {
      const folder = tempFolder();
      const openers = ['a', 'b', 'c'].map((id) => startStoreProcess('hold', folder, id));
      await Promise.all(openers.map((opener) => opener.until({ line: 'held' })));
      const store = await openTestStore(folder);
      expect(store.replaced).toBeUndefined();
      expect(
        store.uploads
          .newest(5)
          .map(({ id }) => id)
          .sort(),
      ).toEqual(['a', 'b', 'c']);
      store.close();
      await Promise.all(openers.map((opener) => opener.kill()));
    }
  });
});
