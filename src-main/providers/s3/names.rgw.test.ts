/** Names that are taken, on a real Ceph RADOS Gateway, where there is one (e2e/servers/rgw.sh). */
import { randomBytes } from 'node:crypto';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, test } from 'vitest';
import type { AppFailure } from '../../../src-shared/errors.ts';
import type { Collision, Ref } from '../../../src-shared/upload.ts';
import { connectDestination, type ConnectedDestination } from '../connect.ts';
import { patternOf, patternSource } from '../testing/source.ts';
import { ports, rgw, sayWhenSkipped, sizes, tuned } from './testing/subject.ts';

const { endpoint, bucket, accessKeyId, secretAccessKey } = rgw;
sayWhenSkipped('names that are taken on Ceph RADOS Gateway');

describe.skipIf(endpoint === undefined)('names that are taken on Ceph RADOS Gateway', { timeout: 60_000 }, () => {
  const client = new S3Client({
    endpoint: endpoint ?? '',
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  const connected: ConnectedDestination[] = [];
  afterAll(() => {
    client.destroy();
    for (const one of connected) one.close();
  });

  const to = async (collision: Collision, prefix: string): Promise<ConnectedDestination> => {
    const its = await connectDestination(
      tuned({ retryMs: 10, lookAgainMs: [50, 150] }),
      {
        endpoint: endpoint!,
        bucket,
        region: 'us-east-1',
        accessKeyId,
        secretAccessKey,
        linkKind: 'expiring',
        pathStyle: 'true',
        prefix,
        nameTemplate: '{name}',
        collision,
      },
      ports,
    );
    connected.push(its);
    return its;
  };
  const send = (its: ConnectedDestination, size: number): Promise<Ref> =>
    its.upload({
      source: patternSource(size),
      signal: new AbortController().signal,
      onProgress: () => undefined,
      onCheckpoint: async () => undefined,
    });
  const bytesAt = async (Key: string): Promise<Buffer> =>
    Buffer.from(await (await client.send(new GetObjectCommand({ Bucket: bucket, Key }))).Body!.transformToByteArray());
  const keysIn = async (prefix: string): Promise<string[]> =>
    ((await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: `${prefix}/` }))).Contents ?? []).map(
      ({ Key = '' }) => Key,
    );
  const keyOf = (ref: Ref): string => (ref as { key: string }).key;
  const never = new AbortController().signal;

  test.each([1000, sizes.partBytes + 7])(
    'what is there stays, is asked about, or is replaced; what is removed is ours (%i bytes)',
    async (size) => {
      const prefix = `names-${randomBytes(6).toString('hex')}`;
      const key = `${prefix}/file.bin`;
      const theirs = (): Promise<unknown> =>
        client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'theirs' }));
      await theirs();
      const second = await send(await to('new-name', prefix), size);
      expect(keyOf(second)).toBe(`${prefix}/file-2.bin`);
      const cause: unknown = await send(await to('ask', prefix), size).catch((thrown: unknown) => thrown);
      expect((cause as AppFailure).error.code).toBe('name-taken');
      expect((await bytesAt(key)).toString()).toBe('theirs');
      const its = await to('replace', prefix);
      const ref = await send(its, size);
      expect(keyOf(ref)).toBe(key);
      expect((await bytesAt(key)).equals(patternOf(size))).toBe(true);
      await theirs();
      await its.discard({ ref }, never);
      expect((await bytesAt(key)).toString()).toBe('theirs');
      await its.discard({ ref: second }, never);
      await its.discard({ ref: await send(its, size) }, never);
      expect(await keysIn(prefix)).toEqual([]);
    },
  );

  test('what somebody puts there while the parts are sent stays', async () => {
    const prefix = `names-${randomBytes(6).toString('hex')}`;
    const its = await to('new-name', prefix);
    let isOpen = false;
    const ref = await its.upload({
      source: patternSource(sizes.partBytes + 7),
      signal: new AbortController().signal,
      onProgress: () => undefined,
      onCheckpoint: async () => {
        if (isOpen) return;
        isOpen = true;
        await client.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}/file.bin`, Body: 'theirs' }));
      },
    });
    expect(keyOf(ref)).toBe(`${prefix}/file-2.bin`);
    expect((await bytesAt(`${prefix}/file.bin`)).toString()).toBe('theirs');
    await its.discard({ ref }, never);
  });

  test('several at once get names of their own', async () => {
    const size = 1000;
    const prefix = `names-${randomBytes(6).toString('hex')}`;
    const its = await to('new-name', prefix);
    const refs = await Promise.all(Array.from({ length: 4 }, (_, i) => send(its, size + i)));
    expect(new Set(refs.map(keyOf)).size).toBe(4);
    for (const [i, ref] of refs.entries()) expect((await bytesAt(keyOf(ref))).length).toBe(size + i);
    for (const ref of refs) await its.discard({ ref }, never);
    expect(await keysIn(prefix)).toEqual([]);
  });
});
