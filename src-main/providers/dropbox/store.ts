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
  /** Bytes per request, a multiple of 4 MiB. A file that is not larger is sent in one request. */
  partBytes: number;
  /** From this number of parts on, they are sent in parallel, in any order. */
  minConcurrentParts: number;
  /** Paths to which an interrupted request may still write. */
  uncertainWrites: Set<string>;
  /**
   * Paths that uploads are about to write and that other uploads could choose too; each belongs to one upload at a
   * time.
   */
  reservedPaths: Set<string>;
  /** An interrupted request may still be running, so a clean-up checks again after these pauses (ms). */
  recheckDelaysMs: readonly number[];
  /** ms before a write that conflicted with another one is retried; doubled each time */
  busyRetryMs: number;
}

/**
 * An upload session. `offset`: bytes received, when parts are sent in order. `sums`: a hash per part when they are sent
 * in any order; '' for a part that Dropbox does not have.
 */
const sessionSchema = v.object({
  id: v.string(),
  kind: v.picklist(['sequential', 'concurrent']),
  partBytes: v.number(),
  offset: v.number(),
  sums: v.array(v.string()),
});

/**
 * Saved before Dropbox gets the path. `at`: the modification time given to the file, which identifies it as ours;
 * `own`: the folder belongs to this upload alone.
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
