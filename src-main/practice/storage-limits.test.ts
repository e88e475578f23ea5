/** The quota and the free space of the disk. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { MiB } from '../platform/testing/mib.ts';
import { startServerForEachTest, waitUntil } from './testing/server-fixture.ts';

const server = startServerForEachTest();

const quotaExceeded = { status: 403, code: 'QuotaExceeded' };

test('refuses an object that would exceed the quota together with the stored objects and those in transfer', async () => {
  const big = randomBytes(40 * MiB);
  await server.put('a', big);
  await server.put('b', big);
  expect(
    await server.send({ method: 'PUT', path: '/practice/c', body: big, payload: 'UNSIGNED-PAYLOAD' }),
  ).toMatchObject(quotaExceeded);
  expect(await server.countBlobs()).toBe(2);
  // Only one of these two bodies fits into the remaining 20 MiB.
  const body = randomBytes(15 * MiB);
  const responses = await Promise.all(
    ['d', 'e'].map((key) =>
      server.send({ method: 'PUT', path: `/practice/${key}`, body, payload: 'UNSIGNED-PAYLOAD' }),
    ),
  );
  expect(responses.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 403]);
  await server.delete(['a', 'b', 'd', 'e']);
  expect(await server.usage()).toMatchObject({ objects: 0, bytes: 0 });
});

test('refuses an object while the disk is almost full, also when it fills up during the write', async () => {
  // Practice leaves 256 MiB of the disk free. During a write it checks the free space every 64 MiB.
  server.freeDiskBytes = 256 * MiB;
  expect(await server.send({ method: 'PUT', path: '/practice/k', body: 'x' })).toMatchObject(quotaExceeded);
  server.freeDiskBytes = 300 * MiB;
  expect((await server.send({ method: 'PUT', path: '/practice/k', body: 'x' })).status).toBe(200);
  const response = server.send({
    method: 'PUT',
    path: '/practice/l',
    body: randomBytes(70 * MiB),
    payload: 'UNSIGNED-PAYLOAD',
    headers: { expect: '100-continue' },
  });
  server.freeDiskBytes = 350 * MiB;
  await waitUntil(async () => (await server.countBlobs()) === 2);
  server.freeDiskBytes = 0;
  expect(await response).toMatchObject({ ...quotaExceeded, continued: true });
  expect(await server.countBlobs()).toBe(1);
});
