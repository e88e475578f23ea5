/** Opens the wizard again, with the typed values, if it was open when the previous page ended. */
import type { Hoist } from '../../../hoist.ts';

export async function reopenSetup({ bridge, profiles, screen }: Hoist): Promise<void> {
  const answer = await bridge.profiles.savedSetup();
  if (!answer.ok || !answer.value.open) return;
  const draft = answer.value.open;
  const reopen = (): void => {
    if (!screen.getState().setup) screen.setState({ setup: { kind: 'add', draft } });
  };
  // The wizard needs the providers.
  if (profiles.getState().ready) {
    reopen();
    return;
  }
  const unsubscribe = profiles.subscribe(({ ready }) => {
    if (!ready) return;
    unsubscribe();
    reopen();
  });
}
