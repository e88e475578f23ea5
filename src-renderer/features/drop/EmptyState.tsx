import { ArrowUpFromLine } from 'lucide-react';
import { text } from '../../../src-shared/text/text.ts';
import { isPractice, usesPractice } from '../../stores/profiles.ts';
import { Button } from '../../ui/Button.tsx';
import { useHoist, useProfiles, useScreen } from '../../use-hoist.ts';
import { FirstRun } from '../setup/FirstRun.tsx';
import { SetUpButton } from '../setup/SetUpButton.tsx';
import styles from './EmptyState.module.css';
import { PasteHint } from './PasteHint.tsx';
import { chooseAndSend } from './send-files.ts';

/** Nothing uploaded yet: the whole window is the way in. Until a destination is set up or Practice chosen, it asks where files go. */
export function EmptyState() {
  const isPractising = useScreen((state) => state.isPractising);
  const isFirstRun = useProfiles((state) => state.profiles.every(isPractice)) && !isPractising;
  return (
    <div className={styles.outer}>
      <section className={styles.target} aria-label={text('ui.empty.target')}>
        {isFirstRun ? <FirstRun /> : <DropPrompt />}
      </section>
    </div>
  );
}

function DropPrompt() {
  const hoist = useHoist();
  const isPractising = useProfiles(usesPractice);
  return (
    <>
      <span className={styles.mark}>
        <ArrowUpFromLine size={28} aria-hidden />
      </span>
      <h2 className={styles.title}>{text('ui.empty.title')}</h2>
      <p className={styles.hint}>
        <PasteHint sentence="ui.empty.hint" />
      </p>
      {isPractising && <p className={styles.hint}>{text('ui.practice.title')}</p>}
      <div className={styles.buttons}>
        <Button
          tone="primary"
          onPress={() => {
            void chooseAndSend(hoist);
          }}
        >
          {text('ui.empty.choose')}
        </Button>
        <SetUpButton />
      </div>
    </>
  );
}
