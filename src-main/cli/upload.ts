/** `hoist upload`: files in, links out. */
import { isTerminal, type Upload, type UploadId } from '../../src-shared/upload.ts';
import { practiceId, type Profile } from '../../src-shared/profile.ts';
import { text } from '../../src-shared/text/text.ts';
import type { Core } from '../core.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import { environmentId } from '../profiles/profiles.ts';
import { openGiven, type Given } from './given-files.ts';
import { Progress } from './progress.ts';
import { Report } from './report.ts';
import { sourcesWith, unnamed } from './standard-input.ts';
import { printable } from './words.ts';
import { exitCodes, type ExitCode, type World } from './world.ts';

export interface UploadOptions { to?: string; name?: string; json?: boolean; sensitive?: boolean }

const drawMs = 100;

export async function upload(world: World, typed: string[], options: UploadOptions): Promise<ExitCode> {
  const given = await openGiven(typed, {
    cwd: world.cwd, streamName: options.name ?? unnamed, isSensitive: options.sensitive ? () => false : (path) => world.isSensitive(path),
    passedOver: (name, count) => world.terminal.say(text('cli.passed-over', { name: printable(name), count })),
  });
  const job = new UploadJob(world, given, options);
  return job.run();
}

class UploadJob {
  readonly #world: World;
  readonly #given: readonly Given[];
  readonly #options: UploadOptions;
  readonly #places = new Map<UploadId, number>();
  readonly #progress = new Progress();
  #core: Core | undefined;
  #report: Report | undefined;
  #left = 0;
  #allEnded: () => void = () => undefined;

  constructor(world: World, given: readonly Given[], options: UploadOptions) {
    this.#world = world;
    this.#given = given;
    this.#options = options;
  }

  async run(): Promise<ExitCode> {
    const { terminal, stop } = this.#world;
    const core = await this.#world.open({ sources: sourcesWith(this.#world.stdin), events: { changed: (upload) => this.#changed(upload) } });
    this.#core = core;
    try {
      const profile = this.#destination(core);
      if (!profile) return exitCodes.usage;
      this.#report = new Report(terminal, this.#given, this.#options.json ? 'json' : 'links');
      await this.#send(core, profile);
      await this.#report.told();
      if (stop.aborted) return exitCodes.interrupted;
      return this.#report.failed > 0 ? exitCodes.failed : exitCodes.done;
    } finally {
      terminal.close();
      await core.close();
    }
  }

  #destination({ profiles }: Core): Profile | undefined {
    const { to } = this.#options;
    const profile = to === undefined ? profiles.current() : profiles.find(to);
    if (profile) return profile;
    const names = profiles.view().profiles.map((p) => p.name);
    this.#world.terminal.say(text('cli.no-destination', { name: to ?? '', count: names.length, names: names.join(', ') }));
    return undefined;
  }

  async #send(core: Core, profile: Profile): Promise<void> {
    const { terminal, stop } = this.#world;
    const places = this.#given.flatMap((one, place) => ('file' in one ? [place] : []));
    if (places.length === 0) return;
    if (profile.id === practiceId) terminal.say(text('cli.practice.note', { count: places.length }));
    if (profile.id === environmentId) terminal.say(text('cli.environment.note'));
    const ended = new Promise<void>((resolve) => { this.#allEnded = resolve; });
    this.#left = places.length;
    core.start();
    const uploads = core.enqueue(places.map((place) => (this.#given[place] as { file: AcceptedFile }).file), profile.id);
    uploads.forEach((upload, i) => this.#places.set(upload.id, places[i]!));
    const cancel = (): void => { for (const { id } of uploads) core.engine.cancel(id); };
    stop.addEventListener('abort', cancel, { once: true });
    if (stop.aborted) cancel();
    const drawing = setInterval(() => terminal.progress(this.#progress.line(Date.now())), drawMs);
    await ended;
    clearInterval(drawing);
  }

  #changed(upload: Upload): void {
    this.#progress.changed(upload);
    const place = this.#places.get(upload.id);
    if (!isTerminal(upload) || place === undefined) return;
    this.#places.delete(upload.id);
    this.#report?.ended(place, this.#given[place]!.typed, this.#core!.view(upload));
    if (--this.#left === 0) this.#allEnded();
  }
}
