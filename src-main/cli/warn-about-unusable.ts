/** Warns at the start of a command about destinations that cannot be used until the user fixes them. */
import { text } from '../../src-shared/text/text.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import type { Core } from '../core.ts';
import { formatState } from './setup/describe.ts';
import { createFixHint } from './setup/fix-hint.ts';
import { printable } from './format.ts';
import type { CliContext } from './cli-context.ts';

/** @param ids in the order in which the uploads would use them */
export function warnAboutUnusable(core: Core, context: CliContext, ids: Iterable<ProfileId>): void {
  const fixHint = createFixHint(core, context);
  const views = core.profiles.views.all().profiles;
  for (const id of new Set(ids)) {
    const view = views.find((profile) => profile.id === id);
    if (view?.status.state === 'needs-sign-in' || view?.status.state === 'needs-setup')
      context.terminal.message(text('cli.warning', { name: printable(view.name), state: formatState(view, fixHint) }));
  }
}
