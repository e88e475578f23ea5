/** `hoist setup policy NAME`: what the bucket's owner pastes to let everyone read what a destination stores. */
import type { CheckReport, ProfileDraft } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { Core } from '../../core.ts';
import { printable } from '../words.ts';
import { exitCodes, type ExitCode, type World } from '../world.ts';
import type { JsonOption } from './change.ts';
import { savedProfile, withCore } from './with-core.ts';

/** Undefined where the service has no bucket policies. Asked for by name it is shown also for links that expire. */
function policyOf(core: Core, draft: Pick<ProfileDraft, 'providerId' | 'name' | 'settings'>): string | undefined {
  const { providerId, name, settings } = draft;
  return core.profiles.preview({ providerId, name, settings: { ...settings, linkKind: 'public' }, secrets: {} }).link
    ?.policy;
}

export const policy = (world: World, typed: string, { json }: JsonOption): Promise<ExitCode> =>
  withCore(world, async (core) => {
    const profile = savedProfile(core, typed);
    const found = policyOf(core, profile);
    if (found === undefined) {
      world.terminal.say(text('cli.setup.policy.none', { name: printable(profile.name) }));
      return exitCodes.failed;
    }
    await world.terminal.result(
      json ? JSON.stringify({ name: profile.name, policy: JSON.parse(found) as unknown }) : found,
    );
    world.terminal.say(text('ui.setup.policy-help'));
    return exitCodes.done;
  });

/** A public link that does not open, or an ACL that is not taken, is mended in the bucket: what is to be pasted there is said at once. */
export function sayPolicy(
  { terminal }: Pick<World, 'terminal'>,
  core: Core,
  draft: Pick<ProfileDraft, 'providerId' | 'name' | 'settings'>,
  { results }: CheckReport,
): void {
  const isAboutReading =
    draft.settings.linkKind === 'public' &&
    results.some(({ outcome, error }) => outcome === 'failed' && ['linkKind', 'acl'].includes(error?.field ?? ''));
  const found = isAboutReading ? policyOf(core, draft) : undefined;
  if (found !== undefined) terminal.say(`${text('ui.setup.policy-help')}\n${found}`);
}
