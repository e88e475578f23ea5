import { Check, Info, TriangleAlert, X } from 'lucide-react';
import { Button } from './Button.tsx';
import { classNames } from './class-names.ts';
import { IconButton } from './IconButton.tsx';
import styles from './Toast.module.css';

interface Action {
  label: string;
  run: () => void;
}

export interface ToastProps {
  regionLabel: string;
  dismissLabel: string;
  sentence: string;
  tone: 'done' | 'calm' | 'warn' | 'danger';
  action?: Action;
  remedy?: Action;
  onClose: () => void;
  /** The toast got the focus, or the pointer is over it: it must not disappear now. */
  onHold: () => void;
  /** The focus or the pointer left the toast. */
  onRelease: () => void;
}

const icons = { done: Check, calm: Info, warn: TriangleAlert, danger: TriangleAlert };

/** A message that disappears after a few seconds. A live region announces it to screen readers. */
export function Toast({
  regionLabel,
  dismissLabel,
  sentence,
  tone,
  action,
  remedy,
  onClose,
  onHold,
  onRelease,
}: ToastProps) {
  const Icon = icons[tone];
  const actions = [remedy, action].filter((offered) => offered !== undefined);
  return (
    <section aria-label={regionLabel} className={styles.region} data-react-aria-top-layer="true">
      <div
        className={classNames(styles.toast, styles[tone], actions.length > 1 && styles.tall)}
        onPointerEnter={onHold}
        onPointerLeave={onRelease}
        onFocus={onHold}
        onBlur={onRelease}
      >
        <Icon size={16} className={styles.mark} aria-hidden />
        <span className={styles.sentence}>{sentence}</span>
        {actions.length > 0 && (
          <div className={styles.actions}>
            {actions.map(({ label, run }) => (
              <Button
                key={label}
                tone="quiet"
                onPress={() => {
                  onClose();
                  run();
                }}
              >
                {label}
              </Button>
            ))}
          </div>
        )}
        <IconButton icon={X} label={dismissLabel} onPress={onClose} />
      </div>
    </section>
  );
}
