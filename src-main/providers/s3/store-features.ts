/**
 * What a destination's test found out about its store: whether it verifies `x-amz-checksum-crc32` and honours
 * `If-None-Match`. The result is saved with the destination.
 */
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { deleteVersion } from './discard.ts';
import { ownershipMetadata } from './ownership-mark.ts';
import type { Behaviour, StoreFeatures } from './measured-features.ts';
import type { S3Ref } from './records.ts';
import { sdkErrorStatus } from './sdk-error.ts';
import type { S3Store } from './store.ts';
import { isCorruption, isUnsupportedFeature } from './upload-context.ts';

/**
 * Tries to overwrite the object of a test with requests that a store must refuse if it supports the feature. The caller
 * removes the object after the test.
 * @throws errors of the connection
 */
export async function measureStoreFeatures(
  store: S3Store,
  client: S3Client,
  { ref, content }: { ref: S3Ref; content: Buffer },
  signal: AbortSignal,
): Promise<StoreFeatures> {
  const { bucket, key } = ref;
  /** Sends a request that the store must refuse because of its header, with an error that `isHonoured` recognizes. */
  const measureHeader = async (
    header: { ChecksumCRC32: string } | { IfNoneMatch: string },
    isHonoured: (cause: unknown) => boolean,
  ): Promise<Behaviour | undefined> => {
    try {
      const command = new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        // The same bytes, because they prove whose object it is if the store drops the mark.
        Body: content,
        ...ownershipMetadata(ref),
        ...header,
      });
      const { VersionId: versionId } = await client.send(command, { abortSignal: signal });
      if (versionId !== undefined) await deleteVersion(store, { bucket, key, versionId }, signal);
      return 'ignores';
    } catch (cause) {
      if (sdkErrorStatus(cause) === undefined) throw cause;
      if (isHonoured(cause)) return 'honours';
      return isUnsupportedFeature(cause) ? 'refuses' : undefined;
    }
  };
  const crc32 = await measureHeader({ ChecksumCRC32: wrongCrc32 }, isCorruption);
  // Uploads to a service that is known to have no conditional writes never use `If-None-Match`.
  const ifNoneMatch =
    store.settings.service.condition === 'none'
      ? undefined
      : await measureHeader({ IfNoneMatch: '*' }, (cause) => sdkErrorStatus(cause) === 412);
  return { ...(crc32 ? { crc32 } : {}), ...(ifNoneMatch ? { ifNoneMatch } : {}) };
}

/** Well formed, but not the checksum of the bytes. */
const wrongCrc32 = 'AAAAAA==';
