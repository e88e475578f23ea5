import { CircleAlert, ExternalLink } from 'lucide-react';
import { Button, FieldError, Text } from 'react-aria-components';
import styles from './Field.module.css';

/** A link to a web page. `words`: the visible text. `label`: the label for screen readers. */
export interface PageLink {
  words: string;
  label: string;
  open: () => void;
}

/** Text below an input: help or an error. */
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
