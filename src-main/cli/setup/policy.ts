/** `hoist setup policy NAME`: what the bucket's owner pastes to let everyone read what a destination stores. */
import type { CheckReport, ProfileDraft } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { Core } from '../../core.ts';
import { printable } from '../format.ts';
import { exitCodes, type ExitCode, type CliContext } from '../cli-context.ts';
import type { JsonOption } from './change.ts';
import { requireSavedProfile, withCore } from './with-core.ts';

/** Undefined where the service has no bucket policies. Asked for by name it is shown also for links that expire. */
function bucketPolicy(core: Core, draft: Pick<ProfileDraft, 'providerId' | 'name' | 'settings'>): string | undefined {
  const { providerId, name, settings } = draft;
  return core.profiles.drafts.preview({ providerId, name, settings: { ...settings, linkKind: 'public' }, secrets: {} })
    .link?.policy;
}

export const policyCommand = (context: CliContext, typed: string, { json }: JsonOption): Promise<ExitCode> =>
  withCore(context, async (core) => {
    const profile = requireSavedProfile(core, typed);
    const policyText = bucketPolicy(core, profile);
    if (policyText === undefined) {
      context.terminal.message(text('cli.setup.policy.none', { name: printable(profile.name) }));
      return exitCodes.failed;
    }
    await context.terminal.result(
      json ? JSON.stringify({ name: profile.name, policy: JSON.parse(policyText) as unknown }) : policyText,
    );
    context.terminal.message(text('ui.setup.policy-help'));
    return exitCodes.done;
  });

/** A public link that does not open, or an ACL that is not taken, is mended in the bucket: what is to be pasted there is said at once. */
export function printPolicyHint(
  { terminal }: Pick<CliContext, 'terminal'>,
  core: Core,
  draft: Pick<ProfileDraft, 'providerId' | 'name' | 'settings'>,
  { results }: CheckReport,
): void {
  const isAboutReading =
    draft.settings.linkKind === 'public' &&
    results.some(({ outcome, error }) => outcome === 'failed' && ['linkKind', 'acl'].includes(error?.field ?? ''));
  const policyText = isAboutReading ? bucketPolicy(core, draft) : undefined;
  if (policyText !== undefined) terminal.message(`${text('ui.setup.policy-help')}\n${policyText}`);
}
