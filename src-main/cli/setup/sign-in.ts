/** A sign-in from a terminal: the person opens the page in whatever browser they have. */
import type { ProfileDraft } from '../../../src-shared/profile.ts';
import type { Field } from '../../../src-shared/provider.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { Core } from '../../core.ts';
import type { Ask } from '../ask.ts';
import { Interrupted } from '../misunderstood.ts';
import type { World } from '../world.ts';

/** @throws AppFailure canceled, stalled, and why the service refused */
export async function signedIn(
  { terminal, ask }: Pick<World, 'terminal'> & { ask: Ask },
  core: Core,
  draft: ProfileDraft,
  field: Field,
): Promise<ProfileDraft> {
  const over = new AbortController();
  try {
    const { value, settings } = await core.profiles.signIn(draft, field.key, ({ url, code, paste }) => {
      terminal.say(text('cli.sign-in.open', { url }));
      if (code !== undefined) terminal.say(text('cli.sign-in.code', { code }));
      if (paste) void pasted(core, ask, over.signal);
    });
    return {
      ...draft,
      settings: { ...draft.settings, ...settings },
      secrets: { ...draft.secrets, [field.key]: value },
    };
  } finally {
    over.abort();
  }
}

/** The browser may be quicker; then nobody waits for the answer. */
async function pasted(core: Core, ask: Ask, over: AbortSignal): Promise<void> {
  try {
    core.profiles.pasteCode(await ask.text(text('cli.sign-in.paste'), over));
  } catch (cause) {
    if (!(cause instanceof Interrupted)) throw cause;
    if (!over.aborted) core.profiles.cancelSignIn();
  }
}
