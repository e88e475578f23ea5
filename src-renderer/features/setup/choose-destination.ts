import type { DiscoveredCredentialsView } from '../../../src-shared/profile.ts';
import type { Hoist } from '../../hoist.ts';
import { refreshProfiles } from '../../stores/profiles.ts';
import { sendPending } from '../drop/send-files.ts';
import { showError } from '../uploads/run-row-action.ts';

/**
 * Uses discovered credentials after the user confirmed, and sends the waiting files to the new destination. If settings
 * are missing, opens the wizard to ask for them.
 */
export async function adoptDiscovered(hoist: Hoist, discovered: DiscoveredCredentialsView): Promise<void> {
  if (discovered.needs.length > 0) {
    hoist.screen.setState({ setup: { kind: 'add', discoveredId: discovered.id } });
    return;
  }
  const answer = await hoist.bridge.profiles.adopt({ discoveredId: discovered.id });
  if (!answer.ok) {
    showError(hoist, answer.error);
    return;
  }
  await chooseDestination(hoist, answer.value.id);
  await sendPending(hoist, answer.value.id);
}

export async function chooseDestination(hoist: Hoist, id: string): Promise<void> {
  const answer = await hoist.bridge.profiles.use({ id });
  if (!answer.ok) {
    showError(hoist, answer.error);
    return;
  }
  await refreshProfiles(hoist.profiles, hoist.bridge);
}
