import styles from './LiveRegion.module.css';

/** Read out when its sentence changes; `turn` makes the same sentence a new one. Stays audible over dialogs. */
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
