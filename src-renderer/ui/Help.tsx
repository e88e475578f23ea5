import { CircleAlert, ExternalLink } from 'lucide-react';
import { Button, FieldError, Text } from 'react-aria-components';
import styles from './Field.module.css';

/** A page in the browser: what it is called here, what it is called out of its place, and how it opens. */
export interface PageLink {
  words: string;
  label: string;
  open: () => void;
}

/** Under an input: what it is, or what is wrong with it. */
export function Help({ help, problem, page }: { help?: string; problem?: string; page?: PageLink }) {
  return (
    <>
      {(help !== undefined || page) && (
        <div className={styles.helpLine}>
          {help !== undefined && (
            <Text slot="description" className={styles.help}>
              {help}
            </Text>
          )}
          {page && (
            <Button slot={null} className={styles.page ?? ''} aria-label={page.label} onPress={page.open}>
              {page.words}
              <ExternalLink size={12} aria-hidden />
            </Button>
          )}
        </div>
      )}
      <FieldError className={styles.problem ?? ''}>
        <CircleAlert size={14} aria-hidden />
        <span>{problem}</span>
      </FieldError>
    </>
  );
}
