import { expect, test } from 'vitest';
import { chain, EngineFixture } from './testing/engine-fixture.ts';

const minutes = 60_000;

test('a new process runs the pending cleanups of the previous process', async () => {
  const fixture = new EngineFixture();
  const first = fixture.engine();
  const [upload] = first.enqueue([fixture.file('a')], chain);
  await fixture.clock.advance(500);
  fixture.discardError = 'offline';
  first.cancel(upload!.id);
  await fixture.clock.advance(0);
  first.remove(upload!.id);
  await fixture.clock.advance(minutes);
  expect([fixture.records.size, fixture.sessions.size, fixture.pendingCleanups.size]).toEqual([0, 1, 1]);
  fixture.discardError = undefined;
  void fixture.engine().adoptOrphans();
  await fixture.clock.advance(0);
  expect([fixture.sessions.size, fixture.pendingCleanups.size]).toEqual([0, 0]);
});

test('a pending cleanup is dropped when the service cannot delete', async () => {
  const fixture = new EngineFixture();
  const engine = fixture.engine();
  const [upload] = engine.enqueue([fixture.file('a')], chain);
  await fixture.clock.advance(500);
  fixture.discardError = { code: 'forbidden', params: { why: 'noDelete' } };
  engine.cancel(upload!.id);
  await fixture.clock.advance(0);
  engine.remove(upload!.id);
  await fixture.clock.advance(minutes);
  expect([fixture.records.size, fixture.pendingCleanups.size]).toEqual([0, 0]);
});
