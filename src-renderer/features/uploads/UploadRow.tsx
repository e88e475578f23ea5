import { ChevronDown, ChevronUp, File } from 'lucide-react';
import { memo, useId, useState } from 'react';
import { text } from '../../../src-shared/text/text.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import { displaySafeName, typeLabel } from '../../format/file-name.ts';
import { findProfile } from '../../stores/profiles.ts';
import { toggleDetails } from '../../stores/screen.ts';
import { classNames } from '../../ui/class-names.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import { useNow } from '../../ui/use-now.ts';
import { useHoist, useProfiles, useScreen, useUploads, useWork } from '../../use-hoist.ts';
import { LinkChips } from '../history/LinkChips.tsx';
import { displayUrl } from '../history/link-state.ts';
import { Details } from './Details.tsx';
import { hasDetails } from './has-details.ts';
import { FileName } from './FileName.tsx';
import { MoreButton } from './MoreButton.tsx';
import { PrimaryAction } from './PrimaryAction.tsx';
import { menuActions } from './row-actions.ts';
import type { OpenRowMenu } from './row-content.ts';
import { isSentence, statusLine } from './status-line.ts';
import styles from './UploadRow.module.css';

export interface UploadRowProps {
  upload: UploadView;
  isFirst: boolean;
  isLast: boolean;
  /** In an open folder, the row shows the relative path instead of the name. */
  isInFolder: boolean;
  onMenu: OpenRowMenu;
}

/** Whether the row has a progress bar. */
const hasProgress = (upload: UploadView): boolean =>
  upload.status === 'uploading' ||
  upload.status === 'verifying' ||
  upload.status === 'waiting' ||
  upload.status === 'paused';

/**
 * Whether the upload was added or ended within the last second. Otherwise, its row is not new but scrolled into view.
 */
const isRecent = (upload: UploadView): boolean => Date.now() - (upload.endedAt ?? upload.createdAt) < 1000;

/** The status text of a row, updated every second while it shows a countdown. */
function useStatus(upload: UploadView): string {
  const rate = useWork((state) => state.rates.get(upload.id));
  const now = useNow(upload.status === 'waiting' ? 1000 : undefined);
  const isIndeterminate = useUploads((state) => state.progress.get(upload.id) === 'indeterminate');
  return statusLine(upload, { now, rate, isIndeterminate });
}

/** Whether the upload waits for the user, not for a retry. */
const needsUser = (upload: UploadView): boolean =>
  upload.status === 'waiting' && upload.waitingUntil === 'profile-fixed';

/** The look of a row: the ends of its card, its state, and whether it is animated. */
function useRowStyle({ upload, isFirst, isLast, isInFolder }: UploadRowProps): string {
  const [isNew] = useState(() => isRecent(upload));
  return classNames(
    styles.row,
    isInFolder && styles.nested,
    isFirst && styles.first,
    isLast && styles.last,
    isNew && styles.new,
    isSentence(upload) && styles.sentence,
    needsUser(upload) && styles.needsAction,
    upload.status === 'failed' && styles.failed,
    upload.status === 'done' && styles.done,
    hasProgress(upload) && styles.running,
  );
}

export const UploadRow = memo(function UploadRow(props: UploadRowProps) {
  const { upload, isInFolder, onMenu } = props;
  const detailsId = useId();
  const areDetailsOpen = useScreen((state) => state.openDetails.has(upload.id)) && hasDetails(upload);
  const name = isInFolder && upload.folder ? upload.folder.relativePath : upload.name;
  return (
    <div className={useRowStyle(props)}>
      <Thumb name={upload.name} />
      <FileName name={name} className={styles.name} />
      <Line upload={upload} isInFolder={isInFolder} />
      <div className={styles.acts}>
        <PrimaryAction upload={upload} />
        {hasDetails(upload) && <DetailsToggle upload={upload} isOpen={areDetailsOpen} detailsId={detailsId} />}
        {menuActions(upload).length > 0 && (
          <MoreButton
            name={displaySafeName(upload.name)}
            onMenu={(anchor) => onMenu({ kind: 'row', upload }, anchor)}
          />
        )}
      </div>
      {areDetailsOpen && <Details id={detailsId} upload={upload} />}
      {hasProgress(upload) && <Bar upload={upload} />}
    </div>
  );
});

interface DetailsToggleProps {
  upload: UploadView;
  isOpen: boolean;
  detailsId: string;
}

export function DetailsToggle({ upload, isOpen, detailsId }: DetailsToggleProps) {
  const { screen } = useHoist();
  return (
    <IconButton
      icon={isOpen ? ChevronUp : ChevronDown}
      isRoving
      label={text('ui.row.details-label', { name: displaySafeName(upload.name) })}
      tip={text('ui.row.details')}
      className={styles.toggle}
      aria-expanded={isOpen}
      aria-controls={detailsId}
      onPress={() => toggleDetails(screen, upload.id)}
    />
  );
}

/** The second line of a row: status, destination, folder and link, and the chips of the link. */
function Line({ upload, isInFolder }: Pick<UploadRowProps, 'upload' | 'isInFolder'>) {
  const status = useStatus(upload);
  const { link, folder } = upload;
  return (
    <div className={styles.line}>
      <div className={styles.meta}>
        <span className={styles.status} title={status}>
          {status}
        </span>
        {upload.status !== 'failed' && <span className={styles.destination}>{upload.destination}</span>}
        {folder && !isInFolder && (
          <span className={styles.destination}>
            {text('ui.row.in-folder', { folder: displaySafeName(folder.name) })}
          </span>
        )}
        {link && (
          <bdi className={styles.link} title={link.url}>
            {displayUrl(link.url)}
          </bdi>
        )}
      </div>
      <Facts upload={upload} />
    </div>
  );
}

/** The square at the start of a row: the type of the file ("PDF"), or an icon. */
export function Thumb({ name }: { name: string }) {
  const label = typeLabel(name);
  return (
    <span className={styles.thumb} aria-hidden="true">
      {label ?? <File size={16} strokeWidth={1.75} />}
    </span>
  );
}

/** The chips of the link. */
function Facts({ upload }: { upload: UploadView }) {
  const days = useProfiles((state) => findProfile(state, upload.profileId)?.linkDays);
  const now = useNow(60_000);
  if (upload.status === 'failed' || upload.status === 'canceled') return null;
  return <LinkChips upload={upload} now={now} days={days} className={styles.facts} />;
}

function Bar({ upload }: { upload: UploadView }) {
  const fraction = useUploads((state) => state.progress.get(upload.id) ?? 0);
  return (
    <ProgressBar
      label={text('ui.row.progress', { name: displaySafeName(upload.name) })}
      fraction={fraction}
      isPaused={upload.status === 'paused' || upload.status === 'waiting'}
      className={styles.bar}
    />
  );
}
