/** From files in the window to uploads. What was accepted is never lost: without a destination it waits for one. */
import type { Accepted } from '../../../src-shared/ipc/contract.ts';
import type { Result } from '../../../src-shared/errors.ts';
import type { ProfileId } from '../../../src-shared/upload.ts';
import type { Hoist } from '../../hoist.ts';
import { practiceId } from '../../../src-shared/profile.ts';
import { currentProfile } from '../../stores/profiles.ts';
import { tellError } from '../uploads/act.ts';
import { acceptedFiles, mergeGroups, passedOverIn, refusedGroups, type AcceptedFile } from './refused.ts';

export const dropFiles = async (hoist: Hoist, files: File[]): Promise<void> =>
  takeFiles(hoist, await hoist.bridge.files.drop(files));
export const pasteFiles = async (hoist: Hoist, files: File[]): Promise<void> =>
  takeFiles(hoist, await hoist.bridge.files.paste(files));
export const chooseFiles = async (hoist: Hoist): Promise<void> => takeFiles(hoist, await hoist.bridge.files.choose());

/** Also for what the tray and the menu could not send. */
export async function takeFiles(hoist: Hoist, answer: Result<Accepted[]>): Promise<void> {
  if (!answer.ok) {
    tellError(hoist, answer.error);
    return;
  }
  const groups = refusedGroups(answer.value);
  if (groups.length > 0) hoist.screen.setState(({ refused }) => ({ refused: mergeGroups(refused, groups) }));
  const left = passedOverIn(answer.value);
  if (left.length > 0) hoist.screen.setState(({ passedOver }) => ({ passedOver: [...passedOver, ...left] }));
  const files = acceptedFiles(answer.value);
  if (files.length === 0) return;
  const profile = currentProfile(hoist.profiles.getState());
  if (!profile) keepForLater(hoist, files);
  else if (hoist.settings.getState().askName && files.some(isNamed))
    hoist.screen.setState(({ naming }) => ({ naming: [...naming, ...files] }));
  else await sendFiles(hoist, files, profile.id);
}

/** A folder keeps its own name, and its files theirs. */
export const isNamed = ({ files }: AcceptedFile): boolean => files === undefined;

/** @param names as they were chosen, in the order of the files; null where a file keeps its own */
export async function sendNamed(hoist: Hoist, files: AcceptedFile[], names: (string | null)[]): Promise<void> {
  hoist.screen.setState({ naming: [] });
  const profile = currentProfile(hoist.profiles.getState());
  if (profile) await sendFiles(hoist, files, profile.id, names);
  else keepForLater(hoist, files);
}

function keepForLater(hoist: Hoist, files: AcceptedFile[]): void {
  hoist.screen.setState(({ pending, setup }) => ({ pending: [...pending, ...files], setup: setup ?? { kind: 'add' } }));
}

async function sendFiles(
  hoist: Hoist,
  files: AcceptedFile[],
  profileId: ProfileId,
  names?: (string | null)[],
): Promise<void> {
  if (profileId === practiceId) hoist.screen.setState({ isPractising: true });
  const answer = await hoist.bridge.uploads.enqueue({
    tokens: files.map(({ token }) => token),
    profileId,
    ...(names && { names }),
  });
  if (answer.ok) return;
  if (answer.error.code === 'no-destination') keepForLater(hoist, files);
  else tellError(hoist, answer.error);
}

/** The files that waited go to the destination that was just saved or chosen. */
export async function sendPending(hoist: Hoist, profileId: ProfileId): Promise<void> {
  const { pending } = hoist.screen.getState();
  if (pending.length === 0) return;
  hoist.screen.setState({ pending: [] });
  await sendFiles(hoist, pending, profileId);
}
