/** `hoist setup policy NAME`: prints the bucket policy that makes a destination's objects public. */
import type { CheckReport, ProfileDraft } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { Core } from '../../core.ts';
import { printable } from '../format.ts';
import { exitCodes, type ExitCode, type CliContext } from '../cli-context.ts';
import type { JsonOption } from './change.ts';
import { requireSavedProfile, withCore } from './with-core.ts';

/** Undefined when the service has no bucket policies. Also works for a destination whose links expire. */
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

/**
 * When a test fails because a public link does not open or the ACL is refused, prints the bucket policy that fixes it.
 */
export function printPolicyHint(
  { terminal }: Pick<CliContext, 'terminal'>,
  core: Core,
  draft: Pick<ProfileDraft, 'providerId' | 'name' | 'settings'>,
  { results }: CheckReport,
): void {
  const isReadRefused =
    draft.settings.linkKind === 'public' &&
    results.some(({ outcome, error }) => outcome === 'failed' && ['linkKind', 'acl'].includes(error?.field ?? ''));
  const policyText = isReadRefused ? bucketPolicy(core, draft) : undefined;
  if (policyText !== undefined) terminal.message(`${text('ui.setup.policy-help')}\n${policyText}`);
}
