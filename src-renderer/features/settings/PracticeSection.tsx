import { useState } from 'react';
import { formatBytes } from '../../../src-shared/format/bytes.ts';
import type { PracticeUsage } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import { readerLocale } from '../../format/locale.ts';
import { showToast } from '../../stores/feedback.ts';
import { usesPractice } from '../../stores/profiles.ts';
import { Button } from '../../ui/Button.tsx';
import { useHoist, useProfiles } from '../../use-hoist.ts';
import { showError } from '../uploads/run-row-action.ts';
import styles from './SettingsDialog.module.css';
import { useQuestionFocus } from './use-question-focus.ts';
import { usePracticeUsage } from './use-practice-usage.ts';

/**
 * The contents of Practice, with a button to empty it. Shown if Practice is in use or holds files. Once shown, the
 * section stays until the dialog closes.
 */
export function PracticeSection() {
  const isPractising = useProfiles(usesPractice);
  const { usage, refresh } = usePracticeUsage();
  const [wasShown, setShown] = useState(false);
  const isShown = wasShown || (usage !== undefined && (isPractising || usage.objects > 0));
  if (isShown && !wasShown) setShown(true);
  if (!isShown || !usage) return null;
  return (
    <section className={styles.section} aria-labelledby="settings-practice">
      <h2 id="settings-practice">{text('ui.settings.practice')}</h2>
      <div className={styles.list}>
        <div className={styles.destination}>
          <PracticeUsageRow usage={usage} onEmptied={refresh} />
        </div>
      </div>
    </section>
  );
}

/** `count`: the number of files that the user agreed to delete, while Practice is being emptied. */
type Step = { is: 'idle' | 'confirming' } | { is: 'emptying'; count: number };

function PracticeUsageRow({ usage, onEmptied }: { usage: PracticeUsage; onEmptied: () => Promise<void> }) {
  const hoist = useHoist();
  const [step, setStep] = useState<Step>({ is: 'idle' });
  const { trigger, summary, focusNext } = useQuestionFocus();
  const { bytes, quotaBytes } = usage;
  const count = step.is === 'emptying' ? step.count : usage.objects;

  const closeQuestion = ({ focus }: { focus: 'trigger' | 'summary' }): void => {
    focusNext(focus);
    setStep({ is: 'idle' });
  };
  const empty = async (): Promise<void> => {
    setStep({ is: 'emptying', count });
    const answer = await hoist.bridge.practice.empty();
    if (!answer.ok) {
      showError(hoist, answer.error);
      closeQuestion({ focus: 'trigger' });
      return;
    }
    await onEmptied();
    closeQuestion({ focus: 'summary' });
    const sentence = text('ui.toast.practice-empty');
    showToast(hoist.feedback, { sentence, tone: 'done' });
    hoist.announcer.announceNow(sentence);
  };

  if (step.is !== 'idle') {
    return (
      <>
        <div className={styles.question} role="alert">
          {text('ui.settings.practice.question', { count })}
          <p>{text('ui.settings.practice.question-detail', { count })}</p>
        </div>
        <Button autoFocus isDisabled={step.is === 'emptying'} onPress={() => closeQuestion({ focus: 'trigger' })}>
          {text('ui.settings.keep')}
        </Button>
        <Button
          tone="danger"
          isPending={step.is === 'emptying'}
          label={text('ui.settings.practice.empty-label')}
          onPress={() => {
            void empty();
          }}
        >
          {text('ui.settings.practice.empty')}
        </Button>
      </>
    );
  }
  return (
    <>
      <div ref={summary} tabIndex={-1} className={styles.what}>
        <div className={styles.name}>
          <span>
            {text('ui.settings.practice.holds', {
              count,
              bytes: formatBytes(bytes, readerLocale),
              quota: formatBytes(quotaBytes, readerLocale),
            })}
          </span>
        </div>
        <div className={styles.detail}>{text('ui.settings.practice.detail')}</div>
      </div>
      {count > 0 && (
        <Button
          tone="quiet"
          ref={trigger}
          label={text('ui.settings.practice.empty-label')}
          onPress={() => setStep({ is: 'confirming' })}
        >
          {text('ui.settings.practice.empty')}
        </Button>
      )}
    </>
  );
}
