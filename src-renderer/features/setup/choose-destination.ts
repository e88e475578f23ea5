import type { FoundView } from '../../../src-shared/profile.ts';
import type { Hoist } from '../../hoist.ts';
import { refreshProfiles } from '../../stores/profiles.ts';
import { sendPending } from '../drop/send.ts';
import { tellError } from '../uploads/act.ts';

/**
 * The one confirmation after which what was found is used; files that waited for a destination go there. What does not say
 * everything opens the wizard, which asks for the rest.
 */
export async function adoptFound(hoist: Hoist, found: FoundView): Promise<void> {
  if (found.needs.length > 0) {
    hoist.screen.setState({ setup: { kind: 'add', foundId: found.id } });
    return;
  }
  const answer = await hoist.bridge.profiles.adopt({ foundId: found.id });
  if (!answer.ok) {
    tellError(hoist, answer.error);
    return;
  }
  await chooseDestination(hoist, answer.value.id);
  await sendPending(hoist, answer.value.id);
}

export async function chooseDestination(hoist: Hoist, id: string): Promise<void> {
  const answer = await hoist.bridge.profiles.use({ id });
  if (!answer.ok) {
    tellError(hoist, answer.error);
    return;
  }
  await refreshProfiles(hoist.profiles, hoist.bridge);
}
