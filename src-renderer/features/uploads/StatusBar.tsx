import { text } from '../../../src-shared/text/text.ts';
import { formatSpeed } from '../../../src-shared/format/bytes.ts';
import { readerLocale } from '../../format/locale.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import type { Mirror } from '../../stores/mirror.ts';
import { useUploads, useWork } from '../../use-hoist.ts';
import styles from './StatusBar.module.css';

/** Which of the counts in the status bar includes the upload. */
function statusGroup({ status, waitingUntil }: UploadView): 'uploading' | 'waiting' | 'paused' | 'needsAction' {
  if (status === 'failed' || (status === 'waiting' && waitingUntil === 'profile-fixed')) return 'needsAction';
  if (status === 'uploading' || status === 'verifying') return 'uploading';
  return status === 'paused' ? 'paused' : 'waiting';
}

/** "2 uploading, 1 needs attention"; without active uploads, the totals. */
function summaryLine({ now, byId, ready, totals, history }: Mirror): string {
  if (!ready) return '';
  const counts = { uploading: 0, waiting: 0, paused: 0, needsAction: 0 };
  for (const id of now) {
    const upload = byId.get(id);
    if (upload) counts[statusGroup(upload)] += 1;
  }
  const parts = [
    counts.uploading > 0 && text('ui.foot.uploading', { count: counts.uploading }),
    counts.waiting > 0 && text('ui.foot.waiting', { count: counts.waiting }),
    counts.paused > 0 && text('ui.foot.paused', { count: counts.paused }),
    counts.needsAction > 0 && text('ui.foot.needs-you', { count: counts.needsAction }),
  ].filter((part) => part !== false);
  if (parts.length > 0) return parts.join(', ');
  const done = Math.max(totals.done, history.length);
  return done === 0 ? text('ui.foot.nothing') : text('ui.foot.links', { count: done });
}

export function StatusBar() {
  const line = useUploads(summaryLine);
  const speed = useWork((state) => state.bytesPerSecond);
  return (
    <footer className={styles.foot} aria-label={text('ui.foot.label')}>
      <div className={styles.inner}>
        <span>{line}</span>
        <span>{speed >= 1 ? formatSpeed(speed, readerLocale) : ''}</span>
      </div>
    </footer>
  );
}
