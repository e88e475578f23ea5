import styles from './LiveRegion.module.css';

/** Read out when its sentence changes; `turn` makes the same sentence a new one. Stays audible over dialogs. */
export function LiveRegion({ role, said }: { role: 'status' | 'alert'; said?: { sentence: string; turn: number } }) {
  return (
    <div
      role={role}
      aria-atomic="true"
      aria-live={role === 'status' ? 'polite' : 'assertive'}
      data-live-announcer="true"
      className={styles.hidden}
    >
      {said && <span key={said.turn}>{said.sentence}</span>}
    </div>
  );
}
