/**
 * A large file by an upload session. In order: each piece goes where Dropbox says that it is. Where there are many pieces, several
 * at once in any order: each of whole blocks of 4 MiB, the last one at the end, which closes the session.
 */
import { failure } from '../../../src-shared/errors.ts';
import type { Restarted } from '../../../src-shared/upload.ts';
import { FilePart } from '../sending/file-part.ts';
import { blockBytes, blocksOfRange, hashOf, type Blocks, type Range } from './content-hash.ts';
import { keepClaim, type Job } from './job.ts';
import { correctOffset, isRefused } from './refusals.ts';
import { refuseFull } from './space.ts';
import type { DropboxStore, SessionState } from './store.ts';
import { oddAnswer } from './stored.ts';

/** What a request may hold, in whole blocks: 150 MiB is the limit. */
const mostPartBytes = 148 * 1024 * 1024;
const mostParts = 2000;

/** Requests at once, where lanes allow them. */
const atOnce = 8;
const damagedTries = 3;

export function cut(
  { partBytes, concurrentFrom }: Pick<DropboxStore, 'partBytes' | 'concurrentFrom'>,
  size: number,
): Pick<SessionState, 'kind' | 'partBytes'> {
  const wanted = Math.max(partBytes, Math.ceil(size / mostParts / blockBytes) * blockBytes);
  const bytes = Math.min(wanted, mostPartBytes);
  return { partBytes: bytes, kind: Math.ceil(size / bytes) >= concurrentFrom ? 'concurrent' : 'sequential' };
}

export const countOf = ({ partBytes }: Pick<SessionState, 'partBytes'>, size: number): number =>
  Math.ceil(size / partBytes);

export const rangeOf = ({ partBytes }: Pick<SessionState, 'partBytes'>, index: number, size: number): Range => ({
  start: index * partBytes,
  length: Math.min(partBytes, size - index * partBytes),
});

/** 96 bits of what a part amounts to: enough to tell parts apart, short enough for a checkpoint of thousands. */
export const sumOf = (blocks: Blocks): string =>
  Buffer.from(hashOf(blocks), 'hex').subarray(0, 12).toString('base64url');

/** The session is not there any more, or what an earlier attempt sent is not what the file holds: what was sent has to be sent again. */
export class SessionLost extends Error {
  readonly why: Restarted;
  constructor(cause: unknown, why: Restarted = 'store-forgot') {
    super('the upload session is lost', { cause });
    this.name = 'SessionLost';
    this.why = why;
  }
}

/** Of an upload session that was opened, all bytes: there when it resolves. */
export class SessionUpload {
  readonly #job: Job;
  readonly #session: SessionState;
  /** Of the file as it is read now, by part. */
  readonly #blocks: (Blocks | undefined)[];
  readonly #stop = new AbortController();

  /** @param known what parts amount to that need not be read again */
  constructor(job: Job, session: SessionState, known: (Blocks | undefined)[] = []) {
    this.#job = job;
    this.#session = session;
    this.#blocks = [...known];
  }

  get session(): SessionState {
    return this.#session;
  }

  /** The space is known before a byte is sent. */
  static async open(job: Job): Promise<SessionUpload> {
    const {
      client,
      store,
      transfer: { source },
    } = job;
    await refuseFull(client, source.size);
    const plan = cut(store, source.size);
    const { result } = await client.filesUploadSessionStart({ session_type: { '.tag': plan.kind }, contents: '' });
    if (typeof result?.session_id !== 'string') throw oddAnswer();
    const session: SessionState = {
      id: result.session_id,
      ...plan,
      offset: 0,
      sums: Array.from({ length: countOf(plan, source.size) }, () => ''),
    };
    await keepClaim(job, job.claim, session);
    return new SessionUpload(job, session);
  }

  /** @throws SessionLost; AppFailure source-changed, wrong-service, canceled; what the SDK and the source throw */
  async send(): Promise<void> {
    const { progress } = this.#job;
    const kept = this.#keptBytes();
    if (kept > 0) {
      progress.add(kept);
      progress.keep(kept);
    }
    await (this.#session.kind === 'concurrent' ? this.#sendInAnyOrder() : this.#sendInOrder());
  }

  #keptBytes(): number {
    const { sums, kind, offset } = this.#session;
    if (kind === 'sequential') return offset;
    return sums.reduce((bytes, sum, index) => bytes + (sum === '' ? 0 : this.#range(index).length), 0);
  }

  #range(index: number): Range {
    return rangeOf(this.#session, index, this.#job.transfer.source.size);
  }

  /** What the whole file amounts to; what was not read yet is read. */
  async hash(): Promise<string> {
    const {
      transfer: { source, signal },
      store: {
        handler: { buffers },
      },
    } = this.#job;
    for (let index = 0; index < this.#session.sums.length; index++)
      this.#blocks[index] ??= await blocksOfRange(source, this.#range(index), { buffers, signal });
    return hashOf(this.#blocks.flatMap((blocks) => blocks ?? []));
  }

  // ---------------------------------------------------------------- in any order

  async #sendInAnyOrder(): Promise<void> {
    const { sums } = this.#session;
    const last = sums.length - 1;
    const todo = sums.flatMap((sum, index) => (sum === '' && index !== last ? [index] : []));
    const work = async (): Promise<void> => {
      for (let index = todo.shift(); index !== undefined && !this.#stop.signal.aborted; index = todo.shift())
        await this.#sendPart(index);
    };
    const workers = Array.from({ length: Math.min(atOnce, todo.length) }, () =>
      work().catch((cause: unknown) => {
        this.#stop.abort();
        throw cause;
      }),
    );
    const ended = await Promise.allSettled(workers);
    const failed = ended.filter((one) => one.status === 'rejected').map(({ reason }) => reason as unknown);
    // The first is the reason; the others were stopped because of it.
    if (failed.length > 0)
      throw failed.find((cause) => !(cause instanceof Error && cause.name === 'AbortError')) ?? failed[0];
    if (sums[last] === '') await this.#sendPart(last);
  }

  async #sendPart(index: number): Promise<void> {
    const isLast = index === this.#session.sums.length - 1;
    const blocks = await this.#inLane(async (signal) => this.#append(this.#range(index), { isLast, signal }));
    this.#blocks[index] = blocks;
    await this.#keep(index, blocks);
  }

  async #keep(index: number, blocks: Blocks): Promise<void> {
    this.#session.sums[index] = sumOf(blocks);
    this.#job.progress.keep(this.#range(index).length);
    if (!this.#job.transfer.signal.aborted) await keepClaim(this.#job, this.#job.claim, this.#session);
  }

  async #inLane<T>(act: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { lane, transfer } = this.#job;
    const signal = AbortSignal.any([transfer.signal, this.#stop.signal]);
    const release = await lane(signal);
    try {
      if (signal.aborted) throw failure('canceled');
      return await act(signal);
    } finally {
      release();
    }
  }

  // ---------------------------------------------------------------- in order

  async #sendInOrder(): Promise<void> {
    const { size } = this.#job.transfer.source;
    while (this.#session.offset < size) {
      const { offset, partBytes } = this.#session;
      const index = Math.floor(offset / partBytes);
      const end = Math.min(size, (index + 1) * partBytes);
      await this.#inLane(async (signal) => {
        const blocks = await this.#append({ start: offset, length: end - offset }, { isLast: end === size, signal });
        if (this.#session.offset !== offset) return;
        this.#session.offset = end;
        if (offset !== index * partBytes) return;
        this.#blocks[index] = blocks;
        await this.#keep(index, blocks);
      });
    }
  }

  /** Dropbox has another number of bytes than we knew: it goes on there, whichever way that is. */
  #jump(to: number): void {
    const { size } = this.#job.transfer.source;
    const { partBytes, sums, offset } = this.#session;
    if (to > size) throw new SessionLost(undefined);
    this.#job.progress.add(to - offset);
    this.#session.offset = to;
    for (let index = Math.floor(to / partBytes); index < sums.length; index++) sums[index] = '';
  }

  // ---------------------------------------------------------------- one request

  async #append(range: Range, { isLast, signal }: { isLast: boolean; signal: AbortSignal }): Promise<Blocks> {
    const {
      transfer: { source },
      store: {
        handler: { buffers },
      },
    } = this.#job;
    for (let tries = 1; ; tries++) {
      const blocks = await blocksOfRange(source, range, { buffers, signal });
      try {
        await this.#appendOnce(range, { isLast, signal, hash: hashOf(blocks) });
        return blocks;
      } catch (cause) {
        if (!isRefused(cause, 'content_hash_mismatch')) throw lostOr(cause);
        await source.check();
        if (tries === damagedTries) throw cause;
      }
    }
  }

  async #appendOnce(
    { start, length }: Range,
    { isLast, signal, hash }: { isLast: boolean; signal: AbortSignal; hash: string },
  ): Promise<void> {
    const {
      store,
      transfer: { source, onSlowDown },
      progress,
    } = this.#job;
    // The last bytes only leave when the file is still what it was.
    const part = new FilePart({
      source,
      start,
      length,
      onBytes: (count) => progress.add(count),
      ...(isLast ? { beforeEnd: () => source.check() } : {}),
    });
    const client = store.clients.for({ signal, onSlowDown });
    try {
      const { result } = await client.filesUploadSessionAppendV2({
        cursor: { session_id: this.#session.id, offset: start },
        close: isLast,
        content_hash: hash,
        contents: part,
      });
      if (result !== null) throw oddAnswer();
    } catch (cause) {
      const there = this.#session.kind === 'sequential' ? correctOffset(cause) : undefined;
      // The first sending of these bytes was heard, its answer lost.
      const isHeard = there === start + length || (isLast && isRefused(cause, 'closed'));
      if (isHeard) progress.add(length);
      else if (there === undefined) throw cause;
      else this.#jump(there);
    }
  }
}

const lost = [
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

/** Of a call about a session: whether another session is what it takes. */
export const lostOr = (cause: unknown): unknown =>
  !isRefused(cause, 'path') && lost.some((tags) => isRefused(cause, tags)) ? new SessionLost(cause) : cause;
