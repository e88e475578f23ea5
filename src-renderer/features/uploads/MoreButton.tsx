import { useState, type RefObject } from 'react';
import { Button } from 'react-aria-components';
import { text } from '../../../src-shared/text/text.ts';
import buttonStyles from '../../ui/Button.module.css';
import { classNames } from '../../ui/class-names.ts';
import { glyph } from '../../ui/glyph.ts';

/** Opens the menu of a row. */
export function MoreButton({ name, onMenu }: { name: string; onMenu: (anchor: RefObject<Element | null>) => void }) {
  const [button, setButton] = useState<Element | null>(null);
  return (
    <Button
      ref={setButton}
      excludeFromTabOrder
      aria-label={text('ui.row.more', { name })}
      aria-haspopup="menu"
      data-row-menu=""
      className={classNames(buttonStyles.button, buttonStyles.icon, glyph('more'))}
      onPress={() => onMenu({ current: button })}
    />
  );
}
