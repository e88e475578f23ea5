/** One attempt: the file is opened and handed to the driver, and what was stored is seen to work. */
import { AppFailure, failure } from '../../src-shared/errors.ts';
import type { Checkpoint, Ref, Upload, UploadId, UploadIn } from '../../src-shared/upload.ts';
import { decide, isTooMuch, type Decision, type Patience } from './decide.ts';
import type { LanesOfUpload } from './lanes.ts';
import type { Ledger } from './ledger.ts';
import { namingOf } from './naming.ts';
import type { Destination, Ports, Source } from './ports.ts';
import type { UploadEvent } from './reduce.ts';
import { profileOf } from './schedule.ts';
import { verify } from './verify.ts';

export interface Signals {
  controller: AbortController;
  /** The driver has answered, or the upload is another process's: what it still says interests nobody. */
  over: boolean;
}

export interface AttemptPorts {
  ports: Ports;
  ledger: Ledger;
  run: Signals;
  lanes: LanesOfUpload;
  patience: Patience;
  /** ms between looks at whether the network is back */
  onlineProbeMs: number;
  /** The store has been reached. */
  answered(): void;
  stored(upload: UploadIn<'uploading'>, stored: Stored): void;
}

/** `size` in bytes. */
export interface Stored {
  ref: Ref;
  size: number;
}

export class Attempt {
  readonly #with: AttemptPorts;
  constructor(ports: AttemptPorts) {
    this.#with = ports;
  }

  /** @throws AppFailure */
  async send(upload: UploadIn<'uploading'>, destination: Destination): Promise<void> {
    const {
      ports: { clock, log },
      run,
      lanes,
      stored,
    } = this.#with;
    const { id, attempt } = upload;
    const begun = clock.now();
    let source: Source | undefined;
    try {
      source = await this.#open(upload);
      const ref = await destination.upload({
        source,
        signal: run.controller.signal,
        checkpoint: upload.checkpoint,
        naming: namingOf(upload),
        ...(upload.wish ? { link: upload.wish } : {}),
        ...this.#listening(upload),
      });
      if (run.over) return;
      run.over = true;
      const size = source.size ?? source.taken();
      log.attempt({
        uploadId: id,
        attempt,
        profileId: profileOf(upload),
        ms: clock.now() - begun,
        bytes: size,
        outcome: 'stored',
      });
      lanes.leave();
      stored(upload, { ref, size });
    } catch (cause) {
      if (cause instanceof AppFailure && isTooMuch(cause.error.code)) lanes.slowDown();
      throw cause;
    } finally {
      lanes.leave();
      await source?.close();
    }
  }

  #listening({ id, attempt, kept = 0 }: UploadIn<'uploading'>) {
    const {
      ports: { clock },
      ledger,
      run,
      lanes,
      answered,
    } = this.#with;
    const tell = (event: UploadEvent): Upload | undefined => (run.over ? undefined : ledger.apply(id, event));
    let gone = kept;
    const moved = (sent: number): void => {
      lanes.moved(Math.max(0, sent - gone));
      gone = sent;
    };
    return {
      lane: (signal: AbortSignal) => lanes.take(signal),
      onSlowDown: () => lanes.slowDown(),
      onCheckpoint: async (checkpoint: Checkpoint) => {
        const now = tell({ type: 'checkpoint', attempt, checkpoint });
        // Nobody would remove what the store is about to make.
        if (!now || !('checkpoint' in now)) throw failure('canceled');
      },
      onProgress: (sent: number) => {
        moved(sent);
        if (tell({ type: 'progress', attempt, sent }) && sent > kept) answered();
      },
      onKept: (bytes: number) => {
        tell({ type: 'kept', attempt, bytes, at: clock.now() });
      },
      onRestart: (why: 'file-changed' | 'store-forgot') => {
        tell({ type: 'restarted', attempt, why });
      },
    };
  }

  /** A file that was changed while it waited is taken as it is now. */
  async #open(upload: UploadIn<'uploading'>): Promise<Source> {
    const {
      ports: { sources },
      ledger,
    } = this.#with;
    const as = {
      name: upload.name,
      contentType: upload.contentType,
      ...(upload.folder ? { folder: upload.folder } : {}),
    };
    try {
      return await sources.open(upload.source, as);
    } catch (cause) {
      if (!(cause instanceof AppFailure) || cause.error.code !== 'source-changed' || 'stream' in upload.source)
        throw cause;
      const renewed = await sources.renew(upload.source);
      ledger.apply(upload.id, { type: 'renewed', attempt: upload.attempt, ...renewed });
      return sources.open(renewed.source, as);
    }
  }

  /** A link that cannot be made just now is no reason to send the file again. @throws AppFailure */
  async check(id: UploadId, destination: Destination): Promise<void> {
    const {
      ports: { clock, links },
      ledger,
      run: {
        controller: { signal },
      },
      onlineProbeMs,
    } = this.#with;
    for (let failures = 0; ;) {
      const upload = ledger.get(id);
      if (upload?.status !== 'verifying') return;
      try {
        const { link, verification } = await verify(destination, links, upload, signal);
        if (signal.aborted) throw failure('canceled');
        ledger.apply(id, { type: 'done', attempt: upload.attempt, link, verification, at: clock.now() });
        return;
      } catch (cause) {
        const decision = this.#again(cause, upload, failures);
        if (signal.aborted || decision?.do !== 'wait') throw cause;
        failures = decision.failures;
        await this.#pause(typeof decision.until === 'number' ? decision.until - clock.now() : onlineProbeMs);
      }
    }
  }

  /** What to do about a link that was not made; undefined when the file itself has to be sent again. */
  #again(cause: unknown, upload: Upload, failures: number): Decision | undefined {
    if (!(cause instanceof AppFailure) || cause.error.code === 'corrupted') return undefined;
    const {
      ports: { clock, random },
      patience,
    } = this.#with;
    return decide(cause.error, {
      source: 'file',
      chain: upload.chain.slice(upload.step, upload.step + 1),
      step: 0,
      failures,
      now: clock.now(),
      random: random.next(),
      patience,
    });
  }

  #pause(ms: number): Promise<void> {
    const {
      ports: { clock },
      run: {
        controller: { signal },
      },
    } = this.#with;
    return new Promise((resolve) => {
      const stop = (): void => {
        takeBack();
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const takeBack = clock.after(ms, stop);
      signal.addEventListener('abort', stop, { once: true });
    });
  }
}
