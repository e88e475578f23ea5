/** A computer with a wrong clock that uploads to a real Ceph RADOS Gateway. */
import { describe, expect, test, vi } from 'vitest';
import { patternBytes, patternSource } from '../testing/pattern-source.ts';
import { createTestDriver, rgw, logWhenSkipped } from './testing/subject.ts';

const { endpoint = '', bucket, accessKeyId, secretAccessKey } = rgw;
logWhenSkipped('a wrong clock on Ceph RADOS Gateway');

const minute = 60_000;
const day = 24 * 60 * minute;
const values = {
  endpoint,
  bucket,
  region: 'us-east-1',
  accessKeyId,
  secretAccessKey,
  linkKind: 'expiring',
  pathStyle: 'true',
  prefix: 'clock',
};

describe.skipIf(endpoint === '')('on a computer with a wrong clock', () => {
  test.each([20 * minute, -20 * minute, day, -day, 3653 * day, -3653 * day])(
    'an upload to Ceph RADOS Gateway succeeds and its link opens (%i ms)',
    async (difference) => {
      const signal = new AbortController().signal;
      vi.useFakeTimers({ now: Date.now() + difference, toFake: ['Date'] });
      const driver = createTestDriver(values, { ports: { now: () => Date.now() } });
      try {
        await driver.check(signal);
        const ref = await driver.upload({
          source: patternSource(1000),
          signal,
          onCheckpoint: async () => undefined,
          onProgress: () => undefined,
        });
        const { url } = await driver.link(ref, signal);
        const answer = await fetch(url);
        expect([answer.status, Buffer.from(await answer.arrayBuffer()).equals(patternBytes(1000))]).toEqual([
          200,
          true,
        ]);
        await driver.discard({ ref }, signal);
      } finally {
        vi.useRealTimers();
        driver.close();
      }
    },
  );
});
