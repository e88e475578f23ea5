import type { DiscoveredCredentialsView } from '../../../src-shared/profile.ts';
import type { Hoist } from '../../hoist.ts';
import { refreshProfiles } from '../../stores/profiles.ts';
import { sendPending } from '../drop/send-files.ts';
import { showError } from '../uploads/run-row-action.ts';

/**
 * The one confirmation after which what was found is used; files that waited for a destination go there. What does not say
 * everything opens the wizard, which asks for the rest.
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
