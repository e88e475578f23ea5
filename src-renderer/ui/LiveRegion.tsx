import styles from './LiveRegion.module.css';

/**
 * Announces a new message to screen readers, also while a dialog is open. A new `sequence` announces the same sentence
 * again.
 */
export function LiveRegion({
  role,
  message,
}: {
  role: 'status' | 'alert';
  message?: { sentence: string; sequence: number };
}) {
  return (
    <div
      role={role}
      aria-atomic="true"
      aria-live={role === 'status' ? 'polite' : 'assertive'}
      data-live-announcer="true"
      className={styles.hidden}
    >
      {message && <span key={message.sequence}>{message.sentence}</span>}
    </div>
  );
}
