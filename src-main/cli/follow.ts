/** Follows uploads until each has ended, and tells how: for every command that sends files. */
import { isTerminal, type Upload, type UploadId } from '../../src-shared/upload.ts';
import type { Core } from '../core.ts';
import type { Given } from './given-files.ts';
import { Progress } from './progress.ts';
import { Report } from './report.ts';
import { exitCodes, type ExitCode, type World } from './world.ts';

const drawMs = 100;
/** What can stop has stopped by then. */
const haltMs = 1500;

export class Follow {
  readonly #world: World;
  readonly #given: readonly Given[];
  readonly #report: Report;
  readonly #progress = new Progress();
  readonly #places = new Map<UploadId, number>();
  /** As it was last told. */
  readonly #last = new Map<UploadId, Upload>();
  #view: Core['view'] | undefined;
  #left = 0;
  #allEnded: () => void = () => undefined;

  constructor(world: World, given: readonly Given[], form: 'links' | 'json') {
    this.#world = world;
    this.#given = given;
    this.#report = new Report(world.terminal, given, form);
  }

  /**
   * @param start makes them run; called when this listens
   * @param places of the uploads among what was given, in their order
   */
  async run(core: Core, places: readonly number[], start: () => Upload[] | Promise<Upload[]>): Promise<ExitCode> {
    const { terminal, stop } = this.#world;
    this.#view = (upload) => core.view(upload);
    this.#left = places.length;
    const ended = new Promise<void>((resolve) => {
      this.#allEnded = resolve;
    });
    if (places.length > 0) {
      const uploads = await start();
      uploads.forEach((upload, i) => {
        this.#places.set(upload.id, places[i]!);
        this.#last.set(upload.id, upload);
      });
      for (const { id } of uploads) this.#look(core.store.uploads.get(id));
      let patience: ReturnType<typeof setTimeout> | undefined;
      const halt = (): void => {
        for (const upload of uploads) this.#halt(core, upload);
        // What is being checked, or what another process has now, does not pause: it stays as it is, for whoever goes on with it.
        patience = setTimeout(() => {
          for (const upload of uploads) this.#giveUp(core.store.uploads.get(upload.id) ?? upload);
        }, haltMs);
      };
      stop.addEventListener('abort', halt, { once: true });
      if (stop.aborted) halt();
      const drawing = setInterval(() => terminal.progress(this.#progress.line(Date.now())), drawMs);
      await ended;
      clearInterval(drawing);
      // What these look at is closed soon.
      clearTimeout(patience);
      stop.removeEventListener('abort', halt);
    }
    await this.#report.told();
    if (stop.aborted && this.#report.failed > 0) return exitCodes.interrupted;
    return this.#report.failed > 0 ? exitCodes.failed : exitCodes.done;
  }

  changed(upload: Upload): void {
    this.#progress.changed(upload);
    if (this.#places.has(upload.id)) this.#last.set(upload.id, upload);
    this.#look(upload);
  }

  /** Somebody else took its entry away. */
  removed(id: UploadId): void {
    const last = this.#last.get(id);
    if (last) this.#giveUp(last);
  }

  /** What was stopped goes on with `hoist resume`; what comes through a pipe is gone with this process. */
  #halt(core: Core, upload: Upload): void {
    if ('stream' in upload.source) core.engine.cancel(upload.id);
    else core.engine.pause(upload.id);
  }

  #look(upload: Upload | undefined): void {
    if (upload && (isTerminal(upload) || upload.status === 'paused')) this.#giveUp(upload);
  }

  /** It is told as it is now, and not waited for any longer. */
  #giveUp(upload: Upload): void {
    const place = this.#places.get(upload.id);
    if (place === undefined) return;
    this.#places.delete(upload.id);
    this.#last.delete(upload.id);
    this.#report.ended(place, this.#given[place]!.typed, this.#view!(upload));
    if (--this.#left === 0) this.#allEnded();
  }
}
