import { ArrowUpFromLine } from 'lucide-react';
import { text } from '../../../src-shared/text/text.ts';
import { currentProfile } from '../../stores/profiles.ts';
import { Button } from '../../ui/Button.tsx';
import { useHoist, useProfiles } from '../../use-hoist.ts';
import { FoundOffers } from '../setup/FoundOffers.tsx';
import styles from './EmptyState.module.css';
import { PasteHint } from './PasteHint.tsx';
import { chooseFiles } from './send.ts';

/** Nothing uploaded yet: the whole window is the way in. Without a destination, that comes first. */
export function EmptyState() {
  const hoist = useHoist();
  const hasDestination = useProfiles((state) => currentProfile(state) !== undefined);
  const add = <Button tone={hasDestination ? 'default' : 'primary'} onPress={() => hoist.screen.setState({ setup: { kind: 'add' } })}>{text('ui.bar.add')}</Button>;
  const choose = <Button tone={hasDestination ? 'primary' : 'default'} onPress={() => { void chooseFiles(hoist); }}>{text('ui.empty.choose')}</Button>;
  return (
    <div className={styles.outer}>
      <section className={styles.target} aria-label={text('ui.empty.target')}>
        <span className={styles.mark}><ArrowUpFromLine size={28} aria-hidden /></span>
        <h2 className={styles.title}>{text(hasDestination ? 'ui.empty.title' : 'ui.empty.first')}</h2>
        <p className={styles.hint}>{hasDestination ? <PasteHint sentence="ui.empty.hint" /> : text('ui.empty.first-hint')}</p>
        <div className={styles.buttons}>{hasDestination ? <>{choose}{add}</> : <>{add}{choose}</>}</div>
        {!hasDestination && <div className={styles.offers}><FoundOffers /></div>}
      </section>
    </div>
  );
}
