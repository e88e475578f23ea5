import { ChevronRight, Clock, TriangleAlert } from 'lucide-react';
import { Button as AriaButton } from 'react-aria-components';
import { text } from '../../../src-shared/text/text.ts';
import { toggleExpanded } from '../../stores/screen.ts';
import { Button } from '../../ui/Button.tsx';
import { classNames } from '../../ui/class-names.ts';
import { useHoist } from '../../use-hoist.ts';
import { runErrorGroupAction } from './error-group-actions.ts';
import { groupAction, groupNames, groupReason, groupSubject, groupTitle, type ErrorGroup } from './error-groups.ts';
import { MoreButton } from './MoreButton.tsx';
import { ActionButton } from './PrimaryAction.tsx';
import type { OpenRowMenu } from './row-content.ts';
import styles from './UploadRow.module.css';

interface ErrorGroupRowProps {
  group: ErrorGroup;
  isOpen: boolean;
  isFirst: boolean;
  isLast: boolean;
  onMenu: OpenRowMenu;
}

/** One expandable row for all uploads to a destination that stopped for the same reason. */
export function ErrorGroupRow({ group, isOpen, isFirst, isLast, onMenu }: ErrorGroupRowProps) {
  const hoist = useHoist();
  const { first } = group;
  const subject = groupSubject(group);
  const isWaiting = first.status === 'waiting';
  const StatusIcon = isWaiting ? Clock : TriangleAlert;
  return (
    <div
      className={classNames(
        styles.row,
        styles.sentence,
        styles.errors,
        isFirst && styles.first,
        isLast && styles.last,
        isWaiting ? styles.needsAction : styles.failed,
      )}
    >
      <AriaButton
        excludeFromTabOrder
        aria-expanded={isOpen}
        aria-label={text(isOpen ? 'ui.same-error.close' : 'ui.same-error.open', { count: group.uploads.length })}
        className={classNames(styles.thumb, styles.fold)}
        onPress={() => toggleExpanded(hoist.screen, group.key)}
      >
        <ChevronRight size={12} strokeWidth={2.25} className={styles.chevron} aria-hidden />
        <StatusIcon size={16} strokeWidth={1.75} className={styles.sign} aria-hidden />
      </AriaButton>
      <span className={styles.name}>{groupTitle(group)}</span>
      <div className={styles.line}>
        <div className={styles.meta}>
          <span className={styles.status}>{groupReason(group)}</span>
          {!isOpen && <span className={styles.members}>{groupNames(group)}</span>}
        </div>
      </div>
      <div className={styles.acts}>
        <GroupAction group={group} />
        <MoreButton name={subject} onMenu={(anchor) => onMenu({ kind: 'errors', group }, anchor)} />
      </div>
    </div>
  );
}

/** The button that applies to all uploads of the group, such as “Fix key…” or “Try 12 again”. */
function GroupAction({ group }: { group: ErrorGroup }) {
  const hoist = useHoist();
  const { first, uploads } = group;
  const action = groupAction(first);
  if (!action) return null;
  const run = (): void => runErrorGroupAction(hoist, group, action);
  if (action !== 'retry')
    return <ActionButton upload={first} name={groupSubject(group)} action={action} onPress={run} />;
  const count = uploads.length;
  return (
    <Button isRoving label={text('ui.folder.retry-label', { count, name: first.destination })} onPress={run}>
      {text('ui.folder.retry', { count })}
    </Button>
  );
}
