/**
 * Checks before the first byte whether Practice has space for a file. Runs in front of the S3 driver, which knows
 * nothing of Practice's capacity.
 */
import { practiceId } from '../../src-shared/profile.ts';
import { AppFailure, failure } from '../../src-shared/errors.ts';
import type { ProfileId, Ref } from '../../src-shared/upload.ts';
import { systemCodeOf } from '../platform/file-errors.ts';
import type { Destination, DestinationConnector, Transfer } from '../engine/ports.ts';

/** In bytes. */
export interface StorageSpace {
  capacity: number;
  /** Space for new files: the smaller of the free quota and the free disk space. */
  available: number;
}

export class PracticeSpace implements DestinationConnector {
  readonly #destinations: DestinationConnector;
  readonly #space: () => Promise<StorageSpace>;
  /** Running uploads of this process, with the bytes that each has yet to send. */
  readonly #unsent = new Map<symbol, number>();

  constructor(destinations: DestinationConnector, space: () => Promise<StorageSpace>) {
    this.#destinations = destinations;
    this.#space = space;
  }

  async connect(profileId: ProfileId): Promise<Destination> {
    const destination = await this.#destinations.connect(profileId);
    if (profileId !== practiceId) return destination;
    return {
      stat: (ref, signal) => destination.stat(ref, signal),
      link: (ref, signal, linkOverride) => destination.link(ref, signal, linkOverride),
      discard: (what, signal) => destination.discard(what, signal),
      ...(destination.revokeLink ? { revokeLink: (ref, signal) => destination.revokeLink!(ref, signal) } : {}),
      ...(destination.probe ? { probe: (link, size, signal) => destination.probe!(link, size, signal) } : {}),
      upload: (transfer) => this.#upload(destination, transfer),
    };
  }

  async #upload(destination: Destination, transfer: Transfer): Promise<Ref> {
    const { size } = transfer.source;
    const key = Symbol('upload');
    try {
      // A resumed upload was checked at its first attempt, and some of its parts already take space.
      if (size !== undefined && transfer.checkpoint === undefined) await this.#require(size, key);
      return await destination.upload({
        ...transfer,
        onProgress: (sent) => {
          if (this.#unsent.has(key)) this.#unsent.set(key, (size ?? sent) - sent);
          transfer.onProgress(sent);
        },
      });
    } catch (cause) {
      throw cause instanceof AppFailure && cause.error.code === 'quota-exceeded' ? practiceFull(cause) : cause;
    } finally {
      this.#unsent.delete(key);
    }
  }

  /**
   * Reserves space for a file among the uploads of this process.
   * @throws AppFailure too-large
   */
  async #require(size: number, key: symbol): Promise<void> {
    const space = await this.#measureSpace();
    if (!space) return;
    const { capacity, available } = space;
    if (size > capacity) throw failure('too-large', { params: { why: 'capacity', limit: toMegabytes(capacity) } });
    const left = available - [...this.#unsent.values()].reduce((sum, bytes) => sum + bytes, 0);
    if (size > left) throw failure('too-large', { params: { why: 'space', left: toMegabytes(left) } });
    this.#unsent.set(key, size);
  }

  /** Undefined when the disk can't be examined. Practice checks the space again while it stores the file. */
  async #measureSpace(): Promise<StorageSpace | undefined> {
    try {
      return await this.#space();
    } catch (cause) {
      if (systemCodeOf(cause) === undefined) throw cause;
      return undefined;
    }
  }
}

/**
 * The error of a full Practice. The stored parts of the upload take space that other uploads need, so they are deleted.
 */
const practiceFull = ({ error, cause }: AppFailure): AppFailure =>
  failure('quota-exceeded', { ...error, params: { ...error.params, why: 'practice' }, discardsParts: true }, cause);

const toMegabytes = (bytes: number): number => Math.max(0, Math.floor(bytes / 1e6));
