import { ChevronRight, Folder as FolderIcon, Pause, Play, X } from 'lucide-react';
import { memo } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { text } from '../../../src-shared/text/text.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import { displaySafeName } from '../../format/file-name.ts';
import { folderFraction, unfinishedCount, type UploadFolder } from '../../stores/folders.ts';
import { findProfile } from '../../stores/profiles.ts';
import { toggleExpanded } from '../../stores/screen.ts';
import { Button } from '../../ui/Button.tsx';
import { Chip } from '../../ui/Chip.tsx';
import { classNames } from '../../ui/class-names.ts';
import { glyph } from '../../ui/glyph.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import { useNow } from '../../ui/use-now.ts';
import { useFeedback, useHoist, useProfiles, useUploads, useWork } from '../../use-hoist.ts';
import { isClosed } from '../history/link-state.ts';
import { LinkChips } from '../history/LinkChips.tsx';
import { runRowAction } from './run-row-action.ts';
import { FileName } from './FileName.tsx';
import { runFolderAction, folderPrimary, availableActions } from './folder-actions.ts';
import { folderLine, mostRestricted } from './folder-line.ts';
import { MoreButton } from './MoreButton.tsx';
import { isProfileFix, primaryAction } from './row-actions.ts';
import type { OpenRowMenu } from './row-content.ts';
import { statusLine } from './status-line.ts';
import styles from './UploadRow.module.css';

export interface FolderRowProps {
  folder: UploadFolder;
  isOpen: boolean;
  isFirst: boolean;
  isLast: boolean;
  onMenu: OpenRowMenu;
}

/** The first file of the folder with this status. */
const useFirst = (folder: UploadFolder, status: 'failed' | 'waiting'): UploadView | undefined =>
  useUploads(({ byId }) => {
    if (folder.counts[status] === 0) return undefined;
    const id = folder.ids.find((fileId) => byId.get(fileId)?.status === status);
    return id === undefined ? undefined : byId.get(id);
  });

function stateStyle(folder: UploadFolder): string | undefined {
  if (unfinishedCount(folder) > 0) return styles.running;
  return folder.counts.failed > 0 ? styles.failed : styles.done;
}

/** One expandable row for all files of a folder. */
export const FolderRow = memo(function FolderRow(props: FolderRowProps) {
  const { folder, isOpen, isFirst, isLast, onMenu } = props;
  const { screen } = useHoist();
  const isActive = unfinishedCount(folder) > 0;
  const failed = useFirst(folder, 'failed');
  const status = useFolderStatus(folder, failed);
  const name = displaySafeName(folder.name);
  // The status line is a sentence if all unfinished files wait, or if files failed.
  const isSentence = isActive ? folder.counts.waiting === unfinishedCount(folder) : folder.counts.failed > 0;
  return (
    <div
      className={classNames(
        styles.row,
        styles.folder,
        isFirst && styles.first,
        isLast && styles.last,
        isSentence && styles.sentence,
        stateStyle(folder),
      )}
    >
      <AriaButton
        excludeFromTabOrder
        aria-expanded={isOpen}
        aria-label={text(isOpen ? 'ui.folder.close' : 'ui.folder.open', { name })}
        className={classNames(styles.thumb, styles.fold)}
        onPress={() => toggleExpanded(screen, folder.key)}
      >
        <ChevronRight size={12} strokeWidth={2.25} className={styles.chevron} aria-hidden />
        <FolderIcon size={16} strokeWidth={1.75} aria-hidden />
      </AriaButton>
      <FileName name={folder.name} className={styles.name} />
      <div className={styles.line}>
        <div className={styles.meta}>
          <span className={styles.status} title={status}>
            {status}
          </span>
          <Destination folder={folder} />
        </div>
        <Facts folder={folder} />
      </div>
      <div className={styles.acts}>
        <FolderPrimary folder={folder} name={name} failed={isActive ? undefined : failed} />
        {availableActions(folder).length > 0 && (
          <MoreButton name={name} onMenu={(anchor) => onMenu({ kind: 'folder', folder }, anchor)} />
        )}
      </div>
      {isActive && (
        <ProgressBar
          label={text('ui.row.progress', { name })}
          fraction={folderFraction(folder)}
          isPaused={folder.counts.uploading + folder.counts.queued + folder.counts.verifying === 0}
          className={styles.bar}
        />
      )}
    </div>
  );
});

function useFolderStatus(folder: UploadFolder, failed: UploadView | undefined): string {
  const waiting = useFirst(folder, 'waiting');
  const now = useNow(waiting ? 1000 : undefined);
  const left = useWork((state) => (folder.counts.uploading > 0 ? state.secondsLeft : undefined));
  // The time left covers all uploads, so it applies to the folder only while no other uploads are in progress.
  const isOnlyWork = useUploads(
    (state) => state.folders.size === 1 && state.now.length === unfinishedCount(folder) + folder.counts.failed,
  );
  // The file whose reason the line shows
  const stopped = unfinishedCount(folder) > 0 ? waiting : failed;
  return folderLine(folder, stopped && statusLine(stopped, { now }), isOnlyWork ? left : undefined);
}

const useFirstFile = (folder: UploadFolder): UploadView | undefined =>
  useUploads((state) => {
    const [first] = folder.ids;
    return first === undefined ? undefined : state.byId.get(first);
  });

/** The name of the destination, unless the reason of a failure already contains it. */
function Destination({ folder }: { folder: UploadFolder }) {
  const sample = useFirstFile(folder);
  const isShownInStatus = unfinishedCount(folder) === 0 && folder.counts.failed > 0;
  return sample && !isShownInStatus ? <span className={styles.destination}>{sample.destination}</span> : null;
}

/**
 * Shows where the most restricted link opens: users must not believe that others can open all links of the folder. The
 * chips are those of the first file, as if its link were the most restricted one or, while the folder is unfinished, as
 * if the file were queued.
 */
function Facts({ folder }: { folder: UploadFolder }) {
  const sample = useFirstFile(folder);
  const days = useProfiles((state) => findProfile(state, sample?.profileId)?.linkDays);
  const now = useNow(60_000);
  if (!sample || folder.counts.failed > 0) return null;
  const upload: UploadView = mostRestricted(folder, sample) ?? {
    ...sample,
    status: 'queued',
    link: undefined,
    verification: undefined,
  };
  return <LinkChips upload={upload} now={now} days={days} className={styles.facts} />;
}

/** The main button of the folder: fixes the destination if that is why files failed; otherwise its primary action. */
function FolderPrimary({ folder, name, failed }: { folder: UploadFolder; name: string; failed?: UploadView }) {
  const hoist = useHoist();
  const action = folderPrimary(folder);
  const run = (): void => {
    if (action) runFolderAction(hoist, folder, action);
  };
  const fix = failed && primaryAction(failed);
  if (failed && isProfileFix(fix)) {
    const { destination } = failed;
    return (
      <Button
        isRoving
        label={text(`ui.row.${fix}-label`, { destination })}
        onPress={() => runRowAction(hoist, failed, fix)}
      >
        {text(`ui.row.${fix}`)}
      </Button>
    );
  }
  switch (action) {
    case undefined:
      return folder.elsewhere > 0 ? (
        <Chip
          tone="plain"
          icon="terminal"
          label={text('ui.chip.elsewhere')}
          title={text('ui.chip.elsewhere-title')}
          className={styles.elsewhere}
        />
      ) : null;
    case 'pause':
    case 'resume':
      return (
        <>
          <IconButton
            icon={action === 'pause' ? Pause : Play}
            isRoving
            label={text(`ui.row.${action}`, { name })}
            tip={text(`ui.row.${action}-tip`)}
            onPress={run}
          />
          <IconButton
            icon={X}
            isRoving
            label={text('ui.row.cancel', { name })}
            tip={text('ui.row.cancel-tip')}
            onPress={() => runFolderAction(hoist, folder, 'cancel')}
            className={styles.cancel}
          />
        </>
      );
    case 'cancel':
      return (
        <IconButton
          icon={X}
          isRoving
          label={text('ui.row.cancel', { name })}
          tip={text('ui.row.cancel-tip')}
          onPress={run}
        />
      );
    case 'retry': {
      const count = folder.counts.failed;
      return (
        <Button isRoving label={text('ui.folder.retry-label', { count, name })} onPress={run}>
          {text('ui.folder.retry', { count })}
        </Button>
      );
    }
    case 'remove':
      return (
        <Button isRoving tone="quiet" onPress={run}>
          {text('ui.menu.remove')}
        </Button>
      );
    case 'copy':
      return <CopyButton folder={folder} name={name} onPress={run} />;
  }
}

/** Copies the links of the folder, and then shows “Copied” for a moment. */
function CopyButton({ folder, name, onPress }: { folder: UploadFolder; name: string; onPress: () => void }) {
  const isCopied = useFeedback((state) => folder.ids.some((id) => state.copied.has(id)));
  const sample = useFirstFile(folder);
  const link = sample && mostRestricted(folder, sample);
  const copyKey = link && isClosed(link) ? 'ui.folder.copy-anyway' : 'ui.folder.copy';
  return (
    <Button
      isRoving
      tone="quiet"
      onPress={onPress}
      className={classNames(styles.primary, isCopied && styles.copied, isCopied && glyph('check'))}
      label={isCopied ? text('ui.row.copied') : text(`${copyKey}-label`, { name })}
    >
      {text(isCopied ? 'ui.row.copied' : copyKey)}
    </Button>
  );
}
