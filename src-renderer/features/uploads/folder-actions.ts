/** Actions for all files of a folder. */
import type { UploadView } from '../../../src-shared/upload.ts';
import { displaySafeName } from '../../format/file-name.ts';
import type { Hoist } from '../../hoist.ts';
import { unfinishedCount, type UploadFolder } from '../../stores/folders.ts';
import { runGroupAction } from './run-group-action.ts';
import { canDelete } from './destination-capabilities.ts';
import type { GroupAction } from './group-actions.ts';

const folderUploads = ({ uploads }: Pick<Hoist, 'uploads'>, folder: UploadFolder): UploadView[] => {
  const { byId } = uploads.getState();
  return folder.ids.flatMap((id) => byId.get(id) ?? []);
};

/** The actions that the folder's files allow, derived from the counts of their states. */
export function availableActions(folder: UploadFolder): GroupAction[] {
  const { counts, elsewhere } = folder;
  // The window cannot change uploads of another process.
  if (elsewhere > 0) return counts.done > 0 ? ['copy'] : [];
  const unfinished = unfinishedCount(folder);
  const isOffered: Record<GroupAction, boolean> = {
    copy: counts.done > 0,
    pause: counts.queued + counts.uploading + counts.waiting > 0,
    resume: counts.paused > 0,
    retry: counts.failed > 0,
    cancel: unfinished > 0,
    remove: unfinished === 0,
    unpublish: counts.done > 0,
  };
  return menuOrder.filter((action) => isOffered[action]);
}

/** In the order of the menu. */
const menuOrder: readonly GroupAction[] = ['copy', 'retry', 'resume', 'pause', 'cancel', 'remove', 'unpublish'];

/** The actions of the menu: also depend on whether the destination can delete files. */
export function folderActions(hoist: Hoist, folder: UploadFolder): GroupAction[] {
  const first = folder.ids[0];
  const profileId = first === undefined ? undefined : hoist.uploads.getState().byId.get(first)?.profileId;
  const isDeletable = profileId !== undefined && canDelete(hoist.profiles.getState(), profileId);
  return availableActions(folder).filter((action) => action !== 'unpublish' || isDeletable);
}

export function runFolderAction(hoist: Hoist, folder: UploadFolder, action: GroupAction): void {
  const files = folderUploads(hoist, folder);
  runGroupAction(hoist, files, action, {
    name: displaySafeName(folder.name),
    destination: files[0]?.destination ?? '',
  });
}

export type FolderKeyPress = 'Enter' | 'Space' | 'Delete' | 'Ctrl+Enter';

/** The action of a key on a focused folder; Enter opens and closes it. */
export function folderKeyAction(folder: UploadFolder, key: FolderKeyPress): GroupAction | 'toggle' | undefined {
  const actions = availableActions(folder);
  switch (key) {
    case 'Enter':
      return 'toggle';
    case 'Space':
      return actions.find((action) => action === 'pause') ?? actions.find((action) => action === 'resume');
    case 'Delete':
      return actions.find((action) => action === 'cancel' || action === 'remove');
    case 'Ctrl+Enter':
      return undefined;
  }
}

/** The primary action; undefined when there is none, or when another process runs the folder. */
export function folderPrimary(
  folder: UploadFolder,
): Extract<GroupAction, 'pause' | 'resume' | 'retry' | 'copy' | 'cancel' | 'remove'> | undefined {
  const actions = availableActions(folder);
  return (['pause', 'resume', 'cancel', 'retry', 'copy', 'remove'] as const).find((action) => actions.includes(action));
}
