import { CircleAlert } from 'lucide-react';
import { FieldError, Text } from 'react-aria-components';
import styles from './Field.module.css';

/** Under an input: what it is, or what is wrong with it. */
export function Help({ help, problem }: { help?: string; problem?: string }) {
  return (
    <>
      {help !== undefined && <Text slot="description" className={styles.help}>{help}</Text>}
      <FieldError className={styles.problem ?? ''}>
        <CircleAlert size={14} aria-hidden />
        <span>{problem}</span>
      </FieldError>
    </>
  );
}
