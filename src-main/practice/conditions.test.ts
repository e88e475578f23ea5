/** Conditional reads and writes. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { errorNameOf, startServerForEachTest } from './testing/server-fixture.ts';

const server = startServerForEachTest();

test('answers conditional reads with 200, 304 or 412', async () => {
  await server.put('k', 'v');
  const { ETag = '', LastModified } = await server.head('k');
  const before = new Date(LastModified!.getTime() - 1000);
  expect(await errorNameOf(server.get('k', { IfNoneMatch: ETag }))).toMatch(/304|NotModified|Unknown/);
  for (const [conditions, status] of [
    [{ 'if-none-match': ETag }, 304],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': '"other"' }, 200],
    [{ 'if-match': ETag }, 200],
    [{ 'if-match': '"other"' }, 412],
    [{ 'if-modified-since': LastModified!.toUTCString() }, 304],
    [{ 'if-modified-since': before.toUTCString() }, 200],
    [{ 'if-unmodified-since': before.toUTCString() }, 412],
    [{ 'if-unmodified-since': LastModified!.toUTCString() }, 200],
    [{ 'if-none-match': '"other"', 'if-modified-since': LastModified!.toUTCString() }, 200],
  ] as const)
    for (const method of ['GET', 'HEAD'])
      expect(
        (await server.send({ method, path: '/practice/k', headers: conditions })).status,
        JSON.stringify(conditions),
      ).toBe(status);
  expect(
    (await server.send({ path: '/practice/k', headers: { range: 'bytes=0-0', 'if-range': '"other"' } })).status,
  ).toBe(200);
  expect((await server.send({ path: '/practice/k', headers: { range: 'bytes=0-0', 'if-range': ETag } })).status).toBe(
    206,
  );
});

test('checks the conditions of a write when it stores the object, also for multipart uploads', async () => {
  expect(await errorNameOf(server.put('k', '1', { IfNoneMatch: '*' }))).toBe('done');
  expect(await errorNameOf(server.put('k', '2', { IfNoneMatch: '*' }))).toBe('PreconditionFailed');
  expect(await errorNameOf(server.put('k', '2', { IfMatch: '"0"' }))).toBe('PreconditionFailed');
  expect(await errorNameOf(server.put('nothing', '2', { IfMatch: '"0"' }))).toBe('NoSuchKey');
  expect(await errorNameOf(server.put('k', '2', { IfMatch: (await server.head('k')).ETag }))).toBe('done');
  expect(
    await errorNameOf(server.complete(await server.uploadParts('k', [Buffer.from('3')]), { IfNoneMatch: '*' })),
  ).toBe('PreconditionFailed');
  expect((await server.practice.bytes('k')).toString()).toBe('2');
  // Exactly one of several concurrent requests succeeds, although the object did not exist when each of them started.
  const putResults = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      errorNameOf(server.put('race', randomBytes(500_000 + i), { IfNoneMatch: '*' })),
    ),
  );
  expect(putResults.filter((result) => result === 'done')).toHaveLength(1);
  const uploads = await Promise.all(Array.from({ length: 4 }, () => server.uploadParts('race2', [Buffer.from('x')])));
  const completeResults = await Promise.all(
    uploads.map((upload) => errorNameOf(server.complete(upload, { IfNoneMatch: '*' }))),
  );
  expect(completeResults.filter((result) => result === 'done')).toHaveLength(1);
});
