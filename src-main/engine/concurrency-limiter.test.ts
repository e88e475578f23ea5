import { describe, expect, test } from 'vitest';
import { ConcurrencyLimiter, type UploadSlots, type ReleaseSlot } from './concurrency-limiter.ts';
import { defaultConcurrencyLimits } from './adaptive-concurrency.ts';

const never = new AbortController().signal;

class LimiterFixture {
  now = 0;
  readonly limiter: ConcurrencyLimiter;
  readonly granted: { name: string; release: ReleaseSlot }[] = [];
  readonly refused: string[] = [];

  constructor(limits: Partial<typeof defaultConcurrencyLimits> = {}) {
    this.limiter = new ConcurrencyLimiter({ now: () => this.now }, { ...defaultConcurrencyLimits, ...limits });
  }

  async acquire(slots: UploadSlots, name: string, signal: AbortSignal = never): Promise<void> {
    void slots.acquire(signal).then(
      (release) => this.granted.push({ name, release }),
      () => this.refused.push(name),
    );
    await settle();
  }
  get grantedNames(): string {
    return this.granted.map(({ name }) => name).join('');
  }
}

const settle = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

describe('one destination', () => {
  test('serves requests in order and skips an upload at its limit', async () => {
    // Upload `a` requests a, A and x; upload `b` requests b and B.
    const fixture = new LimiterFixture({ initial: 3, perUpload: 2 });
    const [a, b] = [fixture.limiter.createUploadSlots(), fixture.limiter.createUploadSlots()];
    for (const name of ['a', 'A', 'x']) await fixture.acquire(a, name);
    for (const name of ['b', 'B']) await fixture.acquire(b, name);
    expect(fixture.grantedNames).toBe('aAb');
    fixture.granted[2]!.release();
    await settle();
    expect(fixture.grantedNames).toBe('aAbB');
    fixture.granted[0]!.release();
    await settle();
    expect(fixture.grantedNames).toBe('aAbBx');
  });

  test('releasing a slot twice frees one slot', async () => {
    const fixture = new LimiterFixture({ initial: 1 });
    const a = fixture.limiter.createUploadSlots();
    for (const name of ['1', '2', '3']) await fixture.acquire(a, name);
    fixture.granted[0]!.release();
    fixture.granted[0]!.release();
    await settle();
    expect(fixture.grantedNames).toBe('12');
  });

  test('a canceled waiting request is rejected at once and takes no slot', async () => {
    const fixture = new LimiterFixture({ initial: 1 });
    const [a, b] = [fixture.limiter.createUploadSlots(), fixture.limiter.createUploadSlots()];
    const cancel = new AbortController();
    await fixture.acquire(a, 'a');
    await fixture.acquire(b, 'b', cancel.signal);
    await fixture.acquire(a, 'c');
    cancel.abort();
    await settle();
    expect(fixture.refused).toEqual(['b']);
    await fixture.acquire(b, 'too late', cancel.signal);
    fixture.granted[0]!.release();
    await settle();
    expect([fixture.grantedNames, fixture.refused]).toEqual(['ac', ['b', 'too late']]);
  });

  test('the end of an attempt frees its slots and cancels its waiting requests', async () => {
    const fixture = new LimiterFixture({ initial: 2 });
    const [a, b] = [fixture.limiter.createUploadSlots(), fixture.limiter.createUploadSlots()];
    for (const name of ['a', 'A', 'x']) await fixture.acquire(a, name);
    for (const name of ['b', 'B', 'c']) await fixture.acquire(b, name);
    a.close();
    await settle();
    expect([fixture.grantedNames, fixture.refused]).toEqual(['aAbB', ['x']]);
    fixture.granted[0]!.release();
    a.close();
    await fixture.acquire(a, 'after the end');
    expect([fixture.grantedNames, fixture.refused]).toEqual(['aAbB', ['x', 'after the end']]);
  });

  test('a slow-down lets the requests in flight end and starts a request only when fewer are in flight', async () => {
    const fixture = new LimiterFixture({ initial: 4, perUpload: 4 });
    const a = fixture.limiter.createUploadSlots();
    for (const name of ['1', '2', '3', '4', '5']) await fixture.acquire(a, name);
    a.slowDown();
    for (const i of [0, 1]) fixture.granted[i]!.release();
    await settle();
    expect(fixture.grantedNames).toBe('1234');
    fixture.granted[2]!.release();
    await settle();
    expect(fixture.grantedNames).toBe('12345');
    fixture.now += defaultConcurrencyLimits.windowMs;
    expect(fixture.limiter.capacity.slots).toBe(3);
  });
});

describe('the expected slots of a file', () => {
  const requestSlots = (fixture: LimiterFixture, fileBytes: number, count: number): void => {
    const slots = fixture.limiter.createUploadSlots();
    slots.setFileBytes(fileBytes);
    for (let i = 0; i < count; i++) void slots.acquire(never);
  };

  test('are 1 until a file has used several slots at once', () => {
    const { limiter } = new LimiterFixture();
    expect([limiter.expectedSlots(0), limiter.expectedSlots(1e12)]).toEqual([1, 1]);
  });

  test('grow with its size as they did for earlier files, up to the limit per upload', () => {
    const fixture = new LimiterFixture();
    requestSlots(fixture, 100, 1);
    expect(fixture.limiter.expectedSlots(1000)).toBe(1);
    requestSlots(fixture, 100, 3);
    expect([10, 49, 50, 99, 100, 1000].map((bytes) => fixture.limiter.expectedSlots(bytes))).toEqual([
      1, 1, 2, 2, 3, 4,
    ]);
    requestSlots(fixture, 30, 2);
    requestSlots(fixture, 1000, 2);
    expect([29, 30, 60].map((bytes) => fixture.limiter.expectedSlots(bytes))).toEqual([1, 2, 3]);
    fixture.limiter.forgetRequestSizes();
    expect(fixture.limiter.expectedSlots(1000)).toBe(1);
  });
});
