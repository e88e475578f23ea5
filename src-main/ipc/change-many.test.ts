import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { chain, EngineFixture } from '../engine/testing/engine-fixture.ts';
import { changeMany } from './change-many.ts';

test('retries many uploads in slices, so that main handles other events in between', async () => {
  const fixture = new EngineFixture();
  const engine = fixture.engine();
  const files = Array.from({ length: 1000 }, (_, i) => fixture.file(`f${i}`));
  const ids = engine.enqueue(files, chain).map(({ id }) => id);
  await changeMany(engine, ids, (id) => engine.cancel(id));
  const queuedPerTurn: number[] = [];
  let isDone = false;
  const retrying = changeMany(engine, ids, (id) => engine.retry(id)).then(() => {
    isDone = true;
  });
  const watch = async (): Promise<void> => {
    queuedPerTurn.push(engine.workTotals.unfinished);
    await nextTurn();
    if (!isDone) await watch();
  };
  await watch();
  await retrying;
  queuedPerTurn.push(engine.workTotals.unfinished);
  const growth = queuedPerTurn.map((queued, turn) => queued - (queuedPerTurn[turn - 1] ?? 0));
  expect(Math.max(...growth)).toBeLessThanOrEqual(200);
  expect(engine.workTotals.unfinished).toBe(1000);
});

test('an upload whose canceled request does not end holds up no other upload', async () => {
  const fixture = new EngineFixture();
  fixture.script = [{ hang: true }];
  const engine = fixture.engine();
  const ids = engine
    .enqueue(
      Array.from({ length: 300 }, (_, i) => fixture.file(`f${i}`)),
      chain,
    )
    .map(({ id }) => id);
  await fixture.clock.advance(100);
  await changeMany(engine, ids, (id) => engine.cancel(id));
  void changeMany(engine, ids, (id) => engine.retry(id));
  while (engine.workTotals.unfinished < 299) await nextTurn();
  await fixture.clock.advance(10 * 60_000);
  expect([...fixture.records.values()].filter(({ status }) => status === 'done')).toHaveLength(299);
});
