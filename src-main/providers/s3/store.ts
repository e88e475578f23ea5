/** The state of one connected profile, and the records that its uploads leave. */
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
  /** Sends each request up to three times. No other layer retries a part. */
  client: S3Client;
  /** Keys whose last write may have succeeded without an answer. */
  uncertainWrites: Set<string>;
  /** Shared keys that uploads are about to write: no two uploads may write one at the same time. */
  reservedKeys: Set<string>;
  /**
   * A request may still be running at the store after its connection broke: a cleanup checks again after these pauses
   * (ms).
   */
  recheckDelaysMs: readonly number[];
  /** False after the store answered that it does not support conditional writes. */
  supportsConditionalWrites: boolean;
}

/**
 * Written before the store receives the key, so that Hoist can resume or clean up after any failure. `size`: the
 * file's size in bytes. `partSize`: the size of its parts. `sum`: the checksum of all bytes, known when every part is
 * stored and before the store completes the object. `mark`: identifies our object under a shared key; without it, the
 * key is unique.
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

/** `region`: the bucket's region if the store reported it and the user had not entered it. */
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

/** The HTTP status of an SDK exception; undefined for any other error. */
export const sdkErrorStatus = (cause: unknown): number | undefined => sdkErrorMetadata(cause).httpStatusCode;

/** How often the SDK sent the request before it threw this exception. */
export const sdkErrorAttempts = (cause: unknown): number => sdkErrorMetadata(cause).attempts ?? 1;
