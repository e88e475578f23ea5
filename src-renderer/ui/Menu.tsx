import { Check, type LucideIcon } from 'lucide-react';
import type { ReactNode, RefObject } from 'react';
import {
  Header,
  Menu as AriaMenu,
  MenuItem as AriaItem,
  MenuSection as AriaSection,
  Popover,
  Text,
  type PopoverProps,
} from 'react-aria-components';
import { afterFocusReturned } from './after-focus-returned.ts';
import { classNames } from './class-names.ts';
import { glyph, type GlyphName } from './glyph.ts';
import styles from './Menu.module.css';

export interface MenuPopoverProps {
  label: string;
  onAction: (id: string) => void;
  children: ReactNode;
  placement?: PopoverProps['placement'];
  /**
   * Only for a menu that code opens, without a `MenuTrigger` around it. `triggerRef`: the element beside which the menu
   * opens. `rect`: where it opens instead, such as at the pointer.
   */
  open?: { onClose: () => void; triggerRef: RefObject<Element | null>; rect?: DOMRect };
}

export function MenuPopover({ label, onAction, children, placement = 'bottom start', open }: MenuPopoverProps) {
  const openProps = open && {
    isOpen: true,
    triggerRef: open.triggerRef,
    onOpenChange: (isOpen: boolean) => {
      if (!isOpen) open.onClose();
    },
    ...(open.rect && { getTargetRect: () => open.rect }),
  };
  return (
    <Popover placement={placement} offset={4} className={styles.popover ?? ''} {...openProps}>
      <AriaMenu
        aria-label={label}
        className={styles.menu ?? ''}
        // Waits until the closed menu has returned the focus to its trigger: a dialog that the action opens will return
        // the focus to the element that has it when the dialog opens.
        onAction={(id) => afterFocusReturned(() => onAction(String(id)))}
        onClose={open?.onClose}
        autoFocus="first"
      >
        {children}
      </AriaMenu>
    </Popover>
  );
}

/**
 * A group of menu items. `chosen`: the ID of the selected item, if exactly one item of the group is always selected.
 */
export function MenuSection({ title, chosen, children }: { title?: string; chosen?: string; children: ReactNode }) {
  const choice =
    chosen === undefined
      ? {}
      : { selectionMode: 'single' as const, selectedKeys: [chosen], disallowEmptySelection: true };
  return (
    <AriaSection className={styles.section} aria-label={title} {...choice}>
      {title !== undefined && <Header className={styles.header}>{title}</Header>}
      {children}
    </AriaSection>
  );
}

export interface MenuItemProps {
  id: string;
  label: string;
  description?: string;
  icon?: LucideIcon;
  tone?: 'danger' | 'warn';
  /** An icon in front of the description. */
  glyph?: GlyphName;
}

export function MenuItem({ id, label, description, icon: Icon, tone, glyph: shape }: MenuItemProps) {
  return (
    <AriaItem id={id} textValue={label} className={classNames(styles.item, tone === 'danger' && styles.danger)}>
      {({ isSelected }) => (
        <>
          {isSelected ? (
            <Check size={16} className={styles.mark} aria-hidden />
          ) : Icon ? (
            <Icon size={16} strokeWidth={1.75} className={styles.icon} aria-hidden />
          ) : (
            <span />
          )}
          <Text slot="label" className={styles.label}>
            {label}
          </Text>
          {description !== undefined && (
            <Text
              slot="description"
              className={classNames(styles.description, tone === 'warn' && styles.warn, shape && glyph(shape))}
            >
              {description}
            </Text>
          )}
        </>
      )}
    </AriaItem>
  );
}
