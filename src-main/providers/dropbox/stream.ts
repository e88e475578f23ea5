/** A stream of unknown length: pieces in order, each collected in memory so that it can be sent again although the stream cannot be read again. */
import { createHash } from 'node:crypto';
import type { Dropbox } from 'dropbox';
import { failure } from '../../../src-shared/errors.ts';
import type { StreamSource } from '../../engine/ports.ts';
import { usualPlace } from '../place.ts';
import { laneOf, type Lane } from '../progress.ts';
import type { TransferOf } from '../provider.ts';
import { FilePart } from '../sending/file-part.ts';
import { blockBytes, blocksOf, hashOf } from './content-hash.ts';
import { commitOf, isAlone, isOurs, isTaken, namesIn, patiently, secondsOf, type Claim } from './job.ts';
import { pathOf } from './paths.ts';
import { correctOffset, isRefused } from './refusals.ts';
import { fileAt, oddAnswer, removeFile, storedOf, type Stored } from './stored.ts';
import type { DropboxRef, DropboxStore } from './store.ts';

/** In memory is one that is sent, and the one that is being collected. */
const mostPieceBytes = 8 * 1024 * 1024;

/** @throws AppFailure name-taken, corrupted, wrong-service; what the SDK, the stream and `onCheckpoint` throw */
export async function uploadStream(store: DropboxStore, transfer: TransferOf<StreamSource>): Promise<DropboxRef> {
  const { source, signal, onSlowDown, place = usualPlace(source, store.ports, signal) } = transfer;
  const client = store.clients.for({ signal, onSlowDown });
  const names = namesIn(store, place, store.settings.folder);
  try {
    const { key, mark } = await names.find(async (one) => (await fileAt(client, pathOf(one))) !== undefined);
    const path = pathOf(key);
    const claim: Claim = {
      path,
      at: secondsOf(store.ports.now()),
      isUnique: mark === undefined,
      own: mark === undefined && (await isAlone(place, path)),
    };
    await transfer.onCheckpoint({ v: 1, ...claim });
    const sent = await new StreamUpload(client, transfer).send(Math.min(mostPieceBytes, store.partBytes));
    store.doubts.add(path);
    const stored = await commit({ store, client, transfer, claim }, sent, commitOf({ claim, names }));
    store.doubts.delete(path);
    transfer.onProgress(sent.size);
    return { v: 1, id: stored.id, rev: stored.rev, path: stored.path, size: sent.size, own: claim.own };
  } finally {
    names.free();
  }
}

interface Sent {
  session: string;
  size: number;
  hash: string;
}
interface Committing {
  store: DropboxStore;
  client: Dropbox;
  transfer: TransferOf<StreamSource>;
  claim: Claim;
}

async function commit(
  how: Committing,
  { session, size, hash }: Sent,
  commitInfo: ReturnType<typeof commitOf>,
): Promise<Stored> {
  const { client, claim } = how;
  try {
    const { result } = await patiently(how, () =>
      client.filesUploadSessionFinish({
        cursor: { session_id: session, offset: size },
        commit: commitInfo,
        contents: '',
      }),
    );
    const stored = storedOf(result);
    if (stored.size === size && (stored.hash ?? hash) === hash) return stored;
    await removeFile(client, stored);
    throw failure('corrupted', { params: { of: 'dropbox', host: 'Dropbox' } });
  } catch (cause) {
    const isNamed = isTaken(cause);
    if (!isNamed && !isRefused(cause, 'lookup_failed/not_found')) throw cause;
    // The first call was heard, its answer lost.
    const there = await fileAt(client, claim.path);
    if (typeof there === 'object' && isOurs(claim, there) && there.hash === hash) return there;
    throw isNamed ? failure('name-taken', {}, cause) : cause;
  }
}

class StreamUpload {
  readonly #client: Dropbox;
  readonly #transfer: TransferOf<StreamSource>;
  readonly #lane: Lane;
  readonly #hash = createHash('sha256');
  #session = '';
  #size = 0;

  constructor(client: Dropbox, transfer: TransferOf<StreamSource>) {
    this.#client = client;
    this.#transfer = transfer;
    this.#lane = laneOf(transfer);
  }

  async send(pieceBytes: number): Promise<Sent> {
    const { result } = await this.#client.filesUploadSessionStart({ contents: '' });
    if (typeof result?.session_id !== 'string') throw oddAnswer();
    this.#session = result.session_id;
    const rest = await this.#sendPieces(pieceBytes);
    await this.#append(rest, 'close');
    return { session: this.#session, size: this.#size, hash: this.#hash.digest('hex') };
  }

  /** @returns what is left after the last whole piece */
  async #sendPieces(pieceBytes: number): Promise<Buffer> {
    let held: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of this.#transfer.source.chunks()) {
      if (this.#transfer.signal.aborted) throw failure('canceled');
      held.push(chunk);
      size += chunk.length;
      while (size > pieceBytes) {
        const all = Buffer.concat(held);
        await this.#append(all.subarray(0, pieceBytes), 'go on');
        held = [all.subarray(pieceBytes)];
        size -= pieceBytes;
      }
    }
    return Buffer.concat(held);
  }

  async #append(bytes: Buffer, then: 'go on' | 'close'): Promise<void> {
    const blocks = blocksOf(bytes);
    // Pieces are of whole blocks, but for the last one.
    if (then === 'go on' && bytes.length % blockBytes !== 0) throw new Error('a piece that is not of whole blocks');
    for (const block of blocks) this.#hash.update(block);
    const release = await this.#lane(this.#transfer.signal);
    try {
      await this.#appendOnce(bytes, { hash: hashOf(blocks), close: then === 'close' });
    } finally {
      release();
    }
    this.#size += bytes.length;
  }

  async #appendOnce(bytes: Buffer, { hash, close }: { hash: string; close: boolean }): Promise<void> {
    const size = this.#size;
    let sent = 0;
    const read = async (into: Uint8Array, position: number): Promise<number> => {
      const some = bytes.subarray(position, position + into.length);
      into.set(some);
      return some.length;
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
      if (result !== null) throw oddAnswer();
    } catch (cause) {
      const isHeard = correctOffset(cause) === size + bytes.length || (close && isRefused(cause, 'closed'));
      if (!isHeard) throw cause;
    }
  }
}
