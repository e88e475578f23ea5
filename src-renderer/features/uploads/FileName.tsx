import { safeName, splitName } from '../../format/file-name.ts';
import { classNames } from '../../ui/class-names.ts';
import { Hidden } from '../../ui/Hidden.tsx';
import styles from './FileName.module.css';

/** A file name on one line: when it is too long its middle gives way. Its direction is its own. */
export function FileName({ name, className }: { name: string; className?: string }) {
  const shown = safeName(name);
  const { head, tail } = splitName(shown);
  if (tail === '')
    return (
      <bdi dir="auto" title={shown} className={classNames(styles.whole, className)}>
        {shown}
      </bdi>
    );
  return (
    <bdi dir="auto" title={shown} className={classNames(styles.name, className)}>
      <Hidden>{shown}</Hidden>
      <span aria-hidden="true" className={styles.head}>
        {head}
      </span>
      <span aria-hidden="true" className={styles.tail}>
        {tail}
      </span>
    </bdi>
  );
}
