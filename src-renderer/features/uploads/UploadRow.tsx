import { ChevronDown, ChevronUp, File, X } from 'lucide-react';
import { memo, useId, useState, type RefObject } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { text } from '../../../src-shared/text/text.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import { safeName, typeLabel } from '../../format/file-name.ts';
import { profileOf } from '../../stores/profiles.ts';
import { Button } from '../../ui/Button.tsx';
import { Chip } from '../../ui/Chip.tsx';
import buttonStyles from '../../ui/Button.module.css';
import { classNames } from '../../ui/class-names.ts';
import { glyph } from '../../ui/glyph.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { Progress } from '../../ui/Progress.tsx';
import { useNow } from '../../ui/use-now.ts';
import { useFeedback, useHoist, useProfiles, useUploads, useWork } from '../../use-hoist.ts';
import { LinkFacts } from '../history/LinkFacts.tsx';
import { shownUrl } from '../history/link-state.ts';
import { act } from './act.ts';
import { Details } from './Details.tsx';
import { FileName } from './FileName.tsx';
import { menuActions, primaryAction } from './row-actions.ts';
import { statusLine } from './status-line.ts';
import styles from './UploadRow.module.css';

export interface UploadRowProps {
  upload: UploadView;
  isFirst: boolean;
  isLast: boolean;
  onMenu: (upload: UploadView, anchor: RefObject<Element | null>) => void;
}

const isRunning = (upload: UploadView): boolean =>
  upload.status === 'uploading' || upload.status === 'verifying' || upload.status === 'waiting' || upload.status === 'paused';

/** Old rows are drawn again while scrolling; only what just happened enters with a motion. */
const justNow = (upload: UploadView): boolean => Date.now() - (upload.endedAt ?? upload.createdAt) < 1000;

/** What a row says besides its name; also what a screen reader hears of it. */
function useStatus(upload: UploadView): string {
  const pace = useWork((state) => state.paces.get(upload.id));
  const now = useNow(upload.status === 'waiting' ? 1000 : undefined);
  const isOpen = useUploads((state) => state.shown.get(upload.id) === 'open');
  return statusLine(upload, { now, pace, isOpen });
}

/** What a row looks like: the ends of its card, its state, and whether it enters. */
function useRowStyle({ upload, isFirst, isLast }: UploadRowProps): string {
  const [isNew] = useState(() => justNow(upload));
  const state = upload.status === 'failed' ? styles.failed : upload.status === 'done' ? styles.done : isRunning(upload) && styles.running;
  return classNames(styles.row, isFirst && styles.first, isLast && styles.last, isNew && styles.new, state);
}

export const UploadRow = memo(function UploadRow(props: UploadRowProps) {
  const { upload, onMenu } = props;
  const detailsId = useId();
  const [areDetailsOpen, setDetailsOpen] = useState(false);
  const status = useStatus(upload);
  const error = upload.status === 'failed' ? upload.error : undefined;
  return (
    <div className={useRowStyle(props)}>
      <Thumb name={upload.name} />
      <FileName name={upload.name} className={styles.name} />
      <div className={styles.line}>
        <div className={styles.meta}>
          <span className={styles.status}>{status}</span>
          {!error && <span className={styles.destination}>{upload.destination}</span>}
          {upload.link && <bdi className={styles.link} title={upload.link.url}>{shownUrl(upload.link.url)}</bdi>}
        </div>
        <Facts upload={upload} />
      </div>
      <Actions upload={upload} onMenu={onMenu} details={error && { id: detailsId, isOpen: areDetailsOpen, onToggle: setDetailsOpen }} />
      {areDetailsOpen && error && <Details id={detailsId} error={error} />}
      {isRunning(upload) && <Bar upload={upload} />}
    </div>
  );
});

function Thumb({ name }: { name: string }) {
  const label = typeLabel(name);
  return <span className={styles.thumb} aria-hidden="true">{label ?? <File size={16} strokeWidth={1.75} />}</span>;
}

function Facts({ upload }: { upload: UploadView }) {
  const days = useProfiles((state) => profileOf(state, upload.profileId)?.linkDays);
  const now = useNow(60_000);
  if (upload.status === 'failed' || upload.status === 'canceled') return null;
  return <LinkFacts upload={upload} now={now} days={days} className={styles.facts} />;
}

function Bar({ upload }: { upload: UploadView }) {
  const share = useUploads((state) => state.shown.get(upload.id) ?? 0);
  return <Progress label={text('ui.row.progress', { name: safeName(upload.name) })} share={share} className={styles.bar} />;
}

interface DetailsToggle { id: string; isOpen: boolean; onToggle: (isOpen: boolean) => void }

function Actions({ upload, onMenu, details }: Pick<UploadRowProps, 'upload' | 'onMenu'> & { details?: DetailsToggle }) {
  const [more, setMore] = useState<Element | null>(null);
  const name = safeName(upload.name);
  return (
    <div className={styles.acts}>
      <Primary upload={upload} name={name} />
      {details && (
        <IconButton
          icon={details.isOpen ? ChevronUp : ChevronDown} isRoving label={text('ui.row.details-label', { name })} tip={text('ui.row.details')}
          aria-expanded={details.isOpen} aria-controls={details.id} onPress={() => details.onToggle(!details.isOpen)}
        />
      )}
      {menuActions(upload).length > 0 && <AriaButton
        ref={setMore} excludeFromTabOrder aria-label={text('ui.row.more', { name })} aria-haspopup="menu" data-row-menu=""
        className={classNames(buttonStyles.button, buttonStyles.icon, glyph('more'))} onPress={() => onMenu(upload, { current: more })}
      />}
    </div>
  );
}

function Primary({ upload, name }: { upload: UploadView; name: string }) {
  const hoist = useHoist();
  const isCopied = useFeedback((state) => state.copied.has(upload.id));
  const action = primaryAction(upload);
  if (!action) return <Chip tone="plain" icon="terminal" label={text('ui.chip.elsewhere')} title={text('ui.chip.elsewhere-title')} className={styles.elsewhere} />;
  const run = (): void => act(hoist, upload, action);
  switch (action) {
    case 'cancel': return <IconButton icon={X} isRoving label={text('ui.row.cancel', { name })} tip={text('ui.row.cancel-tip')} onPress={run} />;
    case 'fix-key': return <Button isRoving label={text('ui.row.fix-key-label', { destination: upload.destination })} onPress={run}>{text('ui.row.fix-key')}</Button>;
    case 'fix': return <Button isRoving label={text('ui.row.fix-label', { destination: upload.destination })} onPress={run}>{text('ui.row.fix')}</Button>;
    case 'retry': return <Button isRoving tone={upload.status === 'failed' ? 'default' : 'quiet'} label={text('ui.row.retry-label', { name })} onPress={run}>{text('ui.row.retry')}</Button>;
    case 'remove': return <Button isRoving onPress={run}>{text('ui.menu.remove')}</Button>;
    case 'empty': return <Button isRoving onPress={run}>{text('ui.row.make-room')}</Button>;
    default: return (
      <Button
        isRoving tone="quiet" onPress={run} className={classNames(styles.primary, isCopied && styles.copied, isCopied && glyph('check'))}
        label={isCopied ? text('ui.row.copied') : text('ui.row.copy-label', { name })}
      >
        {text(isCopied ? 'ui.row.copied' : 'ui.row.copy')}
      </Button>
    );
  }
}
