import { Monitor } from 'lucide-react';
import { text } from '../../../src-shared/text/text.ts';
import { useProfiles } from '../../use-hoist.ts';
import { FoundOffer } from './FoundOffers.tsx';
import styles from './PracticeCard.module.css';
import { SetUpButton } from './SetUpButton.tsx';

/** What Practice is, and the ways out of it: nobody should believe that others can open its links. */
export function PracticeCard() {
  const offers = useProfiles((state) => state.found);
  return (
    <section className={styles.card} aria-label={text('ui.practice.region')}>
      <div className={styles.practice}>
        <Monitor size={18} strokeWidth={1.75} className={styles.mark} aria-hidden />
        <div className={styles.what}>
          <h3 className={styles.title}>{text('ui.practice.title')}</h3>
          <p className={styles.hint}>{text('ui.practice.hint')}</p>
        </div>
        <div className={styles.button}><SetUpButton /></div>
      </div>
      {offers.map((found) => <FoundOffer key={found.id} found={found} />)}
    </section>
  );
}
