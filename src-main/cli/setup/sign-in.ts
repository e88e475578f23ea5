/** Signs in from a terminal: prints the address of the sign-in page, which the user opens in any browser. */
import type { ProfileDraft } from '../../../src-shared/profile.ts';
import type { Field } from '../../../src-shared/provider.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { Core } from '../../core.ts';
import type { Prompt } from '../prompt.ts';
import { Interrupted } from '../cli-errors.ts';
import type { CliContext } from '../cli-context.ts';

/** @throws AppFailure canceled, stalled, or the error of the service */
export async function signInAtTerminal(
  { terminal, prompt }: Pick<CliContext, 'terminal'> & { prompt: Prompt },
  core: Core,
  draft: ProfileDraft,
  field: Field,
): Promise<ProfileDraft> {
  const controller = new AbortController();
  try {
    const { value, settings } = await core.profiles.drafts.signIn(draft, field.key, ({ url, code, paste }) => {
      terminal.message(text('cli.sign-in.open', { url }));
      if (code !== undefined) terminal.message(text('cli.sign-in.code', { code }));
      if (paste) void promptForPastedCode(core, prompt, controller.signal);
    });
    return {
      ...draft,
      settings: { ...draft.settings, ...settings },
      secrets: { ...draft.secrets, [field.key]: value },
    };
  } finally {
    controller.abort();
  }
}

/** Closes the prompt if the sign-in finishes in the browser before the user pastes a code. */
async function promptForPastedCode(core: Core, prompt: Prompt, signal: AbortSignal): Promise<void> {
  try {
    core.profiles.drafts.signIns.paste(await prompt.text(text('cli.sign-in.paste'), signal));
  } catch (cause) {
    if (!(cause instanceof Interrupted)) throw cause;
    if (!signal.aborted) core.profiles.drafts.signIns.cancel();
  }
}
