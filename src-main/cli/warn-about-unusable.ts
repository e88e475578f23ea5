/** Said when a command begins to send: a destination that it may need cannot be used as it is. */
import { text } from '../../src-shared/text/text.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import type { Core } from '../core.ts';
import { formatState } from './setup/describe.ts';
import { printable } from './format.ts';
import type { CliContext } from './cli-context.ts';

/** @param ids in the order in which they would be tried */
export function warnAboutUnusable({ profiles }: Core, { terminal }: CliContext, ids: Iterable<ProfileId>): void {
  const views = profiles.views.all().profiles;
  for (const id of new Set(ids)) {
    const view = views.find((one) => one.id === id);
    if (view?.status.state === 'needs-sign-in' || view?.status.state === 'needs-setup')
      terminal.message(text('cli.warning', { name: printable(view.name), state: formatState(view) }));
  }
}
