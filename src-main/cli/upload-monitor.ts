/** Follows uploads until each has ended, and tells how: for every command that sends files. */
import { isTerminal, type Upload, type UploadId, type UploadView } from '../../src-shared/upload.ts';
import type { Core } from '../core.ts';
import type { InputFile } from './input-files.ts';
import { ProgressLine } from './progress-line.ts';
import { OutputWriter } from './output-writer.ts';
import { exitCodes, type ExitCode, type CliContext } from './cli-context.ts';

const redrawMs = 100;
/** What can stop has stopped by then. */
const stopTimeoutMs = 1500;

export class UploadMonitor {
  readonly #context: CliContext;
  readonly #inputs: readonly InputFile[];
  readonly #output: OutputWriter;
  readonly #progress = new ProgressLine();
  readonly #positions = new Map<UploadId, number>();
  /** As it was last told. */
  readonly #lastSeen = new Map<UploadId, Upload>();
  #view: ((upload: Upload) => UploadView) | undefined;
  #remaining = 0;
  #allEnded: () => void = () => undefined;

  constructor(context: CliContext, inputs: readonly InputFile[], format: 'links' | 'json') {
    this.#context = context;
    this.#inputs = inputs;
    this.#output = new OutputWriter(context.terminal, inputs, format);
  }

  /**
   * @param start makes them run; called when this listens
   * @param positions of the uploads among what was given, in their order
   */
  async run(core: Core, positions: readonly number[], start: () => Upload[] | Promise<Upload[]>): Promise<ExitCode> {
    const { terminal, stop } = this.#context;
    this.#view = (upload) => core.uploadViews.of(upload);
    this.#remaining = positions.length;
    const ended = new Promise<void>((resolve) => {
      this.#allEnded = resolve;
    });
    if (positions.length > 0) {
      const uploads = await start();
      uploads.forEach((upload, i) => {
        this.#positions.set(upload.id, positions[i]!);
        this.#lastSeen.set(upload.id, upload);
      });
      for (const { id } of uploads) this.#checkEnded(core.store.uploads.get(id));
      let giveUpTimer: ReturnType<typeof setTimeout> | undefined;
      const stopAll = (): void => {
        for (const upload of uploads) this.#stop(core, upload);
        // What is being checked, or what another process has now, does not pause: it stays as it is, for whoever goes on with it.
        giveUpTimer = setTimeout(() => {
          for (const upload of uploads) this.#finish(core.store.uploads.get(upload.id) ?? upload);
        }, stopTimeoutMs);
      };
      stop.addEventListener('abort', stopAll, { once: true });
      if (stop.aborted) stopAll();
      const drawing = setInterval(() => terminal.progress(this.#progress.line(Date.now())), redrawMs);
      await ended;
      clearInterval(drawing);
      // What these look at is closed soon.
      clearTimeout(giveUpTimer);
      stop.removeEventListener('abort', stopAll);
    }
    await this.#output.flushed();
    if (stop.aborted && this.#output.failed > 0) return exitCodes.interrupted;
    return this.#output.failed > 0 ? exitCodes.failed : exitCodes.done;
  }

  changed(upload: Upload): void {
    this.#progress.changed(upload);
    if (this.#positions.has(upload.id)) this.#lastSeen.set(upload.id, upload);
    this.#checkEnded(upload);
  }

  /** Somebody else took its entry away. */
  removed(id: UploadId): void {
    const last = this.#lastSeen.get(id);
    if (last) this.#finish(last);
  }

  /** What was stopped goes on with `hoist resume`; what comes through a pipe is gone with this process. */
  #stop(core: Core, upload: Upload): void {
    if ('stream' in upload.source) core.engine.cancel(upload.id);
    else core.engine.pause(upload.id);
  }

  #checkEnded(upload: Upload | undefined): void {
    if (upload && (isTerminal(upload) || upload.status === 'paused')) this.#finish(upload);
  }

  /** It is told as it is now, and not waited for any longer. */
  #finish(upload: Upload): void {
    const position = this.#positions.get(upload.id);
    if (position === undefined) return;
    this.#positions.delete(upload.id);
    this.#lastSeen.delete(upload.id);
    this.#output.onEnded(position, this.#inputs[position]!.typed, this.#view!(upload));
    if (--this.#remaining === 0) this.#allEnded();
  }
}
