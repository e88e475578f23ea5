import { Pause, Play, RotateCw, X, type LucideIcon } from 'lucide-react';
import { Button, TooltipTrigger } from 'react-aria-components';
import { text } from '../../../src-shared/text/text.ts';
import { formatBytes } from '../../../src-shared/format/bytes.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import { joinFacts } from '../../format/join.ts';
import { readerLocale } from '../../format/locale.ts';
import { formatTimeLeft } from '../../../src-shared/format/time-left.ts';
import type { Mirror } from '../../stores/mirror.ts';
import buttonStyles from '../../ui/Button.module.css';
import { classNames } from '../../ui/class-names.ts';
import { Tooltip } from '../../ui/Tooltip.tsx';
import { useHoist, useUploads, useWork } from '../../use-hoist.ts';
import { runGroupAction } from './run-group-action.ts';
import { workActions, type WorkAction } from './group-actions.ts';
import styles from './UploadList.module.css';

/** "2 of 4 · 212 MB of 1.4 GB · 1 min left", for all uploads together; empty if there is only one upload. */
function useWorkLine(): string {
  const { done, total, unfinished, bytes, sent } = useWork((state) => state.work);
  const left = useWork((state) => state.secondsLeft);
  if (unfinished === 0 || total < 2) return '';
  return joinFacts([
    text('ui.now.count', { done, total }),
    sent > 0
      ? text('ui.row.sent-of', { sent: formatBytes(sent, readerLocale), size: formatBytes(bytes, readerLocale) })
      : formatBytes(bytes, readerLocale),
    left === undefined ? undefined : formatTimeLeft(left),
  ]);
}

const nowUploads = ({ now, byId }: Mirror): UploadView[] => now.flatMap((id) => byId.get(id) ?? []);

/**
 * The actions for all uploads in progress. The selector joins them to a string, because strings are compared by value:
 * the header then does not re-render when only the sent bytes change.
 */
const useActions = (): WorkAction[] => {
  const words = useUploads((state) => workActions(nowUploads(state)).join(' '));
  return words === '' ? [] : words.split(' ').filter((word): word is WorkAction => word in icons);
};

const icons: Record<WorkAction, LucideIcon> = { pause: Pause, resume: Play, retry: RotateCw, cancel: X };

/** The heading of the uploads in progress: their total progress, and the buttons for all of them. */
export function NowHeader() {
  const line = useWorkLine();
  const actions = useActions();
  return (
    <div className={styles.head}>
      <h2>{text('ui.now.title')}</h2>
      <span className={styles.work}>{line}</span>
      {actions.length > 0 && (
        <div role="group" aria-label={text('ui.all.region')} className={styles.all}>
          {actions.map((action) => (
            <GroupActionButton key={action} action={action} />
          ))}
        </div>
      )}
    </div>
  );
}

/** A button for all uploads in progress. In a narrow window, only its icon is visible. */
function GroupActionButton({ action }: { action: WorkAction }) {
  const hoist = useHoist();
  const Icon = icons[action];
  const label = text(`ui.all.${action}`);
  return (
    <TooltipTrigger delay={600}>
      <Button
        className={classNames(buttonStyles.button, buttonStyles.quiet, styles.groupAction)}
        aria-label={label}
        onPress={() =>
          runGroupAction(hoist, nowUploads(hoist.uploads.getState()), action, { name: '', destination: '' })
        }
      >
        <Icon size={14} strokeWidth={2} aria-hidden />
        <span className={styles.groupActionWords}>{label}</span>
      </Button>
      <Tooltip>{label}</Tooltip>
    </TooltipTrigger>
  );
}
