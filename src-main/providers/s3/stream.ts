/**
 * A stream of unknown length to an object, by the SDK's own lib-storage: it collects a part in memory, so that the part
 * can be sent again although the stream cannot be read again. Each part is signed with the SHA-256 of its bytes.
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
import { usualPlace } from '../place.ts';
import { laneOf } from '../progress.ts';
import type { TransferOf } from '../provider.ts';
import { doubtOf, Names, type Claim } from '../claim.ts';
import { isOurs, markHeaders } from './mark.ts';
import { askingOf, isThere, isUnknownFeature, objectHeaders } from './job.ts';
import { orAbort } from './open-uploads.ts';
import { foundRegion, statusOf, type S3Ref, type S3Store } from './store.ts';

/** 10,000 of them are 156 GiB. In memory are at most the parts in flight and the one that is being collected. */
const mostPartBytes = 16 * 1024 ** 2;
const parallelParts = 2;

/**
 * A stream cannot be sent once more under another name, so the key is looked at first; what somebody puts there in the
 * meantime is not overwritten all the same.
 * @throws AppFailure too-large, corrupted, name-taken; what the SDK, the stream and `onCheckpoint` throw
 */
export async function uploadStream(store: S3Store, transfer: TransferOf<StreamSource>): Promise<S3Ref> {
  const {
    settings: {
      bucket,
      prefix,
      store: { maxParts, preferredPartBytes },
    },
    ports,
  } = store;
  const { source, signal, place = usualPlace(source, ports, signal) } = transfer;
  const partBytes = Math.min(mostPartBytes, preferredPartBytes);
  const names = new Names(place, prefix, { randomBytes: (count) => ports.randomBytes(count), claimed: store.claimed });
  const claim = await names.find((key) => isThere(store, () => headOf(store, key, signal)));
  const { key } = claim;
  // Without an upload id: whatever is found under the key, and is ours, is what this attempt left.
  await transfer.onCheckpoint({ v: 1, bucket, ...claim });
  store.doubts.add(doubtOf(claim));
  const isExclusive = claim.mark !== undefined && names.onTaken !== 'replace';
  const body = Readable.from(limited(source, { maxBytes: maxParts * partBytes, signal }), { objectMode: false });
  const upload = new Upload({
    client: obedient(store, transfer, { claim, isExclusive }),
    partSize: partBytes,
    queueSize: parallelParts,
    leavePartsOnError: true,
    params: {
      Bucket: bucket,
      Key: key,
      Body: body,
      ...objectHeaders(store.settings, source, transfer.link),
      ...markHeaders(claim),
      ...(isExclusive && store.knowsConditions ? { IfNoneMatch: '*' } : {}),
    },
  });
  upload.on('httpUploadProgress', ({ loaded = 0 }) => transfer.onProgress(loaded));
  try {
    const answer = await done(upload, store, claim, transfer);
    store.doubts.delete(doubtOf(claim));
    const size = source.taken();
    transfer.onProgress(size);
    return {
      v: 1,
      bucket,
      ...claim,
      size,
      ...(answer.VersionId === undefined ? {} : { versionId: answer.VersionId }),
      ...foundRegion(store),
    };
  } finally {
    body.destroy();
    names.free();
  }
}

async function done(
  upload: Upload,
  store: S3Store,
  claim: Claim,
  { source, signal }: TransferOf<StreamSource>,
): Promise<{ VersionId?: string | undefined }> {
  try {
    return await upload.done();
  } catch (cause) {
    // The first sending of the last request was heard, its answer lost: the upload is gone because the object is there.
    const isTaken = statusOf(cause) === 412;
    if ((statusOf(cause) !== 404 && !isTaken) || signal.aborted) throw cause;
    const there = await headOf(store, claim.key, signal);
    if (there && isOurs(claim, there) && there.ContentLength === source.taken()) return there;
    throw isTaken ? failure('name-taken', {}, cause) : cause;
  }
}

async function headOf(
  { client, settings }: S3Store,
  key: string,
  abortSignal: AbortSignal,
): Promise<HeadObjectCommandOutput | undefined> {
  try {
    return await client.send(new HeadObjectCommand({ Bucket: settings.bucket, Key: key }), { abortSignal });
  } catch (cause) {
    if (statusOf(cause) !== 404) throw cause;
    return undefined;
  }
}

/**
 * lib-storage passes no signal on to its requests, so a cancel would wait for the parts in flight; nor does it know of lanes,
 * of stores without conditions, or of what has to be remembered where the key does not say whose the parts are.
 */
function obedient(
  store: S3Store,
  transfer: TransferOf<StreamSource>,
  { claim, isExclusive }: { claim: Claim; isExclusive: boolean },
): S3Client {
  const lane = laneOf(transfer);
  /** The store may pass over the condition or know none, and hours may have gone since it was looked at. */
  const refuseTaken = async (): Promise<void> => {
    const isTaken =
      isExclusive &&
      (await isThere(store, async () => {
        const there = await headOf(store, claim.key, transfer.signal);
        return there && !isOurs(claim, there) ? there : undefined;
      }));
    if (isTaken) throw failure('name-taken');
  };
  const send = async (command: Command): Promise<unknown> => {
    if (command instanceof CompleteMultipartUploadCommand || command instanceof PutObjectCommand) await refuseTaken();
    const carriesBytes = command instanceof UploadPartCommand || command instanceof PutObjectCommand;
    const release = carriesBytes ? await lane(transfer.signal) : undefined;
    try {
      const answer = await sendAsKnown(store, command, { transfer, refuseTaken });
      if (claim.mark !== undefined && command instanceof CreateMultipartUploadCommand && 'UploadId' in answer) {
        const { bucket } = store.settings;
        const uploadId = answer.UploadId ?? '';
        await orAbort({ store, bucket, key: claim.key }, uploadId, () =>
          transfer.onCheckpoint({ v: 1, bucket, ...claim, uploadId }),
        );
      }
      return answer;
    } finally {
      release?.();
    }
  };
  return new Proxy(store.client, {
    get: (target, name) => (name === 'send' ? send : (Reflect.get(target, name) as unknown)),
  });
}

type Command = Parameters<S3Client['send']>[0];

/** Without its condition where the store knows none. */
async function sendAsKnown(
  store: S3Store,
  command: Command,
  { transfer, refuseTaken }: { transfer: TransferOf<StreamSource>; refuseTaken: () => Promise<void> },
) {
  const { input } = command;
  try {
    return await store.client.send(command, askingOf(transfer));
  } catch (cause) {
    if (!('IfNoneMatch' in input) || !isUnknownFeature(cause)) throw cause;
    await refuseTaken();
    delete input.IfNoneMatch;
    const answer = await store.client.send(command, askingOf(transfer));
    store.knowsConditions = false;
    return answer;
  }
}

async function* limited(
  source: StreamSource,
  { maxBytes, signal }: { maxBytes: number; signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source.chunks()) {
    if (signal.aborted) throw failure('canceled');
    if (source.taken() > maxBytes) throw failure('too-large');
    yield chunk;
  }
}
