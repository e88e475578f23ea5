/**
 * Uploads a stream of unknown length with the SDK's lib-storage. It keeps each part in memory until the part is sent,
 * because a stream cannot be read twice. Each part is signed with the SHA-256 of its bytes.
 */
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
  type HeadObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { Readable } from 'node:stream';
import { failure } from '../../../src-shared/errors.ts';
import type { StreamSource } from '../../engine/ports.ts';
import { defaultKeyBuilder } from '../keys/object-key.ts';
import { slotAcquirer } from '../transfer/upload-progress.ts';
import type { TransferFrom } from '../contract/provider.ts';
import { reservationId, KeyAllocator, type KeyReservation } from '../keys/key-reservation.ts';
import { isOwnS3Object, ownershipMetadata } from './ownership-mark.ts';
import { s3RequestOptions, objectExists, isUnsupportedFeature, objectHeaders } from './upload-context.ts';
import { abortOnFailure, findUploadedPart } from './multipart-uploads.ts';
import { notS3Failure } from './read-back.ts';
import type { S3Ref } from './records.ts';
import { sdkErrorStatus } from './sdk-error.ts';
import { regionForRef, type S3Store } from './store.ts';

/** 10,000 parts of this size are 156 GiB. Memory holds at most the parts in flight and the part being collected. */
const maxPartBytes = 16 * 1024 ** 2;
const parallelParts = 2;

/**
 * A stream cannot be sent again under another name, so Hoist checks the key first. The conditional write also
 * protects an object that appears during the upload.
 * @throws AppFailure too-large, corrupted, name-taken; errors of the SDK, the stream and `onCheckpoint`
 */
export async function uploadS3Stream(store: S3Store, transfer: TransferFrom<StreamSource>): Promise<S3Ref> {
  const {
    settings: {
      bucket,
      prefix,
      store: { maxParts, preferredPartBytes },
    },
    ports,
  } = store;
  const { source, signal, keyBuilder = defaultKeyBuilder(source, ports, signal) } = transfer;
  const partBytes = Math.min(maxPartBytes, preferredPartBytes);
  const keyAllocator = new KeyAllocator(keyBuilder, prefix, {
    randomBytes: (count) => ports.randomBytes(count),
    reservedKeys: store.reservedKeys,
  });
  const reservation = await keyAllocator.allocate((key) =>
    objectExists(store, { key, signal }, () => headKey(store, key, signal)),
  );
  const { key } = reservation;
  // The checkpoint has no upload id: if the object under the key is ours, this attempt left it.
  await transfer.onCheckpoint({ v: 1, bucket, ...reservation });
  store.uncertainWrites.add(reservationId(reservation));
  // Whether other clients may use the key and their objects must not be overwritten.
  const isExclusive = reservation.mark !== undefined && keyAllocator.ifTaken !== 'replace';
  const body = Readable.from(limitSize(source, { maxBytes: maxParts * partBytes, signal }), { objectMode: false });
  const upload = new Upload({
    client: wrapClient(store, transfer, { reservation, isExclusive }),
    partSize: partBytes,
    queueSize: parallelParts,
    leavePartsOnError: true,
    params: {
      Bucket: bucket,
      Key: key,
      Body: body,
      ...objectHeaders(store.settings, source, transfer.linkOverride),
      ...ownershipMetadata(reservation),
      ...(isExclusive && store.supportsConditionalWrites ? { IfNoneMatch: '*' } : {}),
    },
  });
  upload.on('httpUploadProgress', ({ loaded = 0 }) => transfer.onProgress(loaded));
  try {
    const result = await finishUpload(upload, store, reservation, transfer);
    store.uncertainWrites.delete(reservationId(reservation));
    const size = source.bytesRead();
    transfer.onProgress(size);
    return {
      v: 1,
      bucket,
      ...reservation,
      size,
      ...(result.VersionId === undefined ? {} : { versionId: result.VersionId }),
      ...regionForRef(store),
    };
  } finally {
    body.destroy();
    keyAllocator.release();
  }
}

async function finishUpload(
  upload: Upload,
  store: S3Store,
  reservation: KeyReservation,
  { source, signal }: TransferFrom<StreamSource>,
): Promise<{ VersionId?: string | undefined }> {
  try {
    return await upload.done();
  } catch (cause) {
    // Perhaps an earlier request completed the upload and its answer was lost. Then the store no longer knows the
    // upload (404) or answers that the key is taken (412), and the object is ours.
    const isTaken = sdkErrorStatus(cause) === 412;
    const mayBeCompleted = isTaken || sdkErrorStatus(cause) === 404;
    if (!mayBeCompleted || signal.aborted) throw cause;
    const existing = await headKey(store, reservation.key, signal);
    if (existing && isOwnS3Object(reservation, existing) && existing.ContentLength === source.bytesRead())
      return existing;
    throw isTaken ? failure('name-taken', {}, cause) : cause;
  }
}

async function headKey(
  { client, settings }: S3Store,
  key: string,
  abortSignal: AbortSignal,
): Promise<HeadObjectCommandOutput | undefined> {
  try {
    return await client.send(new HeadObjectCommand({ Bucket: settings.bucket, Key: key }), { abortSignal });
  } catch (cause) {
    if (sdkErrorStatus(cause) !== 404) throw cause;
    return undefined;
  }
}

/**
 * Adds features that lib-storage lacks: an abort signal for parts in flight, upload slots, stores without conditional
 * writes, and the checkpoint for uploads to shared keys.
 */
function wrapClient(
  store: S3Store,
  transfer: TransferFrom<StreamSource>,
  { reservation, isExclusive }: { reservation: KeyReservation; isExclusive: boolean },
): S3Client {
  const acquireSlot = slotAcquirer(transfer);
  /** Checks the key again, because not every store supports conditions and the first check may be hours old. */
  const assertNotTaken = async (): Promise<void> => {
    const isTaken =
      isExclusive &&
      (await objectExists(store, { key: reservation.key, signal: transfer.signal }, async () => {
        const existing = await headKey(store, reservation.key, transfer.signal);
        return existing && !isOwnS3Object(reservation, existing) ? existing : undefined;
      }));
    if (isTaken) throw failure('name-taken');
  };
  const send = async (command: Command): Promise<unknown> => {
    if (command instanceof CompleteMultipartUploadCommand || command instanceof PutObjectCommand)
      await assertNotTaken();
    const carriesBytes = command instanceof UploadPartCommand || command instanceof PutObjectCommand;
    const release = carriesBytes ? await acquireSlot(transfer.signal) : undefined;
    try {
      const answer = await proveStored(
        store,
        { reservation, transfer, command },
        await sendWithConditionFallback(store, command, { transfer, assertNotTaken }),
      );
      if (reservation.mark !== undefined && command instanceof CreateMultipartUploadCommand && 'UploadId' in answer) {
        const { bucket } = store.settings;
        const uploadId = answer.UploadId ?? '';
        await abortOnFailure({ store, bucket, key: reservation.key }, uploadId, () =>
          transfer.onCheckpoint({ v: 1, bucket, ...reservation, uploadId }),
        );
      }
      return answer;
    } finally {
      release?.();
    }
  };
  // All other properties are those of the store's client.
  return new Proxy(store.client, {
    get: (target, name) => (name === 'send' ? send : (Reflect.get(target, name) as unknown)),
  });
}

type Command = Parameters<S3Client['send']>[0];

/** Sends the command again without its condition if the store does not support conditions. */
async function sendWithConditionFallback(
  store: S3Store,
  command: Command,
  { transfer, assertNotTaken }: { transfer: TransferFrom<StreamSource>; assertNotTaken: () => Promise<void> },
) {
  const { input } = command;
  try {
    return await store.client.send(command, s3RequestOptions(transfer));
  } catch (cause) {
    if (!('IfNoneMatch' in input) || !isUnsupportedFeature(cause)) throw cause;
    await assertNotTaken();
    delete input.IfNoneMatch;
    const answer = await store.client.send(command, s3RequestOptions(transfer));
    store.supportsConditionalWrites = false;
    return answer;
  }
}

interface StreamRequest {
  reservation: KeyReservation;
  transfer: TransferFrom<StreamSource>;
  command: Command;
}

/**
 * Asks the store for the bytes if the response has no ETag, because it may come from another server.
 * @throws AppFailure wrong-service
 */
async function proveStored<T extends object>(store: S3Store, request: StreamRequest, answer: T): Promise<T> {
  const { command } = request;
  if ('ETag' in answer && answer.ETag) return answer;
  if (command instanceof UploadPartCommand) return { ...answer, ETag: await etagOfPart(store, request, command) };
  if (command instanceof PutObjectCommand || command instanceof CompleteMultipartUploadCommand)
    return { ...(await headOwnObject(store, request)), ...answer };
  return answer;
}

async function etagOfPart(
  store: S3Store,
  { reservation: { key }, transfer: { signal } }: StreamRequest,
  { input: { UploadId: uploadId = '', PartNumber: number = 0, Body: body } }: UploadPartCommand,
): Promise<string> {
  const part = await findUploadedPart(store, { bucket: store.settings.bucket, key, uploadId }, { number, signal });
  if (part?.ETag === undefined || part.Size !== byteLength(body)) throw notS3Failure(store.settings);
  return part.ETag;
}

async function headOwnObject(
  store: S3Store,
  { reservation, transfer: { source, signal } }: StreamRequest,
): Promise<HeadObjectCommandOutput> {
  const existing = await headKey(store, reservation.key, signal);
  if (!existing || !isOwnS3Object(reservation, existing) || existing.ContentLength !== source.bytesRead())
    throw notS3Failure(store.settings);
  return existing;
}

/** Lib-storage passes each part as a buffer. */
const byteLength = (body: unknown): number | undefined => (body instanceof Uint8Array ? body.length : undefined);

/** Passes the chunks on, and throws when the stream is longer than one object may be. */
async function* limitSize(
  source: StreamSource,
  { maxBytes, signal }: { maxBytes: number; signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source.chunks()) {
    if (signal.aborted) throw failure('canceled');
    if (source.bytesRead() > maxBytes) throw failure('too-large');
    yield chunk;
  }
}
