import styles from './KeyCombo.module.css';

/** Keys to press together. */
export function KeyCombo({ keys }: { keys: string[] }) {
  return (
    <span className={styles.keys}>
      {keys.map((key, index) => (
        <span key={key}>
          {index > 0 && ' '}
          <kbd className={styles.key}>{key}</kbd>
        </span>
      ))}
    </span>
  );
}
