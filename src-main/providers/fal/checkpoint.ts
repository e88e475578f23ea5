/** The records that this driver saves: the checkpoint of an unfinished upload and the ref of a stored file. */
import * as v from 'valibot';
import type { Checkpoint, Ref } from '../../../src-shared/upload.ts';
import { parseRecord } from '../contract/parse-record.ts';

/**
 * The upload URL and the URL of the stored file; the service issues both together. The upload URL is signed and
 * expires.
 */
const uploadUrlsSchema = v.object({ upload: v.string(), file: v.string() });
export type UploadUrls = v.InferOutput<typeof uploadUrlsSchema>;

/** A stored part: its number, its etag, and the MD5 of its bytes in base64. */
const partSchema = v.tuple([v.number(), v.string(), v.string()]);

/**
 * `size`: bytes of the file; absent for a stream. `slot`: the URLs, once issued. `sum`: MD5 in base64 of a file sent in
 * one request. `partSize` and `parts`: the part size and the stored parts, because the service cannot list them.
 * `expiresAt`: as in the ref.
 */
const checkpointSchema = v.object({
  v: v.literal(1),
  size: v.optional(v.number()),
  slot: v.optional(uploadUrlsSchema),
  sum: v.optional(v.string()),
  partSize: v.optional(v.number()),
  parts: v.optional(v.array(partSchema)),
  expiresAt: v.optional(v.number()),
});
export type FalCheckpoint = v.InferOutput<typeof checkpointSchema>;

/** `expiresAt`: ms since 1970 when the service deletes the file; `restricted`: only signed links open it. */
const refSchema = v.object({
  v: v.literal(1),
  file: v.string(),
  size: v.number(),
  expiresAt: v.optional(v.number()),
  restricted: v.optional(v.literal(true)),
});
export type FalRef = v.InferOutput<typeof refSchema>;

export const parseFalCheckpoint = (checkpoint: Checkpoint): FalCheckpoint => parseRecord(checkpointSchema, checkpoint);
export const parseFalRef = (ref: Ref): FalRef => parseRecord(refSchema, ref);
