import { describe, expect, test } from 'vitest';
import { Lanes, type LanesOfUpload, type Release } from './lanes.ts';
import { paceLimits } from './pace.ts';

const never = new AbortController().signal;

class Road {
  now = 0;
  readonly lanes: Lanes;
  readonly granted: { who: string; release: Release }[] = [];
  readonly refused: string[] = [];

  constructor(limits: Partial<typeof paceLimits> = {}) {
    this.lanes = new Lanes({ now: () => this.now }, { ...paceLimits, ...limits });
  }

  async ask(of: LanesOfUpload, who: string, signal: AbortSignal = never): Promise<void> {
    void of.take(signal).then(
      (release) => this.granted.push({ who, release }),
      () => this.refused.push(who),
    );
    await settle();
  }
  get who(): string {
    return this.granted.map((one) => one.who).join('');
  }
}

const settle = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

describe('one destination', () => {
  test('serves who asked first, and an upload that has its share does not keep the others waiting', async () => {
    const road = new Road({ start: 3, ofOne: 2 });
    const [a, b] = [road.lanes.enter(), road.lanes.enter()];
    for (const who of ['a', 'A', 'x']) await road.ask(a, who);
    for (const who of ['b', 'B']) await road.ask(b, who);
    expect(road.who).toBe('aAb');
    road.granted[2]!.release();
    await settle();
    expect(road.who).toBe('aAbB');
    road.granted[0]!.release();
    await settle();
    expect(road.who).toBe('aAbBx');
  });

  test('a lane that is given back twice is one lane', async () => {
    const road = new Road({ start: 1 });
    const a = road.lanes.enter();
    for (const who of ['1', '2', '3']) await road.ask(a, who);
    road.granted[0]!.release();
    road.granted[0]!.release();
    await settle();
    expect(road.who).toBe('12');
  });

  test('who is canceled while it waits is gone at once, and takes no lane', async () => {
    const road = new Road({ start: 1 });
    const [a, b] = [road.lanes.enter(), road.lanes.enter()];
    const cancel = new AbortController();
    await road.ask(a, 'a');
    await road.ask(b, 'b', cancel.signal);
    await road.ask(a, 'c');
    cancel.abort();
    await settle();
    expect(road.refused).toEqual(['b']);
    await road.ask(b, 'too late', cancel.signal);
    road.granted[0]!.release();
    await settle();
    expect([road.who, road.refused]).toEqual(['ac', ['b', 'too late']]);
  });

  test('an attempt that is over leaves its lanes to others, whatever its driver holds or waits for', async () => {
    const road = new Road({ start: 2 });
    const [a, b] = [road.lanes.enter(), road.lanes.enter()];
    for (const who of ['a', 'A', 'x']) await road.ask(a, who);
    for (const who of ['b', 'B', 'c']) await road.ask(b, who);
    a.leave();
    await settle();
    expect([road.who, road.refused]).toEqual(['aAbB', ['x']]);
    road.granted[0]!.release();
    a.leave();
    await road.ask(a, 'after the end');
    expect([road.who, road.refused]).toEqual(['aAbB', ['x', 'after the end']]);
  });

  test('asks for fewer: what is under way ends, and no other begins before there are fewer', async () => {
    const road = new Road({ start: 4, ofOne: 4 });
    const a = road.lanes.enter();
    for (const who of ['1', '2', '3', '4', '5']) await road.ask(a, who);
    a.slowDown();
    for (const i of [0, 1]) road.granted[i]!.release();
    await settle();
    expect(road.who).toBe('1234');
    road.granted[2]!.release();
    await settle();
    expect(road.who).toBe('12345');
    road.now += paceLimits.windowMs;
    expect(road.lanes.room.lanes).toBe(3);
  });
});
