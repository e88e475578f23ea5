/**
 * Uploads a large file in an upload session. If the file has few parts, they are sent in order, each at the offset that
 * Dropbox reports. If it has many parts, they are sent in parallel and in any order, except the last part, which closes
 * the session. Parts consist of whole blocks of 4 MiB.
 */
import { failure } from '../../../src-shared/errors.ts';
import type { RestartReason } from '../../../src-shared/upload.ts';
import { FilePart } from '../transfer/file-part.ts';
import {
  blockBytes,
  hashBlocksInRange,
  combineBlockHashes,
  type BlockHashes,
  type BlockAlignedRange,
} from './content-hash.ts';
import { saveDropboxCheckpoint, type KeyedDropboxUploadContext } from './upload-context.ts';
import { correctOffset, hasErrorTags } from './api-errors.ts';
import { ensureSpace } from './space.ts';
import type { DropboxStore, SessionState } from './store.ts';
import { unexpectedResponse } from './file-metadata.ts';

/** A multiple of the block size, below Dropbox's limit of 150 MiB per request. */
const maxPartBytes = 148 * 1024 * 1024;
/** Limits the size of the checkpoint, which has a hash for each part. Very large files have more parts nevertheless. */
const maxParts = 2000;

/** The maximum number of parallel requests. The engine's slots may allow fewer. */
const maxParallelRequests = 8;
const maxIntegrityAttempts = 3;

/** Chooses the part size, and whether the parts are sent in order (`sequential`) or in any order (`concurrent`). */
function planSession(
  { partBytes, minConcurrentParts }: Pick<DropboxStore, 'partBytes' | 'minConcurrentParts'>,
  size: number,
): Pick<SessionState, 'kind' | 'partBytes'> {
  const preferred = Math.max(partBytes, Math.ceil(size / maxParts / blockBytes) * blockBytes);
  const bytes = Math.min(preferred, maxPartBytes);
  return { partBytes: bytes, kind: Math.ceil(size / bytes) >= minConcurrentParts ? 'concurrent' : 'sequential' };
}

const sessionPartCount = ({ partBytes }: Pick<SessionState, 'partBytes'>, size: number): number =>
  Math.ceil(size / partBytes);

export const sessionPartRange = (
  { partBytes }: Pick<SessionState, 'partBytes'>,
  index: number,
  size: number,
): BlockAlignedRange => ({
  start: index * partBytes,
  length: Math.min(partBytes, size - index * partBytes),
});

/** 96 bits of a part's hash: enough to distinguish parts, short enough for a checkpoint with thousands of them. */
export const partFingerprint = (blocks: BlockHashes): string =>
  Buffer.from(combineBlockHashes(blocks), 'hex').subarray(0, 12).toString('base64url');

/** The upload has to restart: its session no longer exists, or bytes of an earlier attempt differ from the file. */
export class SessionLostError extends Error {
  readonly why: RestartReason;
  constructor(cause: unknown, why: RestartReason = 'store-forgot') {
    super('the upload session is lost', { cause });
    this.name = 'SessionLostError';
    this.why = why;
  }
}

/** Sends the bytes of a file to an open session. */
export class SessionUpload {
  readonly #context: KeyedDropboxUploadContext;
  readonly #session: SessionState;
  /** Block hashes of the current file, by part. */
  readonly #blocks: (BlockHashes | undefined)[];
  readonly #aborter = new AbortController();

  /** @param knownBlocks block hashes of the parts whose hashes are already known */
  constructor(
    context: KeyedDropboxUploadContext,
    session: SessionState,
    knownBlocks: (BlockHashes | undefined)[] = [],
  ) {
    this.#context = context;
    this.#session = session;
    this.#blocks = [...knownBlocks];
  }

  get session(): SessionState {
    return this.#session;
  }

  /** Checks the free space and opens a session. */
  static async open(context: KeyedDropboxUploadContext): Promise<SessionUpload> {
    const {
      client,
      store,
      transfer: { source },
    } = context;
    await ensureSpace(client, source.size);
    const plan = planSession(store, source.size);
    const { result } = await client.filesUploadSessionStart({ session_type: { '.tag': plan.kind }, contents: '' });
    if (typeof result?.session_id !== 'string') throw unexpectedResponse();
    const session: SessionState = {
      id: result.session_id,
      ...plan,
      offset: 0,
      sums: Array.from({ length: sessionPartCount(plan, source.size) }, () => ''),
    };
    await saveDropboxCheckpoint(context, context.reservation, session);
    return new SessionUpload(context, session);
  }

  /**
   * Sends the missing bytes. When it resolves, Dropbox has all bytes of the file.
   * @throws SessionLostError; AppFailure source-changed, wrong-service, canceled; whatever the SDK and the source throw
   */
  async send(): Promise<void> {
    const { progress } = this.#context;
    const bytesStored = this.#bytesStored();
    if (bytesStored > 0) {
      progress.addSent(bytesStored);
      progress.addStored(bytesStored);
    }
    await (this.#session.kind === 'concurrent' ? this.#sendConcurrently() : this.#sendSequentially());
  }

  #bytesStored(): number {
    const { sums, kind, offset } = this.#session;
    if (kind === 'sequential') return offset;
    return sums.reduce((bytes, fingerprint, index) => bytes + (fingerprint === '' ? 0 : this.#range(index).length), 0);
  }

  #range(index: number): BlockAlignedRange {
    return sessionPartRange(this.#session, index, this.#context.transfer.source.size);
  }

  /** The content hash of the whole file; reads the parts that were not read yet. */
  async hash(): Promise<string> {
    const {
      transfer: { source, signal },
      store: {
        handler: { buffers },
      },
    } = this.#context;
    for (let index = 0; index < this.#session.sums.length; index++)
      this.#blocks[index] ??= await hashBlocksInRange(source, this.#range(index), { buffers, signal });
    return combineBlockHashes(this.#blocks.flatMap((blocks) => blocks ?? []));
  }

  // ---------------------------------------------------------------- parts in any order

  /** Several workers take the pending parts one by one. The last part closes the session, so it is sent at the end. */
  async #sendConcurrently(): Promise<void> {
    const { sums } = this.#session;
    const last = sums.length - 1;
    const pendingParts = sums.flatMap((fingerprint, index) => (fingerprint === '' && index !== last ? [index] : []));
    const sendPendingParts = async (): Promise<void> => {
      for (
        let index = pendingParts.shift();
        index !== undefined && !this.#aborter.signal.aborted;
        index = pendingParts.shift()
      )
        await this.#sendPart(index);
    };
    const workers = Array.from({ length: Math.min(maxParallelRequests, pendingParts.length) }, () =>
      sendPendingParts().catch((cause: unknown) => {
        this.#aborter.abort();
        throw cause;
      }),
    );
    const results = await Promise.allSettled(workers);
    const causes = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason as unknown);
    // The first error stops the other parts, which then fail with an AbortError, so any other error is the cause.
    if (causes.length > 0)
      throw causes.find((cause) => !(cause instanceof Error && cause.name === 'AbortError')) ?? causes[0];
    if (sums[last] === '') await this.#sendPart(last);
  }

  async #sendPart(index: number): Promise<void> {
    const isLast = index === this.#session.sums.length - 1;
    const blocks = await this.#withSlot(async (signal) => this.#append(this.#range(index), { isLast, signal }));
    this.#blocks[index] = blocks;
    await this.#recordPart(index, blocks);
  }

  async #recordPart(index: number, blocks: BlockHashes): Promise<void> {
    this.#session.sums[index] = partFingerprint(blocks);
    this.#context.progress.addStored(this.#range(index).length);
    if (!this.#context.transfer.signal.aborted)
      await saveDropboxCheckpoint(this.#context, this.#context.reservation, this.#session);
  }

  async #withSlot<T>(operation: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { acquireSlot, transfer } = this.#context;
    const signal = AbortSignal.any([transfer.signal, this.#aborter.signal]);
    const release = await acquireSlot(signal);
    try {
      if (signal.aborted) throw failure('canceled');
      return await operation(signal);
    } finally {
      release();
    }
  }

  // ---------------------------------------------------------------- parts in order

  async #sendSequentially(): Promise<void> {
    const { size } = this.#context.transfer.source;
    while (this.#session.offset < size) {
      const { offset, partBytes } = this.#session;
      const index = Math.floor(offset / partBytes);
      const end = Math.min(size, (index + 1) * partBytes);
      await this.#withSlot(async (signal) => {
        const blocks = await this.#append({ start: offset, length: end - offset }, { isLast: end === size, signal });
        // Dropbox reported another offset, and `#seekTo` has set it.
        if (this.#session.offset !== offset) return;
        this.#session.offset = end;
        // Only the rest of the part was sent, so the hash of the whole part is unknown.
        if (offset !== index * partBytes) return;
        this.#blocks[index] = blocks;
        await this.#recordPart(index, blocks);
      });
    }
  }

  /** Sets the offset that Dropbox reported. Parts that end after this offset have to be sent (again). */
  #seekTo(newOffset: number): void {
    const { size } = this.#context.transfer.source;
    const { partBytes, sums, offset } = this.#session;
    if (newOffset > size) throw new SessionLostError(undefined);
    this.#context.progress.addSent(newOffset - offset);
    this.#session.offset = newOffset;
    for (let index = Math.floor(newOffset / partBytes); index < sums.length; index++) sums[index] = '';
  }

  // ---------------------------------------------------------------- one request

  /** Sends one part with its hash, and sends it again if it was damaged in transit. @returns its block hashes */
  async #append(
    range: BlockAlignedRange,
    { isLast, signal }: { isLast: boolean; signal: AbortSignal },
  ): Promise<BlockHashes> {
    const {
      transfer: { source },
      store: {
        handler: { buffers },
      },
    } = this.#context;
    for (let attempt = 1; ; attempt++) {
      const blocks = await hashBlocksInRange(source, range, { buffers, signal });
      try {
        await this.#appendOnce(range, { isLast, signal, hash: combineBlockHashes(blocks) });
        return blocks;
      } catch (cause) {
        if (!hasErrorTags(cause, 'content_hash_mismatch')) throw asSessionError(cause);
        await source.assertUnchanged();
        if (attempt === maxIntegrityAttempts) throw cause;
      }
    }
  }

  /** Sends one request. If Dropbox already has the bytes, because a response was lost, they count as sent. */
  async #appendOnce(
    { start, length }: BlockAlignedRange,
    { isLast, signal, hash }: { isLast: boolean; signal: AbortSignal; hash: string },
  ): Promise<void> {
    const {
      store,
      transfer: { source, onSlowDown },
      progress,
    } = this.#context;
    // If the file has changed, `beforeEnd` throws before the last part is complete.
    const part = new FilePart({
      source,
      start,
      length,
      onBytes: (count) => progress.addSent(count),
      ...(isLast ? { beforeEnd: () => source.assertUnchanged() } : {}),
    });
    const client = store.clientFactory.create({ signal, onSlowDown });
    try {
      const { result } = await client.filesUploadSessionAppendV2({
        cursor: { session_id: this.#session.id, offset: start },
        close: isLast,
        content_hash: hash,
        contents: part,
      });
      if (result !== null) throw unexpectedResponse();
    } catch (cause) {
      const serverOffset = this.#session.kind === 'sequential' ? correctOffset(cause) : undefined;
      // Dropbox received these bytes in an earlier request whose response was lost.
      const isAlreadyStored = serverOffset === start + length || (isLast && hasErrorTags(cause, 'closed'));
      if (isAlreadyStored) progress.addSent(length);
      else if (serverOffset === undefined) throw cause;
      else this.#seekTo(serverOffset);
    }
  }
}

/** Errors after which the session cannot be used any more. */
const lostSessionTags = [
  'not_found',
  'closed',
  'not_closed',
  'concurrent_session_invalid_offset',
  'concurrent_session_invalid_data_size',
  'concurrent_session_missing_data',
  'concurrent_session_not_closed',
  'concurrent_session_data_not_allowed',
  'incorrect_offset',
];

/** Returns a SessionLostError if the upload needs a new session, otherwise the cause itself. */
export const asSessionError = (cause: unknown): unknown =>
  !hasErrorTags(cause, 'path') && lostSessionTags.some((tags) => hasErrorTags(cause, tags))
    ? new SessionLostError(cause)
    : cause;
