/** The records that an S3 upload leaves: its checkpoint and its reference to the stored object. */
import * as v from 'valibot';
import type { Checkpoint, Ref } from '../../../src-shared/upload.ts';
import { parseRecord } from '../contract/parse-record.ts';

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

export const readS3Checkpoint = (checkpoint: Checkpoint): S3Checkpoint => parseRecord(checkpointSchema, checkpoint);
export const readS3Ref = (ref: Ref): S3Ref => parseRecord(refSchema, ref);
