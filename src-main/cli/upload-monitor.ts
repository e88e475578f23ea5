/** Watches uploads until each has ended, and prints the outcomes. Used by every command that uploads files. */
import { isTerminal, type ProfileId, type Upload, type UploadId, type UploadView } from '../../src-shared/upload.ts';
import type { Core } from '../core.ts';
import type { InputFile } from './input-files.ts';
import { createFixHint } from './setup/fix-hint.ts';
import { ProgressLine } from './progress-line.ts';
import { OutputWriter } from './output-writer.ts';
import { reportOutcome, type OutcomeReport } from './outcome-report.ts';
import { exitCodes, type ExitCode, type CliContext } from './cli-context.ts';

const redrawMs = 100;
/** ms that a stopped command waits for its uploads to pause */
const stopTimeoutMs = 1500;

export class UploadMonitor {
  readonly #context: CliContext;
  readonly #inputs: readonly InputFile[];
  readonly #output: OutputWriter;
  readonly #progress = new ProgressLine();
  /** The position in the inputs of each upload that has not ended. */
  readonly #positions = new Map<UploadId, number>();
  /** The last state of each upload that has not ended. */
  readonly #lastSeen = new Map<UploadId, Upload>();
  /** Uploads that changed while they were started. A record that could not be saved is not in the store. */
  readonly #changedAtStart = new Map<UploadId, Upload>();
  #view: ((upload: Upload) => UploadView) | undefined;
  #report: ((upload: Upload) => OutcomeReport) | undefined;
  #remaining = 0;
  #isStarting = false;
  #allEnded: () => void = () => undefined;

  constructor(context: CliContext, inputs: readonly InputFile[], format: 'links' | 'json') {
    this.#context = context;
    this.#inputs = inputs;
    this.#output = new OutputWriter(context.terminal, inputs, format);
  }

  /**
   * @param start starts the uploads; called when the monitor is ready for their changes
   * @param positions the positions of the uploads in the inputs, in the order of the uploads
   */
  async run(core: Core, positions: readonly number[], start: () => Upload[] | Promise<Upload[]>): Promise<ExitCode> {
    const { terminal, stop } = this.#context;
    this.#view = (upload) => core.uploadViews.of(upload);
    const texts = {
      nameOf: (id: ProfileId) => core.profiles.catalog.name(id),
      fixHint: createFixHint(core, this.#context),
    };
    this.#report = (upload) => reportOutcome(upload, texts);
    this.#remaining = positions.length;
    const ended = new Promise<void>((resolve) => {
      this.#allEnded = resolve;
    });
    if (positions.length > 0) {
      this.#isStarting = true;
      const uploads = await start();
      this.#isStarting = false;
      uploads.forEach((upload, i) => {
        this.#positions.set(upload.id, positions[i]!);
        this.#lastSeen.set(upload.id, upload);
      });
      for (const { id } of uploads) this.#checkEnded(this.#changedAtStart.get(id) ?? core.store.uploads.get(id));
      this.#changedAtStart.clear();
      let stopTimer: ReturnType<typeof setTimeout> | undefined;
      const stopAll = (): void => {
        for (const upload of uploads) this.#stop(core, upload);
        // An upload that is being verified, or that another process has adopted, does not pause. It is reported in its
        // current state, and can be resumed later.
        stopTimer = setTimeout(() => {
          for (const upload of uploads) this.#finish(core.store.uploads.get(upload.id) ?? upload);
        }, stopTimeoutMs);
      };
      stop.addEventListener('abort', stopAll, { once: true });
      if (stop.aborted) stopAll();
      const drawing = setInterval(() => terminal.progress(this.#progress.line(Date.now())), redrawMs);
      await ended;
      clearInterval(drawing);
      // These timers must not use the core after this point, because the caller closes the core.
      clearTimeout(stopTimer);
      stop.removeEventListener('abort', stopAll);
    }
    await this.#output.flushed();
    if (stop.aborted && this.#output.failed > 0) return exitCodes.interrupted;
    if (this.#output.failed > 0) return exitCodes.failed;
    return this.#output.linkProblems > 0 ? exitCodes.linkDoesNotOpen : exitCodes.done;
  }

  changed(upload: Upload): void {
    this.#progress.changed(upload);
    if (this.#positions.has(upload.id)) this.#lastSeen.set(upload.id, upload);
    else if (this.#isStarting) this.#changedAtStart.set(upload.id, upload);
    this.#checkEnded(upload);
  }

  /** Another process deleted the upload's record. */
  removed(id: UploadId): void {
    const last = this.#lastSeen.get(id);
    if (last) this.#finish(last);
  }

  /** `hoist resume` can resume a paused upload. A piped upload cannot be resumed, so it is canceled. */
  #stop(core: Core, upload: Upload): void {
    if ('stream' in upload.source) core.engine.cancel(upload.id);
    else core.engine.pause(upload.id);
  }

  #checkEnded(upload: Upload | undefined): void {
    if (upload && (isTerminal(upload) || upload.status === 'paused')) this.#finish(upload);
  }

  /** Reports the upload in its current state and stops waiting for it. */
  #finish(upload: Upload): void {
    const position = this.#positions.get(upload.id);
    if (position === undefined) return;
    this.#positions.delete(upload.id);
    this.#lastSeen.delete(upload.id);
    this.#output.onEnded(position, this.#inputs[position]!.typed, this.#view!(upload), this.#report!(upload));
    this.#remaining--;
    if (this.#remaining === 0) this.#allEnded();
  }
}
