import { CircleAlert, Info, TriangleAlert, X } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Notice } from '../../../src-shared/ipc/contract.ts';
import type { ProfileView } from '../../../src-shared/profile.ts';
import { errorText, text } from '../../../src-shared/text/text.ts';
import { displaySafeName } from '../../format/file-name.ts';
import { dismissNotice, dismissStatus, noticeKey, visibleNotices, statusKey } from '../../stores/app.ts';
import { Button } from '../../ui/Button.tsx';
import { classNames } from '../../ui/class-names.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { useApp, useHoist, useProfiles, useScreen } from '../../use-hoist.ts';
import { withErrorToast } from '../uploads/run-row-action.ts';
import {
  isRecheck,
  missingRequirement,
  profileNeedingAttention,
  stateRemedy,
  editReason,
  stateSentence,
} from '../setup/profile-state.ts';
import { SetUpButton } from '../setup/SetUpButton.tsx';
import styles from './NoticeLines.module.css';
import { pendingSummary } from './pending-summary.ts';
import type { SkippedFiles, RefusedGroup } from '../../stores/intake-results.ts';

const icons = { warn: TriangleAlert, danger: CircleAlert, calm: Info };

/** `isUrgent`: screen readers announce the line at once. */
interface LineProps {
  tone: keyof typeof icons;
  words: string;
  dismissLabel?: string;
  onDismiss: () => void;
  action?: ReactNode;
  isUrgent?: boolean;
}

function Line({ tone, words, onDismiss, dismissLabel, action, isUrgent }: LineProps) {
  const Icon = icons[tone];
  return (
    <div className={classNames(styles.line, styles[tone])}>
      <Icon size={16} aria-hidden />
      <p className={styles.words} role={isUrgent ? 'alert' : undefined}>
        {words}
      </p>
      {action}
      <IconButton
        icon={X}
        label={dismissLabel ?? text('ui.notice.dismiss-label', { text: words })}
        tip={text('ui.notice.dismiss')}
        onPress={onDismiss}
      />
    </div>
  );
}

/** Notices above the list: messages for the whole window, files that were not added, and files that wait. */
export function NoticeLines() {
  const app = useApp((state) => state);
  const profile = useProfiles(profileNeedingAttention);
  const shownProfile = profile && !app.dismissed.has(statusKey(profile)) ? profile : undefined;
  // `AttentionLine` already says that the keys of this destination are locked, and has a button that fixes it.
  const notices = visibleNotices(app).filter(
    (notice) => notice.kind !== 'secrets-locked' || notice.name !== profile?.name,
  );
  const refused = useScreen((state) => state.refused);
  const isSettingUp = useScreen((state) => state.setup !== undefined);
  const skippedFiles = useScreen((state) => state.skippedFiles);
  const pending = useScreen((state) => state.pending.length);
  if (!shownProfile && notices.length + refused.length + skippedFiles.length + pending === 0) return null;
  return (
    <section className={styles.lines} aria-label={text('ui.notice.region')}>
      {notices.map((notice) => (
        <NoticeLine key={noticeKey(notice)} notice={notice} />
      ))}
      {shownProfile && <AttentionLine profile={shownProfile} />}
      {pending > 0 && !isSettingUp && <PendingLine />}
      {skippedFiles.map((folder, index) => (
        <SkippedFilesLine key={`${index} ${folder.name}`} folder={folder} />
      ))}
      {refused.map((group) => (
        <RefusedLine key={group.key} group={group} />
      ))}
    </section>
  );
}

function noticeText(notice: Notice): string {
  switch (notice.kind) {
    case 'test-runtime':
    case 'session-secrets':
      return text(`notice.${notice.kind}`);
    case 'store-replaced':
      return text('notice.store-replaced', { file: notice.file, from: notice.from });
    case 'secrets-locked':
      return text('notice.secrets-locked', { name: notice.name });
    case 'internal-error':
      return text('notice.internal-error', { diagnosticId: notice.diagnosticId });
    case 'leftovers-removed':
      return text('notice.leftovers-removed', { count: notice.uploads });
  }
}

function NoticeLine({ notice }: { notice: Notice }) {
  const hoist = useHoist();
  const locked = useProfiles((state) =>
    notice.kind === 'secrets-locked' ? state.profiles.find(({ name }) => name === notice.name) : undefined,
  );
  return (
    <Line
      tone="warn"
      words={noticeText(notice)}
      onDismiss={() => dismissNotice(hoist.app, notice)}
      action={
        locked && (
          <Button
            tone="quiet"
            onPress={() => hoist.screen.setState({ setup: { kind: 'edit', profileId: locked.id, then: 'retry' } })}
          >
            {text('notice.secrets-locked.action')}
          </Button>
        )
      }
    />
  );
}

/** Says what the destination of new files needs before it can be used, with a button that opens the form. */
function AttentionLine({ profile }: { profile: ProfileView }) {
  const hoist = useHoist();
  const { id, name, status } = profile;
  const words = text(`ui.notice.${status.state === 'needs-sign-in' ? missingRequirement(profile) : 'needs-setup'}`, {
    name,
    sentence: stateSentence(profile) ?? '',
  }).trim();
  const remedy = stateRemedy(profile) ?? 'edit';
  const press = (): void => {
    if (isRecheck(remedy)) void withErrorToast(hoist, hoist.bridge.profiles.check({ ids: [id] }));
    else hoist.screen.setState({ setup: { kind: 'edit', profileId: id, then: 'retry', ...editReason(profile) } });
  };
  return (
    <Line
      tone="warn"
      words={words}
      onDismiss={() => dismissStatus(hoist.app, profile)}
      action={
        <Button tone="quiet" label={text(`ui.status.${remedy}-label`, { name })} onPress={press}>
          {text(`ui.status.${remedy}`)}
        </Button>
      }
    />
  );
}

function PendingLine() {
  const { screen } = useHoist();
  const words = useScreen((state) => pendingSummary(state.pending));
  return (
    <Line
      tone="calm"
      words={words}
      dismissLabel={text('ui.pending.discard')}
      onDismiss={() => screen.setState({ pending: [] })}
      action={<SetUpButton tone="quiet" />}
    />
  );
}

function SkippedFilesLine({ folder }: { folder: SkippedFiles }) {
  const { screen } = useHoist();
  const words = text(`ui.notice.skipped.${folder.kind}`, {
    name: displaySafeName(folder.name),
    count: folder.count,
  });
  return (
    <Line
      tone="calm"
      words={words}
      onDismiss={() =>
        screen.setState(({ skippedFiles }) => ({
          skippedFiles: skippedFiles.filter((entry) => entry !== folder),
        }))
      }
    />
  );
}

function RefusedLine({ group }: { group: RefusedGroup }) {
  const { screen } = useHoist();
  const { what, remedy } = errorText(group.error);
  const refused = text('ui.notice.refused', { count: group.count, name: displaySafeName(group.name) });
  const words = `${refused} ${what} ${remedy}`;
  return (
    <Line
      tone="danger"
      isUrgent
      words={words}
      onDismiss={() => screen.setState(({ refused }) => ({ refused: refused.filter(({ key }) => key !== group.key) }))}
    />
  );
}
