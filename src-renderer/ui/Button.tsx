import type { ReactNode, Ref } from 'react';
import { Button as AriaButton, type PressEvent } from 'react-aria-components';
import styles from './Button.module.css';
import { classNames } from './class-names.ts';

export interface ButtonProps {
  tone?: 'default' | 'primary' | 'quiet' | 'danger';
  /** Longer label for screen readers; starts with the visible words. */
  label?: string;
  onPress: (event: PressEvent) => void;
  isDisabled?: boolean;
  isPending?: boolean;
  /** Whether the button is part of a list with one tab stop; it is then reached with the arrow keys. */
  isRoving?: boolean;
  autoFocus?: boolean;
  type?: 'button' | 'submit';
  form?: string;
  ref?: Ref<HTMLButtonElement>;
  className?: string;
  children: ReactNode;
}

export function Button({ tone = 'default', label, isRoving, className, ...rest }: ButtonProps) {
  return (
    <AriaButton
      {...rest}
      aria-label={label}
      excludeFromTabOrder={isRoving}
      className={classNames(styles.button, tone !== 'default' && styles[tone], className)}
    />
  );
}
