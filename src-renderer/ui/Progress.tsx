import { classNames } from './class-names.ts';
import styles from './Progress.module.css';

export interface ProgressProps {
  label: string;
  /** From 0 to 1, full only when everything is over; `open`: nobody knows how much is to come. */
  share: number | 'open';
  /** Nothing moves: it is paused, or waits. */
  isResting?: boolean;
  className?: string;
}

export function Progress({ label, share, isResting, className }: ProgressProps) {
  if (share === 'open')
    return <div role="progressbar" aria-label={label} className={classNames(styles.track, styles.open, className)} />;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.floor(share * 100)}
      className={classNames(styles.track, isResting && styles.resting, className)}
    >
      <div className={styles.fill} style={{ transform: `scaleX(${share})` }} />
    </div>
  );
}
