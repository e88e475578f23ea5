import { Copy, Eraser, ExternalLink, FolderOpen, Pencil, RotateCw, Trash2, X, type LucideIcon } from 'lucide-react';
import type { RefObject } from 'react';
import { text } from '../../../src-shared/text/text.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import { safeName } from '../../format/file-name.ts';
import { MenuItem, MenuPopover } from '../../ui/Menu.tsx';
import { useHoist } from '../../use-hoist.ts';
import { act } from './act.ts';
import { menuActions, type RowAction } from './row-actions.ts';

/** `rect`: where the pointer asked for it; without, it hangs on its button. */
export interface OpenMenu { upload: UploadView; anchor: RefObject<Element | null>; rect?: DOMRect }

const icons: Record<RowAction, LucideIcon> = {
  copy: Copy, open: ExternalLink, reveal: FolderOpen, retry: RotateCw, 'fix-key': Pencil, fix: Pencil, cancel: X, remove: Trash2, empty: Eraser,
};

function labelOf(action: RowAction, upload: UploadView): string {
  return action === 'fix-key' || action === 'fix' ? text('ui.menu.fix', { destination: upload.destination }) : text(`ui.menu.${action}`);
}

/** One menu for all rows, so that a row costs nothing for it. */
export function RowMenu({ menu, onClose }: { menu: OpenMenu; onClose: () => void }) {
  const hoist = useHoist();
  const { upload, anchor, rect } = menu;
  const actions = menuActions(upload);
  return (
    <MenuPopover
      label={text('ui.menu.label', { name: safeName(upload.name) })} placement={rect ? 'bottom start' : 'bottom end'} open={{ onClose, triggerRef: anchor, rect }}
      onAction={(id) => { const action = actions.find((one) => one === id); if (action) act(hoist, upload, action); }}
    >
      {actions.map((action) => (
        <MenuItem key={action} id={action} label={labelOf(action, upload)} icon={icons[action]} tone={action === 'remove' || action === 'cancel' ? 'danger' : undefined} />
      ))}
    </MenuPopover>
  );
}
