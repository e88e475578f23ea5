import { Lock } from 'lucide-react';
import type { KeyStore } from '../../../src-shared/profile.ts';
import { keptWords } from './key-keeping.ts';
import styles from './KeptLine.module.css';
import type { DraftForm } from './use-draft.ts';

/** Beside the buttons: where the keys are kept. */
export function KeptLine({ form, store }: { form: DraftForm; store: KeyStore | undefined }) {
  return (
    <p className={styles.kept}>
      <Lock size={14} aria-hidden />
      {keptWords(form, store)}
    </p>
  );
}
