/** Finishes a setup: saves the destination, makes it the current one, and sends the waiting files there. */
import type { ProfileView } from '../../../src-shared/profile.ts';
import type { Hoist } from '../../hoist.ts';
import { loadApp } from '../../stores/app.ts';
import { countPending } from '../drop/pending-summary.ts';
import { sendPending } from '../drop/send-files.ts';
import { chooseDestination } from './choose-destination.ts';
import type { SetupFormState } from './use-setup-form.ts';

/** @returns undefined if the form shows an error. `sent`: the number of waiting files that were sent */
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
