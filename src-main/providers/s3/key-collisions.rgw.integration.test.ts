/** Keys that are already taken, on a real Ceph RADOS Gateway, if one is running (e2e/servers/rgw.sh). */
import { randomBytes } from 'node:crypto';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, test } from 'vitest';
import type { AppFailure } from '../../../src-shared/errors.ts';
import type { Collision, Ref } from '../../../src-shared/upload.ts';
import { connectDestination, type ConnectedDestination } from '../destination/connect.ts';
import { patternBytes, patternSource } from '../testing/pattern-source.ts';
import { s3TestPorts, rgw, logWhenSkipped, s3Sizes, s3ProviderWith } from './testing/subject.ts';

const { endpoint, bucket, accessKeyId, secretAccessKey } = rgw;
logWhenSkipped('taken keys on Ceph RADOS Gateway');

describe.skipIf(endpoint === undefined)(
  'an upload to Ceph RADOS Gateway whose key is taken',
  { timeout: 60_000 },
  () => {
    const client = new S3Client({
      endpoint: endpoint ?? '',
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    });
    const connected: ConnectedDestination[] = [];
    afterAll(() => {
      client.destroy();
      for (const destination of connected) destination.close();
    });

    const connectTo = async (collision: Collision, prefix: string): Promise<ConnectedDestination> => {
      const destination = await connectDestination(
        s3ProviderWith({ retryMs: 10, recheckDelaysMs: [50, 150] }),
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
        s3TestPorts,
      );
      connected.push(destination);
      return destination;
    };
    const send = (destination: ConnectedDestination, size: number): Promise<Ref> =>
      destination.upload({
        source: patternSource(size),
        signal: new AbortController().signal,
        onProgress: () => undefined,
        onCheckpoint: async () => undefined,
      });
    const contentAt = async (Key: string): Promise<Buffer> =>
      Buffer.from(
        await (await client.send(new GetObjectCommand({ Bucket: bucket, Key }))).Body!.transformToByteArray(),
      );
    const listKeys = async (prefix: string): Promise<string[]> =>
      ((await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: `${prefix}/` }))).Contents ?? []).map(
        ({ Key = '' }) => Key,
      );
    const keyOf = (ref: Ref): string => (ref as { key: string }).key;
    const neverAborted = new AbortController().signal;

    test.each([1000, s3Sizes.partBytes + 7])(
      'follows the rule for taken names, and its cleanup keeps objects of other clients (%i bytes)',
      async (size) => {
        const prefix = `names-${randomBytes(6).toString('hex')}`;
        const key = `${prefix}/file.bin`;
        const putForeignObject = (): Promise<unknown> =>
          client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'theirs' }));
        await putForeignObject();
        const renamed = await send(await connectTo('new-name', prefix), size);
        expect(keyOf(renamed)).toBe(`${prefix}/file-2.bin`);
        const cause: unknown = await send(await connectTo('ask', prefix), size).catch((thrown: unknown) => thrown);
        expect((cause as AppFailure).error.code).toBe('name-taken');
        expect((await contentAt(key)).toString()).toBe('theirs');
        const destination = await connectTo('replace', prefix);
        const ref = await send(destination, size);
        expect(keyOf(ref)).toBe(key);
        expect((await contentAt(key)).equals(patternBytes(size))).toBe(true);
        await putForeignObject();
        await destination.discard({ ref }, neverAborted);
        expect((await contentAt(key)).toString()).toBe('theirs');
        await destination.discard({ ref: renamed }, neverAborted);
        await destination.discard({ ref: await send(destination, size) }, neverAborted);
        expect(await listKeys(prefix)).toEqual([]);
      },
    );

    test('keeps an object that another client writes while the parts are sent', async () => {
      const prefix = `names-${randomBytes(6).toString('hex')}`;
      const destination = await connectTo('new-name', prefix);
      let isWritten = false;
      const ref = await destination.upload({
        source: patternSource(s3Sizes.partBytes + 7),
        signal: new AbortController().signal,
        onProgress: () => undefined,
        onCheckpoint: async () => {
          if (isWritten) return;
          isWritten = true;
          await client.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}/file.bin`, Body: 'theirs' }));
        },
      });
      expect(keyOf(ref)).toBe(`${prefix}/file-2.bin`);
      expect((await contentAt(`${prefix}/file.bin`)).toString()).toBe('theirs');
      await destination.discard({ ref }, neverAborted);
    });

    test('gets a different name than the other uploads that run at once', async () => {
      const size = 1000;
      const prefix = `names-${randomBytes(6).toString('hex')}`;
      const destination = await connectTo('new-name', prefix);
      const refs = await Promise.all(Array.from({ length: 4 }, (_, i) => send(destination, size + i)));
      expect(new Set(refs.map(keyOf)).size).toBe(4);
      for (const [i, ref] of refs.entries()) expect((await contentAt(keyOf(ref))).length).toBe(size + i);
      for (const ref of refs) await destination.discard({ ref }, neverAborted);
      expect(await listKeys(prefix)).toEqual([]);
    });
  },
);
