import { ArrowUpFromLine } from 'lucide-react';
import { text } from '../../../src-shared/text/text.ts';
import { currentProfile, usesPractice } from '../../stores/profiles.ts';
import { Button } from '../../ui/Button.tsx';
import { useHoist, useProfiles } from '../../use-hoist.ts';
import { FoundOffers } from '../setup/FoundOffers.tsx';
import { PracticeCard } from '../setup/PracticeCard.tsx';
import { SetUpButton } from '../setup/SetUpButton.tsx';
import styles from './EmptyState.module.css';
import { PasteHint } from './PasteHint.tsx';
import { chooseFiles } from './send.ts';

/** Nothing uploaded yet: the whole window is the way in. Until a destination is set up, what there is instead is said plainly. */
export function EmptyState() {
  const hoist = useHoist();
  const hasDestination = useProfiles((state) => currentProfile(state) !== undefined);
  const isPractising = useProfiles(usesPractice);
  return (
    <div className={styles.outer}>
      <section className={styles.target} aria-label={text('ui.empty.target')}>
        <span className={styles.mark}><ArrowUpFromLine size={28} aria-hidden /></span>
        <h2 className={styles.title}>{text(hasDestination ? 'ui.empty.title' : 'ui.empty.first')}</h2>
        <p className={styles.hint}>{hasDestination ? <PasteHint sentence="ui.empty.hint" /> : text('ui.empty.first-hint')}</p>
        <div className={styles.buttons}>
          {!hasDestination && <SetUpButton tone="primary" />}
          <Button tone={hasDestination ? 'primary' : 'default'} onPress={() => { void chooseFiles(hoist); }}>{text('ui.empty.choose')}</Button>
          {hasDestination && !isPractising && <SetUpButton />}
        </div>
        {isPractising && <div className={styles.offers}><PracticeCard /></div>}
        {!hasDestination && <div className={styles.offers}><FoundOffers /></div>}
      </section>
    </div>
  );
}
