import type { LucideIcon } from 'lucide-react';
import type { Ref } from 'react';
import { Button as AriaButton, TooltipTrigger, type PressEvent } from 'react-aria-components';
import styles from './Button.module.css';
import { classNames } from './class-names.ts';
import { Tooltip } from './Tooltip.tsx';

export interface IconButtonProps {
  icon: LucideIcon;
  label: string;
  /** The tooltip, if it is shorter than the label. */
  tip?: string;
  onPress: (event: PressEvent) => void;
  /** Whether the button is in a row of the upload list: Tab skips it, and the arrow keys reach it. */
  isRoving?: boolean;
  className?: string;
  ref?: Ref<HTMLButtonElement>;
  /** Marks the button that opens the search. */
  'data-search'?: boolean;
  'aria-expanded'?: boolean;
  'aria-controls'?: string;
  'aria-haspopup'?: 'menu' | 'dialog';
}

/** A button that shows only an icon; a tooltip shows its label. */
export function IconButton({
  icon: Icon,
  label,
  tip = label,
  isRoving,
  className,
  'aria-expanded': expanded,
  'aria-haspopup': popup,
  ...buttonProps
}: IconButtonProps) {
  return (
    <TooltipTrigger delay={600}>
      <AriaButton
        {...buttonProps}
        aria-label={label}
        aria-expanded={expanded}
        aria-haspopup={popup}
        excludeFromTabOrder={isRoving}
        className={classNames(styles.button, styles.icon, className)}
      >
        <Icon size={18} strokeWidth={1.75} aria-hidden />
      </AriaButton>
      <Tooltip>{tip}</Tooltip>
    </TooltipTrigger>
  );
}
