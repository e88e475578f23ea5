import { text } from '../../../src-shared/text/text.ts';
import { formatBytes } from '../../../src-shared/format/bytes.ts';
import { joinFacts } from '../../format/join.ts';
import { readerLocale } from '../../format/locale.ts';
import { formatTimeLeft } from '../../../src-shared/format/time-left.ts';
import { useWork } from '../../use-hoist.ts';
import styles from './UploadList.module.css';

/** "2 of 4 · 212 MB of 1.4 GB · 1 min left": of everything together, so it is silent while there is only one. */
function useWorkLine(): string {
  const { done, total, unfinished, bytes, sent } = useWork((state) => state.work);
  const left = useWork((state) => state.secondsLeft);
  if (unfinished === 0 || total < 2) return '';
  return joinFacts([
    text('ui.now.count', { done, total }),
    sent > 0 ? text('ui.row.sent-of', { sent: formatBytes(sent, readerLocale), size: formatBytes(bytes, readerLocale) }) : formatBytes(bytes, readerLocale),
    left === undefined ? undefined : formatTimeLeft(left),
  ]);
}

export function NowHead() {
  const line = useWorkLine();
  return (
    <div className={styles.head}>
      <h2>{text('ui.now.title')}</h2>
      <span className={styles.work}>{line}</span>
    </div>
  );
}
