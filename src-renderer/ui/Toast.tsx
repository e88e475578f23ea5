import { Check, Info, TriangleAlert, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from './Button.tsx';
import { classNames } from './class-names.ts';
import { IconButton } from './IconButton.tsx';
import styles from './Toast.module.css';

export interface ToastProps {
  regionLabel: string;
  dismissLabel: string;
  sentence: string;
  tone: 'done' | 'calm' | 'danger';
  action?: { label: string; run: () => void };
  onClose: () => void;
}

const icons = { done: Check, calm: Info, danger: TriangleAlert };

const shortMs = 5000;
/** Duration of a toast with a button or an error. */
const longMs = 20_000;

/**
 * A message that disappears after a few seconds, unless it has the focus or the pointer is over it. A live region
 * announces it to screen readers.
 */
export function Toast({ regionLabel, dismissLabel, sentence, tone, action, onClose }: ToastProps) {
  const [isTimerPaused, setTimerPaused] = useState(false);
  const durationMs = action || tone === 'danger' ? longMs : shortMs;
  useEffect(() => {
    if (isTimerPaused) return undefined;
    const timer = setTimeout(onClose, durationMs);
    return () => clearTimeout(timer);
  }, [isTimerPaused, durationMs, onClose]);
  const Icon = icons[tone];
  return (
    <section aria-label={regionLabel} className={styles.region} data-react-aria-top-layer="true">
      <div
        className={classNames(styles.toast, styles[tone])}
        onPointerEnter={() => setTimerPaused(true)}
        onPointerLeave={() => setTimerPaused(false)}
        onFocus={() => setTimerPaused(true)}
        onBlur={() => setTimerPaused(false)}
      >
        <Icon size={16} className={styles.mark} aria-hidden />
        <span>{sentence}</span>
        {action && (
          <Button
            tone="quiet"
            onPress={() => {
              onClose();
              action.run();
            }}
          >
            {action.label}
          </Button>
        )}
        <IconButton icon={X} label={dismissLabel} onPress={onClose} />
      </div>
    </section>
  );
}
