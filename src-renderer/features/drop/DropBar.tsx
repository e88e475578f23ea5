import { Monitor } from 'lucide-react';
import { text } from '../../../src-shared/text/text.ts';
import { usesPractice } from '../../stores/profiles.ts';
import { Button } from '../../ui/Button.tsx';
import { useHoist, useProfiles } from '../../use-hoist.ts';
import { SetUpButton } from '../setup/SetUpButton.tsx';
import { PasteHint } from './PasteHint.tsx';
import { chooseAndSend } from './send-files.ts';
import styles from './DropBar.module.css';

/** The way in while there is work. */
export function DropBar() {
  const hoist = useHoist();
  const isPractising = useProfiles(usesPractice);
  return (
    <div className={styles.outer}>
      <section className={styles.strip} aria-label={text('ui.empty.target')}>
        <p className={styles.words}>
          <strong>{text('ui.strip.title')}</strong>{' '}
          <span>
            <PasteHint sentence="ui.strip.hint" />
          </span>
        </p>
        <Button
          onPress={() => {
            void chooseAndSend(hoist);
          }}
        >
          {text('ui.empty.choose')}
        </Button>
      </section>
      {isPractising && <PracticeLine />}
    </div>
  );
}

function PracticeLine() {
  return (
    <section className={styles.practice} aria-label={text('ui.practice.region')}>
      <Monitor size={16} strokeWidth={1.75} aria-hidden />
      <p>{text('ui.practice.line')}</p>
      <SetUpButton tone="quiet" />
    </section>
  );
}
