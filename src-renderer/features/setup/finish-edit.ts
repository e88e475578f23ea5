/**
 * Finishes the editing of a destination: shows a message, and retries the uploads that failed with the old settings.
 */
import type { ProfileView } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { Hoist } from '../../hoist.ts';
import { loadApp } from '../../stores/app.ts';
import { showToast } from '../../stores/feedback.ts';
import { refreshProfiles } from '../../stores/profiles.ts';
import type { SetupRequest } from '../../stores/screen.ts';
import { isProfileFix, primaryAction } from '../uploads/row-actions.ts';

export async function finishEdit(
  hoist: Hoist,
  request: Extract<SetupRequest, { kind: 'edit' }>,
  saved: ProfileView,
): Promise<void> {
  hoist.screen.setState({ setup: undefined });
  const isForSession = saved.secretStorage === 'session';
  const sentence = isForSession ? text('ui.setup.keys-session') : text('ui.toast.saved', { name: saved.name });
  showToast(hoist.feedback, { sentence, tone: isForSession ? 'calm' : 'done' });
  void loadApp(hoist.app, hoist.bridge);
  hoist.announcer.announceNow(sentence);
  await refreshProfiles(hoist.profiles, hoist.bridge);
  if (request.then === 'retry') await retryFixed(hoist, saved);
}

/** Retries the uploads that stopped because of the settings or the key of this destination. */
async function retryFixed({ uploads, bridge }: Hoist, profile: ProfileView): Promise<void> {
  const { now, byId } = uploads.getState();
  const fixed = now
    .flatMap((id) => byId.get(id) ?? [])
    .filter((upload) => upload.profileId === profile.id && isProfileFix(primaryAction(upload)));
  if (fixed.length > 0) await bridge.uploads.retry({ ids: fixed.map(({ id }) => id) });
}
