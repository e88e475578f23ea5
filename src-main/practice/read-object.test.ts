/** Reads of whole objects, ranges and parts. */
import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MiB } from '../platform/testing/mib.ts';
import { errorNameOf, startServerForEachTest, waitUntil } from './testing/server-fixture.ts';

const server = startServerForEachTest();

test('returns whole objects, ranges and parts', async () => {
  const bodies = [randomBytes(5 * MiB), randomBytes(6 * MiB), randomBytes(1000)];
  await server.complete(await server.uploadParts('parts', bodies));
  const whole = Buffer.concat(bodies);
  await server.put('one', whole);
  const bytesOf = async (Key: string, parameters: object) =>
    Buffer.from(await (await server.get(Key, parameters)).Body!.transformToByteArray());
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('parts', 'one'),
      fc.nat({ max: whole.length - 1 }),
      fc.nat({ max: 100_000 }),
      async (key, start, length) => {
        const response = await server.get(key, { Range: `bytes=${start}-${start + length}` });
        expect(response.ContentRange).toBe(
          `bytes ${start}-${Math.min(start + length, whole.length - 1)}/${whole.length}`,
        );
        expect(
          Buffer.from(await response.Body!.transformToByteArray()).equals(whole.subarray(start, start + length + 1)),
        ).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
  for (const [range, start] of [
    ['bytes=-10', whole.length - 10],
    ['bytes=11000000-', 11_000_000],
    ['bytes=-999999999', 0],
  ] as const)
    expect((await bytesOf('parts', { Range: range })).equals(whole.subarray(start)), range).toBe(true);
  for (const range of ['bytes=5-4', 'bytes=a-b', 'lines=1-2', 'bytes=0-0,5-6', 'bytes=-'])
    expect(await bytesOf('parts', { Range: range }), range).toHaveLength(whole.length);
  expect(await errorNameOf(server.get('one', { Range: `bytes=${whole.length}-` }))).toBe('InvalidRange');
  expect(await errorNameOf(server.get('one', { Range: 'bytes=-0' }))).toBe('InvalidRange');
  for (const [index, body] of bodies.entries()) {
    const response = await server.get('parts', { PartNumber: index + 1 });
    expect([response.PartsCount, response.$metadata.httpStatusCode]).toEqual([3, 206]);
    expect(Buffer.from(await response.Body!.transformToByteArray()).equals(body)).toBe(true);
  }
  expect(await errorNameOf(server.get('parts', { PartNumber: 4 }))).toBe('InvalidRange');
  expect((await server.head('parts')).ETag).toBe(
    `"${createHash('md5')
      .update(Buffer.concat(bodies.map((body) => createHash('md5').update(body).digest())))
      .digest('hex')}-3"`,
  );
  expect((await server.head('one')).ETag).toBe(`"${createHash('md5').update(whole).digest('hex')}"`);
});

test('a download continues when the object is replaced or deleted during the download', async () => {
  // The server has not opened the second part when the object changes.
  const bodies = [randomBytes(12 * MiB), randomBytes(12 * MiB)];
  const original = Buffer.concat(bodies);
  await server.complete(await server.uploadParts('k', bodies));
  const [download1, download2] = [await server.get('k'), await server.get('k')];
  await server.put('k', randomBytes(1000));
  expect(Buffer.from(await download1.Body!.transformToByteArray()).equals(original)).toBe(true);
  await server.delete(['k']);
  expect(Buffer.from(await download2.Body!.transformToByteArray()).equals(original)).toBe(true);
  await waitUntil(async () => (await server.countBlobs()) === 0);
});
