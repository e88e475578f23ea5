/** Sends files from the window. Accepted files are never lost: without a destination, they wait until one is set up. */
import type { IntakeResult } from '../../../src-shared/ipc/contract.ts';
import type { Result } from '../../../src-shared/errors.ts';
import type { ProfileId } from '../../../src-shared/upload.ts';
import type { Hoist } from '../../hoist.ts';
import { practiceId } from '../../../src-shared/profile.ts';
import { currentProfile } from '../../stores/profiles.ts';
import { announcePolitely, showToast } from '../../stores/feedback.ts';
import { text } from '../../../src-shared/text/text.ts';
import { showError } from '../uploads/run-row-action.ts';
import {
  acceptedItems,
  mergeRefusedGroups,
  listSkippedFiles,
  groupRefused,
  type AcceptedItem,
} from '../../stores/intake-results.ts';

export const sendDropped = async (hoist: Hoist, files: File[]): Promise<void> =>
  handleIntake(hoist, await hoist.bridge.files.drop(files));
export async function sendPasted(hoist: Hoist, files: File[]): Promise<void> {
  const answer = await hoist.bridge.files.paste(files);
  // Main found no files on the clipboard.
  if (answer.ok && answer.value.length === 0) {
    const sentence = text('ui.drop.paste-refused');
    showToast(hoist.feedback, { sentence, tone: 'danger' });
    announcePolitely(hoist.feedback, sentence);
  } else await handleIntake(hoist, answer);
}
export const chooseAndSend = async (hoist: Hoist): Promise<void> =>
  handleIntake(hoist, await hoist.bridge.files.choose());

/** Sends the accepted files and shows the rejected ones. Also called for files from the tray and the menu. */
export async function handleIntake(hoist: Hoist, answer: Result<IntakeResult[]>): Promise<void> {
  if (!answer.ok) {
    showError(hoist, answer.error);
    return;
  }
  const groups = groupRefused(answer.value);
  if (groups.length > 0) hoist.screen.setState(({ refused }) => ({ refused: mergeRefusedGroups(refused, groups) }));
  const skipped = listSkippedFiles(answer.value);
  if (skipped.length > 0)
    hoist.screen.setState(({ skippedFiles }) => ({ skippedFiles: [...skippedFiles, ...skipped] }));
  const files = acceptedItems(answer.value);
  if (files.length === 0) return;
  const profile = currentProfile(hoist.profiles.getState());
  if (!profile) holdUntilDestination(hoist, files);
  else if (hoist.settings.getState().askName && files.some(isRenamable))
    hoist.screen.setState(({ naming }) => ({ naming: [...naming, ...files] }));
  else await sendFiles(hoist, files, profile.id);
}

/** Whether the user can enter another name. A folder and its files keep their names. */
export const isRenamable = ({ files }: AcceptedItem): boolean => files === undefined;

/** @param names the chosen names in the order of the files; null if a file keeps its name */
export async function sendWithNames(hoist: Hoist, files: AcceptedItem[], names: (string | null)[]): Promise<void> {
  hoist.screen.setState({ naming: [] });
  const profile = currentProfile(hoist.profiles.getState());
  if (profile) await sendFiles(hoist, files, profile.id, names);
  else holdUntilDestination(hoist, files);
}

/** Keeps the files until a destination is set up, and opens the setup. */
function holdUntilDestination(hoist: Hoist, files: AcceptedItem[]): void {
  hoist.screen.setState(({ pending, setup }) => ({ pending: [...pending, ...files], setup: setup ?? { kind: 'add' } }));
}

async function sendFiles(
  hoist: Hoist,
  files: AcceptedItem[],
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
  if (answer.error.code === 'no-destination') holdUntilDestination(hoist, files);
  else showError(hoist, answer.error);
}

/** Sends the waiting files to the destination that was just saved or chosen. */
export async function sendPending(hoist: Hoist, profileId: ProfileId): Promise<void> {
  const { pending } = hoist.screen.getState();
  if (pending.length === 0) return;
  hoist.screen.setState({ pending: [] });
  await sendFiles(hoist, pending, profileId);
}
