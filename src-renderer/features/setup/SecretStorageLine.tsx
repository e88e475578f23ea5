import { Lock } from 'lucide-react';
import type { KeyStore } from '../../../src-shared/profile.ts';
import { storageText } from './secret-storage.ts';
import styles from './SecretStorageLine.module.css';
import type { SetupFormState } from './use-setup-form.ts';

/** Says next to the buttons where the keys are stored. */
export function SecretStorageLine({ form, store }: { form: SetupFormState; store: KeyStore | undefined }) {
  return (
    <p className={styles.line}>
      <Lock size={14} aria-hidden />
      {storageText(form, store)}
    </p>
  );
}
