import { text } from '../../../src-shared/text/text.ts';
import { Button } from '../../ui/Button.tsx';
import { useHoist } from '../../use-hoist.ts';
import { PasteHint } from './PasteHint.tsx';
import { chooseFiles } from './send.ts';
import styles from './Strip.module.css';

/** The way in while there is work. */
export function Strip() {
  const hoist = useHoist();
  return (
    <div className={styles.outer}>
      <section className={styles.strip} aria-label={text('ui.empty.target')}>
        <p className={styles.words}><strong>{text('ui.strip.title')}</strong> <span><PasteHint sentence="ui.strip.hint" /></span></p>
        <Button onPress={() => { void chooseFiles(hoist); }}>{text('ui.empty.choose')}</Button>
      </section>
    </div>
  );
}
