import { displaySafeName, splitName } from '../../format/file-name.ts';
import { classNames } from '../../ui/class-names.ts';
import { VisuallyHidden } from '../../ui/VisuallyHidden.tsx';
import styles from './FileName.module.css';

/** A file name on one line. Shortens a long name in the middle, and isolates the text direction of the name. */
export function FileName({ name, className }: { name: string; className?: string }) {
  const shown = displaySafeName(name);
  const { head, tail } = splitName(shown);
  if (tail === '')
    return (
      <bdi dir="auto" title={shown} className={classNames(styles.whole, className)}>
        {shown}
      </bdi>
    );
  return (
    <bdi dir="auto" title={shown} className={classNames(styles.name, className)}>
      <VisuallyHidden>{shown}</VisuallyHidden>
      <span aria-hidden="true" className={styles.head}>
        {head}
      </span>
      <span aria-hidden="true" className={styles.tail}>
        {tail}
      </span>
    </bdi>
  );
}
