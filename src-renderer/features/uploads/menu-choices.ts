/** The ⋯ menu of a row, folder or error group: its labels and actions. */
import {
  CalendarDays,
  Clock,
  Copy,
  CopyPlus,
  Eraser,
  ExternalLink,
  FolderOpen,
  Info,
  Link2Off,
  ListX,
  Pause,
  Pencil,
  Play,
  Replace,
  RotateCw,
  Send,
  Trash2,
  X,
  type LucideIcon,
} from 'lucide-react';
import { text } from '../../../src-shared/text/text.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import type { Hoist } from '../../hoist.ts';
import type { UploadFolder } from '../../stores/folders.ts';
import { toggleDetails } from '../../stores/screen.ts';
import { runRowAction } from './run-row-action.ts';
import { canDelete, canCreateLinks, canRevokeLinks } from './destination-capabilities.ts';
import { errorGroupActions, runErrorGroupAction } from './error-group-actions.ts';
import type { ErrorGroup } from './error-groups.ts';
import { hasDetails } from './has-details.ts';
import { runFolderAction, folderActions } from './folder-actions.ts';
import type { GroupAction } from './group-actions.ts';
import { menuActions, type RowAction } from './row-actions.ts';

export interface MenuChoice {
  id: string;
  label: string;
  icon: LucideIcon;
  tone?: 'danger';
  run: () => void;
}

const icons: Record<RowAction, LucideIcon> = {
  copy: Copy,
  'copy-day': Clock,
  'copy-week': CalendarDays,
  open: ExternalLink,
  reveal: FolderOpen,
  retry: RotateCw,
  now: RotateCw,
  'fix-key': Pencil,
  'sign-in': Pencil,
  fix: Pencil,
  pause: Pause,
  resume: Play,
  cancel: X,
  remove: ListX,
  revoke: Link2Off,
  unpublish: Trash2,
  'send-anyway': Send,
  'empty-practice': Eraser,
  'keep-both': CopyPlus,
  replace: Replace,
};

const destructiveActions: readonly (RowAction | GroupAction)[] = ['cancel', 'revoke', 'unpublish', 'replace'];
const actionTone = (action: RowAction | GroupAction): Pick<MenuChoice, 'tone'> =>
  destructiveActions.includes(action) ? { tone: 'danger' } : {};

function actionLabel(action: RowAction, upload: UploadView): string {
  switch (action) {
    case 'fix-key':
    case 'sign-in':
    case 'fix':
      return text('ui.menu.fix', { destination: upload.destination });
    case 'unpublish':
      return text('ui.menu.unpublish', { destination: upload.destination });
    case 'send-anyway':
      return text('ui.menu.send-anyway', { destination: upload.withheld?.destination ?? '' });
    case 'retry':
      return text(upload.status === 'canceled' ? 'ui.menu.upload-again' : 'ui.menu.retry');
    default:
      return text(`ui.menu.${action}`);
  }
}

export function rowChoices(hoist: Hoist, upload: UploadView): MenuChoice[] {
  const profiles = hoist.profiles.getState();
  const isAvailable = (action: RowAction): boolean => {
    if (action === 'unpublish') return canDelete(profiles, upload.profileId);
    if (action === 'revoke') return canRevokeLinks(profiles, upload.profileId);
    if (action === 'copy-day' || action === 'copy-week') return canCreateLinks(profiles, upload.profileId);
    return true;
  };
  const choices = menuActions(upload)
    .filter(isAvailable)
    .map((action): MenuChoice => ({
      id: action,
      label: actionLabel(action, upload),
      icon: icons[action],
      ...actionTone(action),
      run: () => runRowAction(hoist, upload, action),
    }));
  if (!hasDetails(upload)) return choices;
  const details: MenuChoice = {
    id: 'details',
    label: text('ui.menu.details'),
    icon: Info,
    run: () => toggleDetails(hoist.screen, upload.id),
  };
  // “Details” goes before the choices that end or remove the upload.
  const firstRemoval = choices.findIndex(({ id }) => id === 'remove' || id === 'cancel');
  return choices.toSpliced(firstRemoval < 0 ? choices.length : firstRemoval, 0, details);
}

export function folderChoices(hoist: Hoist, folder: UploadFolder): MenuChoice[] {
  const [first] = folder.ids;
  const destination = (first === undefined ? undefined : hoist.uploads.getState().byId.get(first))?.destination ?? '';
  const label = (action: GroupAction): string => {
    const { done, failed } = folder.counts;
    if (action === 'copy') return text('ui.folder.copy-all', { count: done });
    if (action === 'retry') return text('ui.folder.retry', { count: failed });
    return action === 'unpublish' ? text('ui.menu.unpublish', { destination }) : text(`ui.menu.${action}`);
  };
  return folderActions(hoist, folder).map((action) => ({
    id: action,
    label: label(action),
    icon: icons[action],
    ...actionTone(action),
    run: () => runFolderAction(hoist, folder, action),
  }));
}

/** Each choice applies to all uploads of the group. */
export const errorGroupChoices = (hoist: Hoist, group: ErrorGroup): MenuChoice[] =>
  errorGroupActions(group).map((action) => ({
    id: action,
    label: actionLabel(action, group.first),
    icon: icons[action],
    ...actionTone(action),
    run: () => runErrorGroupAction(hoist, group, action),
  }));
