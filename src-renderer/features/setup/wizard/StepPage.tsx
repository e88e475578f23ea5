import type { ReactNode } from 'react';
import styles from './SetupWizard.module.css';

export interface StepPageProps {
  title: string;
  hint?: ReactNode;
  children: ReactNode;
  /** Shown next to the buttons. */
  note?: ReactNode;
  /** The buttons at the bottom; the last button leads to the next step. */
  buttons?: ReactNode;
}

/** One step: its title, its question, and its buttons. */
export function StepPage({ title, hint, children, note, buttons }: StepPageProps) {
  return (
    <>
      <div className={styles.scroll}>
        <div className={styles.head}>
          <h2 tabIndex={-1} className={styles.title}>
            {title}
          </h2>
          {hint !== undefined && <div className={styles.hint}>{hint}</div>}
        </div>
        {children}
      </div>
      {(note !== undefined || buttons !== undefined) && (
        <footer className={styles.foot}>
          {note}
          <div className={styles.buttons}>{buttons}</div>
        </footer>
      )}
    </>
  );
}
