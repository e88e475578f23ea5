/** The state of one connected destination, and the records that it saves. */
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
  /** Bytes per request, a multiple of 4 MiB. A file of at most this size is sent in one request. */
  partBytes: number;
  /** A file with at least this many parts is sent in parallel, in any order. */
  minConcurrentParts: number;
  /** Paths to which an interrupted request may still write. */
  uncertainWrites: Set<string>;
  /** Paths that uploads of this destination are about to write. No other upload may choose one of them. */
  reservedPaths: Set<string>;
  /** A clean-up checks again after each of these delays (ms), because an interrupted request may still be running. */
  recheckDelaysMs: readonly number[];
  /** Delay in ms before a write that conflicted with another write is retried; doubled for each retry. */
  busyRetryMs: number;
}

/**
 * An upload session. `offset`: the bytes that Dropbox has, if parts are sent in order. `sums`: a hash for each part
 * that Dropbox has; '' for a part that it does not have, `there` for a part that it has but whose hash is unknown.
 */
const sessionSchema = v.object({
  id: v.string(),
  kind: v.picklist(['sequential', 'concurrent']),
  partBytes: v.number(),
  offset: v.number(),
  sums: v.array(v.string()),
});

/**
 * The record of an unfinished upload. It is saved before Dropbox gets the path. `at`: the modification time that Hoist
 * gives the file, which identifies the file as Hoist's; `own`: the file's folder was created for this upload alone.
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
