/** `hoist upload`: files in, links out. */
import { practiceId } from '../../src-shared/profile.ts';
import { text } from '../../src-shared/text/text.ts';
import type { ChainStep } from '../../src-shared/upload.ts';
import type { Core } from '../core.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import { isEnvironmentId } from '../profiles/built-ins.ts';
import { Follow } from './follow.ts';
import { openGiven, type Given } from './given-files.ts';
import { chainWith, wishedLink, type LinkOptions } from './link-options.ts';
import { nameGiven, wantedNames, type NameOptions } from './given-names.ts';
import { sourcesWith, unnamed } from './standard-input.ts';
import { warnOfMissing } from './warn.ts';
import { printable } from './words.ts';
import { exitCodes, type ExitCode, type World } from './world.ts';

export interface UploadOptions extends NameOptions, LinkOptions {
  to?: string;
  json?: boolean;
  sensitive?: boolean;
  /** False: never another destination than the first. */
  fallback?: boolean;
}

export async function upload(world: World, typed: string[], options: UploadOptions): Promise<ExitCode> {
  const { terminal } = world;
  const wanted = wantedNames(options, typed.length);
  const wish = wishedLink(options);
  const opened = await openGiven(typed, {
    cwd: world.cwd,
    streamName: unnamed,
    isSensitive: options.sensitive ? () => false : (path) => world.isSensitive(path),
    passedOver: (name, count) => terminal.say(text('cli.passed-over', { name: printable(name), count })),
  });
  let follow: Follow | undefined;
  const core = await world.open({
    sources: sourcesWith(world.stdin),
    events: { changed: (changed) => follow?.changed(changed), removed: (id) => follow?.removed(id) },
  });
  try {
    const known = chainFor(core, world, options);
    if (!known) return exitCodes.usage;
    const chain = chainWith(core, known, wish);
    const given = await nameGiven(opened, wanted, core.profiles.name(chain[0]?.profileId ?? ''));
    follow = new Follow(world, given, options.json ? 'json' : 'links');
    const places = given.flatMap((one, place) => ('file' in one ? [place] : []));
    sayWhere(world, core, chain, places.length);
    warnOfMissing(
      core,
      world,
      chain.map(({ profileId }) => profileId),
    );
    core.start();
    return await follow.run(core, places, () =>
      core.enqueue(
        places.map((place) => ({ ...fileOf(given[place]!), ...(wish ? { wish } : {}) })),
        chain,
      ),
    );
  } finally {
    terminal.close();
    await core.close();
  }
}

const fileOf = (given: Given): AcceptedFile => (given as { file: AcceptedFile }).file;

/** Undefined, and said, when a destination is not known. Several are tried in the order in which they were named. */
function chainFor({ profiles }: Core, { terminal }: World, { to, fallback }: UploadOptions): ChainStep[] | undefined {
  const names = to === undefined ? [] : profiles.find(to) ? [to] : to.split(',').map((name) => name.trim());
  const found = to === undefined ? [profiles.current()] : names.map((name) => profiles.find(name));
  const missing = found.findIndex((profile) => profile === undefined);
  if (missing !== -1) {
    terminal.say(notFoundWords(profiles, names[missing] ?? ''));
    return undefined;
  }
  const ids = found.map((profile) => profile!.id);
  if (ids.length > 1 && ids.includes(practiceId)) {
    terminal.say(text('cli.practice-alone'));
    return undefined;
  }
  if (fallback === false) return profiles.chain(ids[0]!, 'alone');
  return to === undefined ? profiles.chain(ids[0]!) : profiles.chainOf(ids);
}

function notFoundWords(profiles: Core['profiles'], name: string): string {
  const names = profiles.view().profiles.map((p) => p.name);
  return text('cli.no-destination', { name, count: names.length, names: names.join(', ') });
}

function sayWhere({ terminal }: World, { profiles }: Core, chain: ChainStep[], count: number): void {
  const first = chain[0]?.profileId;
  if (count === 0) return;
  if (first === practiceId) terminal.say(text('cli.practice.note', { count }));
  if (first !== undefined && isEnvironmentId(first))
    terminal.say(text('cli.environment.note', { destination: profiles.name(first) }));
}
