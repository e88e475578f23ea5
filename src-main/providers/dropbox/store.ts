/** What one connected destination holds, and the shapes it leaves in the records. */
import * as v from 'valibot';
import type { Checkpoint, Ref } from '../../../src-shared/upload.ts';
import type { DriverPorts } from '../contract/provider.ts';
import type { FilePartHandler } from '../transfer/request-handler.ts';
import { parseRecord } from '../contract/parse-record.ts';
import type { DropboxClientFactory } from './client-factory.ts';
import type { DropboxSettings } from './settings.ts';

export interface DropboxStore {
  settings: DropboxSettings;
  ports: DriverPorts;
  handler: FilePartHandler;
  clientFactory: DropboxClientFactory;
  /** Bytes of one request: a multiple of 4 MiB. What is not larger goes as a whole. */
  partBytes: number;
  /** From so many parts on they are sent at once, in any order. */
  minConcurrentParts: number;
  /** Paths to which something may be written by a request that was cut off. */
  uncertainWrites: Set<string>;
  /** Paths that uploads are about to write and that others may use too: no two at once. */
  reservedPaths: Set<string>;
  /** A request that was cut off may still be at work: a clean-up looks again after these pauses (ms). */
  recheckDelaysMs: readonly number[];
  /** ms before a write that met another one is asked for again; doubled each time */
  busyRetryMs: number;
}

/**
 * Of an upload session: `offset` is how far one that is sent in order is, in bytes; `sums` is what the parts of one that is sent
 * in any order amount to, by their place, where Dropbox has them ('' elsewhere).
 */
const sessionSchema = v.object({
  id: v.string(),
  kind: v.picklist(['sequential', 'concurrent']),
  partBytes: v.number(),
  offset: v.number(),
  sums: v.array(v.string()),
});

/**
 * Written before Dropbox hears of the path. `at`: the time that the file is given, which tells it from anybody else's;
 * `own`: the folder that it lies in is this upload's alone.
 */
const checkpointSchema = v.object({
  v: v.literal(1),
  path: v.string(),
  at: v.string(),
  isUnique: v.boolean(),
  own: v.boolean(),
  size: v.optional(v.number()),
  session: v.optional(sessionSchema),
});
export type DropboxCheckpoint = v.InferOutput<typeof checkpointSchema>;
export type SessionState = v.InferOutput<typeof sessionSchema>;

const refSchema = v.object({
  v: v.literal(1),
  id: v.string(),
  rev: v.string(),
  path: v.string(),
  size: v.number(),
  own: v.boolean(),
});
export type DropboxRef = v.InferOutput<typeof refSchema>;

export const parseDropboxCheckpoint = (checkpoint: Checkpoint): DropboxCheckpoint =>
  parseRecord(checkpointSchema, checkpoint);
export const parseDropboxRef = (ref: Ref): DropboxRef => parseRecord(refSchema, ref);
