import { expect, test } from 'vitest';
import { SpeedLimit } from './speed-limit.ts';

/** Simulates 8 busy connections and returns the bytes that they send within this time. */
function simulateSending(seconds: number, bytesPerSecond: number): { total: number; byConnection: number[] } {
  let now = 1000;
  const limit = new SpeedLimit(
    bytesPerSecond,
    () => 1,
    () => now,
  );
  const byConnection = Array.from({ length: 8 }, () => 0);
  const pendingWrites = byConnection.map((_, connection) => ({ at: now, connection }));
  const end = now + seconds * 1000;
  while (pendingWrites.length > 0) {
    pendingWrites.sort((a, b) => a.at - b.at);
    const { at, connection } = pendingWrites.shift()!;
    now = Math.max(now, at);
    const sentAt = now + limit.reserve(limit.chunkBytes);
    if (sentAt > end) continue;
    byConnection[connection]! += limit.chunkBytes;
    pendingWrites.push({ at: sentAt, connection });
  }
  return { total: byConnection.reduce((sum, bytes) => sum + bytes, 0), byConnection };
}

test.each([10_000, 200_000, 2_000_000, 80_000_000])(
  'all connections together send %i bytes a second, and each gets a fair share',
  (rate) => {
    const { total, byConnection } = simulateSending(10, rate);
    expect(total / (10 * rate)).toBeGreaterThan(0.95);
    expect(total / (10 * rate)).toBeLessThan(1.05);
    expect(Math.min(...byConnection) / Math.max(...byConnection)).toBeGreaterThan(0.8);
  },
);

test('after an idle minute, only a short burst is allowed', () => {
  let now = 0;
  const limit = new SpeedLimit(
    1000,
    () => 1,
    () => now,
  );
  limit.reserve(1000);
  now = 60_000;
  let sent = 0;
  while (limit.reserve(100) === 0) sent += 100;
  expect(sent).toBeLessThanOrEqual(200);
});

test('a process sends only its share of the limit as soon as other processes upload, until they end', () => {
  let now = 0;
  let processes = 1;
  const limit = new SpeedLimit(
    1000,
    () => processes,
    () => now,
  );
  const bytesWithin = (ms: number): number => {
    const end = now + ms;
    let sent = 0;
    for (; now < end; sent += 10) now += limit.reserve(10);
    return sent;
  };
  bytesWithin(1000);
  expect(bytesWithin(10_000) / 10_000).toBeCloseTo(1, 1);
  processes = 4;
  expect(bytesWithin(10_000) / 2500).toBeCloseTo(1, 1);
  processes = 1;
  expect(bytesWithin(10_000) / 10_000).toBeCloseTo(1, 1);
});
