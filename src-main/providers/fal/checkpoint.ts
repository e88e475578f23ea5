/** What this driver writes down: the checkpoint of an unfinished upload, and the reference to a stored file. */
import * as v from 'valibot';
import type { Checkpoint, Ref } from '../../../src-shared/upload.ts';
import { parseRecord } from '../contract/parse-record.ts';

/** Where the bytes go, and where they can be read afterwards: the service gives out both together. The first one is signed, and ends. */
const uploadUrlsSchema = v.object({ upload: v.string(), file: v.string() });
export type UploadUrls = v.InferOutput<typeof uploadUrlsSchema>;

/** A part that the service has: its number, the tag to name it by, and the MD5 of its bytes in base64. */
const partSchema = v.tuple([v.number(), v.string(), v.string()]);

/**
 * `size`: the file's, in bytes; absent for a stream. `slot`: once the service gave one out. `sum`: MD5 in base64 of a file that
 * goes in one request. `partSize` and `parts`: how it is cut, and which parts are there; the service cannot be asked for them.
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

/** `expiresAt`: ms since 1970 when the service removes the file; `restricted`: only signed links open it. */
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
