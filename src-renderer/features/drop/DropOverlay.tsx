import { ArrowUpFromLine, Ban } from 'lucide-react';
import { text } from '../../../src-shared/text/text.ts';
import { currentProfile } from '../../stores/profiles.ts';
import { classNames } from '../../ui/class-names.ts';
import { useProfiles } from '../../use-hoist.ts';
import { linkKindInSentence } from '../setup/link-kind.ts';
import type { Drag, DragKind } from './drag-state.ts';
import styles from './DropOverlay.module.css';

const reasons: Record<
  Exclude<DragKind, 'files'>,
  'ui.drop.refused-text' | 'ui.drop.refused-link' | 'ui.drop.refused-other'
> = {
  text: 'ui.drop.refused-text',
  link: 'ui.drop.refused-link',
  other: 'ui.drop.refused-other',
};

/** Shown while the user drags over the window: what a drop will do, and who will be able to open the links. */
export function DropOverlay({ drag }: { drag: Drag }) {
  const current = useProfiles(currentProfile);
  const linkOverride = useProfiles((state) => state.linkOverride);
  if (!drag.over) return null;
  const isAccepted = drag.kind === 'files';
  const to = current
    ? text('ui.drop.to', { destination: current.name, link: linkKindInSentence(current, linkOverride) })
    : text('ui.drop.to-nowhere');
  const title = isAccepted
    ? text(drag.mayHoldFolders && drag.count > 0 ? 'ui.drop.title-items' : 'ui.drop.title', { count: drag.count })
    : text('ui.drop.refused');
  const Icon = isAccepted ? ArrowUpFromLine : Ban;
  return (
    <section
      aria-label={title}
      className={classNames(styles.overlay, !isAccepted && styles.refused)}
      data-testid="drop-overlay"
      data-state={isAccepted ? 'valid' : 'refused'}
      data-react-aria-top-layer="true"
    >
      <span className={styles.mark}>
        <Icon size={28} aria-hidden />
      </span>
      <strong className={styles.title}>{title}</strong>
      <span className={styles.detail}>{drag.kind === 'files' ? to : text(reasons[drag.kind])}</span>
    </section>
  );
}
