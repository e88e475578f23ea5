/**
 * A stream of unknown length to an object, by the SDK's own lib-storage: it collects a part in memory, so that the part
 * can be sent again although the stream cannot be read again. Each part is signed with the SHA-256 of its bytes.
 */
import { HeadObjectCommand, type HeadObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { Readable } from 'node:stream';
import { failure } from '../../../src-shared/errors.ts';
import type { StreamSource } from '../../engine/ports.ts';
import type { TransferOf } from '../provider.ts';
import { contentHeaders } from './content-headers.ts';
import { makeKey } from './keys.ts';
import { statusOf, type S3Ref, type S3Store } from './store.ts';

/** 10,000 of them are 156 GiB. In memory are at most the parts in flight and the one that is being collected. */
const mostPartBytes = 16 * 1024 ** 2;
const parallelParts = 2;

/** @throws AppFailure too-large, corrupted; what the SDK, the stream and `onCheckpoint` throw */
export async function uploadStream(store: S3Store, transfer: TransferOf<StreamSource>): Promise<S3Ref> {
  const { settings: { bucket, prefix, acl, store: { maxParts, preferredPartBytes } }, ports } = store;
  const { source, signal } = transfer;
  const partBytes = Math.min(mostPartBytes, preferredPartBytes);
  const key = makeKey({ name: source.name, prefix, now: ports.now(), randomBytes: (count) => ports.randomBytes(count) });
  // Without an upload id: whatever is found under the key, which is ours alone, is what this attempt left.
  await transfer.onCheckpoint({ v: 1, bucket, key });
  store.doubts.add(key);
  const body = Readable.from(limited(source, { maxBytes: maxParts * partBytes, signal }), { objectMode: false });
  const upload = new Upload({
    client: obedient(store.client, signal), partSize: partBytes, queueSize: parallelParts, leavePartsOnError: true,
    params: { Bucket: bucket, Key: key, Body: body, ...contentHeaders(source.name, source.contentType), ...(acl ? { ACL: 'public-read' as const } : {}) },
  });
  upload.on('httpUploadProgress', ({ loaded = 0 }) => transfer.onProgress(loaded));
  try {
    const answer = await done(upload, store, key, transfer);
    store.doubts.delete(key);
    const size = source.taken();
    transfer.onProgress(size);
    return { v: 1, bucket, key, size, ...(answer.VersionId === undefined ? {} : { versionId: answer.VersionId }) };
  } finally {
    body.destroy();
  }
}

async function done(upload: Upload, store: S3Store, key: string, { source, signal }: TransferOf<StreamSource>): Promise<{ VersionId?: string | undefined }> {
  try {
    return await upload.done();
  } catch (cause) {
    // The first sending of Complete was heard, its answer lost: the upload is gone because the object is there.
    if (statusOf(cause) !== 404 || signal.aborted) throw cause;
    const there = await headOf(store, key, signal);
    if (there?.ContentLength !== source.taken()) throw cause;
    return there;
  }
}

async function headOf({ client, settings }: S3Store, key: string, abortSignal: AbortSignal): Promise<HeadObjectCommandOutput | undefined> {
  try {
    return await client.send(new HeadObjectCommand({ Bucket: settings.bucket, Key: key }), { abortSignal });
  } catch (cause) {
    if (statusOf(cause) !== 404) throw cause;
    return undefined;
  }
}

/** lib-storage passes no signal on to its requests, so a cancel would wait for the parts in flight. */
const obedient = (client: S3Client, abortSignal: AbortSignal): S3Client => new Proxy(client, {
  get: (target, name) => (name === 'send' ? (command: Parameters<S3Client['send']>[0]) => target.send(command, { abortSignal }) : Reflect.get(target, name) as unknown),
});

async function* limited(source: StreamSource, { maxBytes, signal }: { maxBytes: number; signal: AbortSignal }): AsyncGenerator<Uint8Array> {
  for await (const chunk of source.chunks()) {
    if (signal.aborted) throw failure('canceled');
    if (source.taken() > maxBytes) throw failure('too-large');
    yield chunk;
  }
}
