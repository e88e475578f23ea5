/**
 * Uploads a stream of unknown length in an upload session, with its parts in order. Each part is collected in memory,
 * so it can be sent again although the stream cannot be read again.
 */
import { createHash } from 'node:crypto';
import type { Dropbox } from 'dropbox';
import { failure } from '../../../src-shared/errors.ts';
import type { StreamSource } from '../../engine/ports.ts';
import { defaultKeyBuilder } from '../keys/object-key.ts';
import { slotAcquirer, type AcquireSlot } from '../transfer/upload-progress.ts';
import type { TransferFrom } from '../contract/provider.ts';
import { FilePart } from '../transfer/file-part.ts';
import { blockBytes, hashBlocks, combineBlockHashes } from './content-hash.ts';
import {
  commitInfoOf,
  hasExclusiveFolder,
  matchesReservation,
  isPathConflict,
  createPathAllocator,
  withBackoff,
  toDropboxTime,
  type PathReservation,
} from './upload-context.ts';
import { toDropboxPath } from './paths.ts';
import { correctOffset, hasErrorTags } from './api-errors.ts';
import { fileAt, unexpectedResponse, removeFile, parseFileMetadata, type DropboxFile } from './file-metadata.ts';
import type { DropboxRef, DropboxStore } from './store.ts';

/** Limits the memory, which holds the part being sent and the part being collected. */
const maxPartBytes = 8 * 1024 * 1024;

/** @throws AppFailure name-taken, corrupted, wrong-service; whatever the SDK, the stream and `onCheckpoint` throw */
export async function uploadStreamToDropbox(
  store: DropboxStore,
  transfer: TransferFrom<StreamSource>,
): Promise<DropboxRef> {
  const { source, signal, onSlowDown, keyBuilder = defaultKeyBuilder(source, store.ports, signal) } = transfer;
  const client = store.clientFactory.create({ signal, onSlowDown });
  const keyAllocator = createPathAllocator(store, keyBuilder, store.settings.folder);
  try {
    const { key, mark } = await keyAllocator.allocate(
      async (candidate) => (await fileAt(client, toDropboxPath(candidate))) !== undefined,
    );
    const path = toDropboxPath(key);
    const reservation: PathReservation = {
      path,
      at: toDropboxTime(store.ports.now()),
      isUnique: mark === undefined,
      own: mark === undefined && (await hasExclusiveFolder(keyBuilder, path)),
    };
    await transfer.onCheckpoint({ v: 1, ...reservation });
    const sent = await new StreamUpload(client, transfer).send(Math.min(maxPartBytes, store.partBytes));
    store.uncertainWrites.add(path);
    const stored = await commitStream(
      { store, client, transfer, reservation },
      sent,
      commitInfoOf({ reservation, keyAllocator }),
    );
    store.uncertainWrites.delete(path);
    transfer.onProgress(sent.size);
    return { v: 1, id: stored.id, rev: stored.rev, path: stored.path, size: sent.size, own: reservation.own };
  } finally {
    keyAllocator.release();
  }
}

interface SentStream {
  session: string;
  size: number;
  hash: string;
}
interface CommitContext {
  store: DropboxStore;
  client: Dropbox;
  transfer: TransferFrom<StreamSource>;
  reservation: PathReservation;
}

/** Turns the upload session into a file. @throws AppFailure name-taken, corrupted, wrong-service; errors of the SDK */
async function commitStream(
  context: CommitContext,
  { session, size, hash }: SentStream,
  commitInfo: ReturnType<typeof commitInfoOf>,
): Promise<DropboxFile> {
  const { client, reservation } = context;
  try {
    const { result } = await withBackoff(context, () =>
      client.filesUploadSessionFinish({
        cursor: { session_id: session, offset: size },
        commit: commitInfo,
        contents: '',
      }),
    );
    const stored = parseFileMetadata(result);
    if (stored.size === size && (stored.hash ?? hash) === hash) return stored;
    await removeFile(client, stored);
    throw failure('corrupted', { params: { of: 'dropbox', host: 'Dropbox' } });
  } catch (cause) {
    const isConflict = isPathConflict(cause);
    if (!isConflict && !hasErrorTags(cause, 'lookup_failed/not_found')) throw cause;
    // An earlier request may have created the file although its response was lost.
    const existing = await fileAt(client, reservation.path);
    if (typeof existing === 'object' && matchesReservation(reservation, existing) && existing.hash === hash)
      return existing;
    throw isConflict ? failure('name-taken', {}, cause) : cause;
  }
}

/** Sends the bytes of a stream to a new upload session, in order. */
class StreamUpload {
  readonly #client: Dropbox;
  readonly #transfer: TransferFrom<StreamSource>;
  readonly #acquireSlot: AcquireSlot;
  readonly #hash = createHash('sha256');
  #session = '';
  #size = 0;

  constructor(client: Dropbox, transfer: TransferFrom<StreamSource>) {
    this.#client = client;
    this.#transfer = transfer;
    this.#acquireSlot = slotAcquirer(transfer);
  }

  async send(partBytes: number): Promise<SentStream> {
    const { result } = await this.#client.filesUploadSessionStart({ contents: '' });
    if (typeof result?.session_id !== 'string') throw unexpectedResponse();
    this.#session = result.session_id;
    const lastPart = await this.#sendParts(partBytes);
    await this.#append(lastPart, 'close');
    return { session: this.#session, size: this.#size, hash: this.#hash.digest('hex') };
  }

  /** @returns the bytes of the last part, which are not sent yet */
  async #sendParts(partBytes: number): Promise<Buffer> {
    let buffered: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of this.#transfer.source.chunks()) {
      if (this.#transfer.signal.aborted) throw failure('canceled');
      buffered.push(chunk);
      size += chunk.length;
      while (size > partBytes) {
        const bytes = Buffer.concat(buffered);
        await this.#append(bytes.subarray(0, partBytes), 'continue');
        buffered = [bytes.subarray(partBytes)];
        size -= partBytes;
      }
    }
    return Buffer.concat(buffered);
  }

  /** Sends one part and adds its blocks to the hash of the file. `close`: this is the last part. */
  async #append(bytes: Buffer, next: 'continue' | 'close'): Promise<void> {
    const blocks = hashBlocks(bytes);
    // Each part consists of whole blocks, except the last part.
    if (next === 'continue' && bytes.length % blockBytes !== 0)
      throw new Error('the part does not consist of whole blocks');
    for (const block of blocks) this.#hash.update(block);
    const release = await this.#acquireSlot(this.#transfer.signal);
    try {
      await this.#appendOnce(bytes, { hash: combineBlockHashes(blocks), close: next === 'close' });
    } finally {
      release();
    }
    this.#size += bytes.length;
  }

  /** Sends one request. If Dropbox already has the bytes, because a response was lost, they count as sent. */
  async #appendOnce(bytes: Buffer, { hash, close }: { hash: string; close: boolean }): Promise<void> {
    const size = this.#size;
    let sent = 0;
    const read = async (into: Uint8Array, position: number): Promise<number> => {
      const slice = bytes.subarray(position, position + into.length);
      into.set(slice);
      return slice.length;
    };
    const part = new FilePart({
      source: { read },
      start: 0,
      length: bytes.length,
      onBytes: (count) => {
        sent += count;
        this.#transfer.onProgress(size + sent);
      },
    });
    try {
      const { result } = await this.#client.filesUploadSessionAppendV2({
        cursor: { session_id: this.#session, offset: size },
        close,
        content_hash: hash,
        contents: part,
      });
      if (result !== null) throw unexpectedResponse();
    } catch (cause) {
      // An earlier request may have stored the bytes although its response was lost.
      const isAlreadyStored = correctOffset(cause) === size + bytes.length || (close && hasErrorTags(cause, 'closed'));
      if (!isAlreadyStored) throw cause;
    }
  }
}
