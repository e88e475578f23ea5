/** What one connected profile holds, and the shapes it leaves in the records. */
import * as v from 'valibot';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Checkpoint, Ref } from '../../../src-shared/upload.ts';
import type { DriverPorts } from '../contract/provider.ts';
import type { FilePartHandler } from '../transfer/request-handler.ts';
import { parseRecord } from '../contract/parse-record.ts';
import type { S3Settings } from './settings.ts';

export interface S3Store {
  settings: S3Settings;
  ports: DriverPorts;
  handler: FilePartHandler;
  /** Sends each request up to three times: the one layer that retries a part. */
  client: S3Client;
  /** Keys of which the store may have made something that it did not get to tell us. */
  uncertainWrites: Set<string>;
  /** Keys that uploads are about to write and that others may use too: no two at once. */
  reservedKeys: Set<string>;
  /** A request that was cut off may still be at work in the store: a clean-up looks again after these pauses (ms). */
  recheckDelaysMs: readonly number[];
  /** False once the store said that it does not know conditional writes. */
  supportsConditionalWrites: boolean;
}

/**
 * Written before the store hears of what it names, so that whatever happens next can be gone on with or cleaned up.
 * `size`: the file's, in bytes, and `partSize` how it is cut. `sum`: what all of its bytes amount to, known once every
 * part is there and before the store is asked to join them. `mark`: what tells an object under this key from anybody
 * else's; without it, the key itself is nobody else's.
 */
const checkpointSchema = v.object({
  v: v.literal(1),
  bucket: v.string(),
  key: v.string(),
  mark: v.optional(v.string()),
  size: v.optional(v.number()),
  uploadId: v.optional(v.string()),
  partSize: v.optional(v.number()),
  sum: v.optional(v.string()),
});
export type S3Checkpoint = v.InferOutput<typeof checkpointSchema>;

/** `region`: where the store said that the bucket is, when nobody else had. */
const refSchema = v.object({
  v: v.literal(1),
  bucket: v.string(),
  key: v.string(),
  mark: v.optional(v.string()),
  size: v.number(),
  versionId: v.optional(v.string()),
  region: v.optional(v.string()),
});
export type S3Ref = v.InferOutput<typeof refSchema>;

export const regionForRef = ({
  settings: { detectedRegion: region },
}: Pick<S3Store, 'settings'>): { region?: string } => (region === undefined ? {} : { region });

export const readS3Checkpoint = (checkpoint: Checkpoint): S3Checkpoint => parseRecord(checkpointSchema, checkpoint);
export const readS3Ref = (ref: Ref): S3Ref => parseRecord(refSchema, ref);

interface SdkErrorMetadata {
  httpStatusCode?: number;
  attempts?: number;
}
const sdkErrorMetadata = (cause: unknown): SdkErrorMetadata =>
  (cause instanceof Error && '$metadata' in cause ? (cause.$metadata as SdkErrorMetadata | undefined) : undefined) ??
  {};

/** Status of an answer that the SDK turned into an exception; undefined for anything else. */
export const sdkErrorStatus = (cause: unknown): number | undefined => sdkErrorMetadata(cause).httpStatusCode;

/** How often the request was sent before the SDK gave up with this exception. */
export const sdkErrorAttempts = (cause: unknown): number => sdkErrorMetadata(cause).attempts ?? 1;
