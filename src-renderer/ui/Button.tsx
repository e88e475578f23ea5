import type { ReactNode, Ref } from 'react';
import { Button as AriaButton, type PressEvent } from 'react-aria-components';
import styles from './Button.module.css';
import { classNames } from './class-names.ts';

export interface ButtonProps {
  tone?: 'default' | 'primary' | 'quiet' | 'danger';
  /** Longer label for screen readers; starts with the visible words. */
  label?: string;
  /** A submit button does nothing here: its form handles the submission. */
  onPress: (event: PressEvent) => void;
  isDisabled?: boolean;
  isPending?: boolean;
  /** Whether the button is in a row of the upload list: Tab skips it, and the arrow keys reach it. */
  isRoving?: boolean;
  autoFocus?: boolean;
  type?: 'button' | 'submit';
  /** ID of the form that the button submits, if the button is outside of it. */
  form?: string;
  ref?: Ref<HTMLButtonElement>;
  className?: string;
  children: ReactNode;
}

export function Button({ tone = 'default', label, isRoving, className, ...buttonProps }: ButtonProps) {
  return (
    <AriaButton
      {...buttonProps}
      aria-label={label}
      excludeFromTabOrder={isRoving}
      className={classNames(styles.button, tone !== 'default' && styles[tone], className)}
    />
  );
}
