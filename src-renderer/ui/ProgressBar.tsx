import { classNames } from './class-names.ts';
import styles from './ProgressBar.module.css';

export interface ProgressBarProps {
  label: string;
  /** From 0 to 1; `indeterminate`: the total is unknown. */
  fraction: number | 'indeterminate';
  /** Whether the upload is paused or waiting. */
  isPaused?: boolean;
  className?: string;
}

export function ProgressBar({ label, fraction, isPaused, className }: ProgressBarProps) {
  if (fraction === 'indeterminate')
    return (
      <div
        role="progressbar"
        aria-label={label}
        className={classNames(styles.track, styles.indeterminate, className)}
      />
    );
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.floor(fraction * 100)}
      className={classNames(styles.track, isPaused && styles.paused, className)}
    >
      <div className={styles.fill} style={{ transform: `scaleX(${fraction})` }} />
    </div>
  );
}
