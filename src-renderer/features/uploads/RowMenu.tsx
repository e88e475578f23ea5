import type { RefObject } from 'react';
import { text } from '../../../src-shared/text/text.ts';
import { displaySafeName } from '../../format/file-name.ts';
import { MenuItem, MenuPopover } from '../../ui/Menu.tsx';
import type { MenuChoice } from './menu-choices.ts';

/** `name`: the name of the file or folder. `rect`: the pointer's position; without it, the menu opens at its button. */
export interface OpenMenu {
  name: string;
  choices: MenuChoice[];
  anchor: RefObject<Element | null>;
  rect?: DOMRect;
}

/** All rows share one menu, which keeps the rows cheap to render. */
export function RowMenu({ menu, onClose }: { menu: OpenMenu; onClose: () => void }) {
  const { name, choices, anchor, rect } = menu;
  return (
    <MenuPopover
      label={text('ui.menu.label', { name: displaySafeName(name) })}
      placement={rect ? 'bottom start' : 'bottom end'}
      open={{ onClose, triggerRef: anchor, rect }}
      onAction={(id) => choices.find((choice) => choice.id === id)?.run()}
    >
      {choices.map(({ id, label, icon, tone }) => (
        <MenuItem key={id} id={id} label={label} icon={icon} tone={tone} />
      ))}
    </MenuPopover>
  );
}
