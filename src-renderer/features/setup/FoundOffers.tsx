import { SquareTerminal } from 'lucide-react';
import type { FoundView } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import { Button } from '../../ui/Button.tsx';
import { useHoist, useProfiles } from '../../use-hoist.ts';
import { adoptFound } from './choose-destination.ts';
import styles from './FoundOffers.module.css';
import { foundPlace, foundSource } from './found-text.ts';

/** Credentials that this computer already has: named with their source, used only after this one confirmation. */
export function FoundOffers() {
  const offers = useProfiles((state) => state.found);
  if (offers.length === 0) return null;
  return (
    <section className={styles.offers} aria-label={text('ui.found.title')}>
      <h3 className={styles.title}>{text('ui.found.title')}</h3>
      {offers.map((found) => <div key={found.id} className={styles.card}><FoundOffer found={found} /></div>)}
    </section>
  );
}

export function FoundOffer({ found }: { found: FoundView }) {
  const hoist = useHoist();
  return (
    <div className={styles.offer}>
      <SquareTerminal size={18} strokeWidth={1.75} className={styles.mark} aria-hidden />
      <div className={styles.what}>
        <div className={styles.name} title={foundPlace(found)}>{foundPlace(found)}</div>
        <div className={styles.from} title={foundSource(found)}>{foundSource(found)}</div>
      </div>
      <Button label={text('ui.found.use-label', { place: foundPlace(found) })} onPress={() => { void adoptFound(hoist, found); }}>{text('ui.found.use')}</Button>
    </div>
  );
}
