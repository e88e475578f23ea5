/** The end of a setup: it is saved, used from now on, and what waited for a destination goes there. */
import type { ProfileView } from '../../../src-shared/profile.ts';
import type { Hoist } from '../../hoist.ts';
import { loadApp } from '../../stores/app.ts';
import { countPending } from '../drop/pending-summary.ts';
import { sendPending } from '../drop/send-files.ts';
import { chooseDestination } from './choose-destination.ts';
import type { SetupFormState } from './use-setup-form.ts';

/** @returns undefined when something is to be corrected; the form shows it. `sent`: files that waited and are on their way */
export async function saveSetup(
  hoist: Hoist,
  form: SetupFormState,
): Promise<{ saved: ProfileView; sent: number } | undefined> {
  const saved = await form.save();
  if (!saved) return undefined;
  void loadApp(hoist.app, hoist.bridge);
  const sent = countPending(hoist.screen.getState().pending);
  await chooseDestination(hoist, saved.id);
  await sendPending(hoist, saved.id);
  return { saved, sent };
}
