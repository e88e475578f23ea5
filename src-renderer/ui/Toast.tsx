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

const readMs = 5000;
const decideMs = 20_000;

/** One message that goes by itself, but not while someone is at it. What it says is said by a live region as well. */
export function Toast({ regionLabel, dismissLabel, sentence, tone, action, onClose }: ToastProps) {
  const [isHeld, setHeld] = useState(false);
  const lasts = action || tone === 'danger' ? decideMs : readMs;
  useEffect(() => {
    if (isHeld) return undefined;
    const timer = setTimeout(onClose, lasts);
    return () => clearTimeout(timer);
  }, [isHeld, lasts, onClose]);
  const Icon = icons[tone];
  return (
    <section aria-label={regionLabel} className={styles.region} data-react-aria-top-layer="true">
      <div
        className={classNames(styles.toast, styles[tone])}
        onPointerEnter={() => setHeld(true)}
        onPointerLeave={() => setHeld(false)}
        onFocus={() => setHeld(true)}
        onBlur={() => setHeld(false)}
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
