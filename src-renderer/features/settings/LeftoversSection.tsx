import { useState } from 'react';
import { formatBytes } from '../../../src-shared/format/bytes.ts';
import type { Leftovers } from '../../../src-shared/ipc/contract.ts';
import { text } from '../../../src-shared/text/text.ts';
import { readerLocale } from '../../format/locale.ts';
import { showToast } from '../../stores/feedback.ts';
import { Button } from '../../ui/Button.tsx';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { useHoist } from '../../use-hoist.ts';
import { withErrorToast } from '../uploads/run-row-action.ts';
import styles from './SettingsDialog.module.css';
import { useLeftovers } from './use-leftovers.ts';
import { useQuestionFocus } from './use-question-focus.ts';

/**
 * Remote data of paused and failed uploads, with a button to delete it. Once shown, the section stays until the dialog
 * closes.
 */
export function LeftoversSection() {
  const { leftovers, refresh } = useLeftovers();
  const [wasShown, setShown] = useState(false);
  const isShown = wasShown || (leftovers !== undefined && leftovers.uploads > 0);
  if (isShown && !wasShown) setShown(true);
  if (!isShown || !leftovers) return null;
  return (
    <section className={styles.section} aria-labelledby="settings-leftovers">
      <h2 id="settings-leftovers">{text('ui.settings.leftovers')}</h2>
      <div className={styles.list}>
        <div className={styles.destination}>
          <LeftoversRow leftovers={leftovers} onRemoved={refresh} />
        </div>
      </div>
    </section>
  );
}

function LeftoversRow({ leftovers, onRemoved }: { leftovers: Leftovers; onRemoved: () => Promise<void> }) {
  const hoist = useHoist();
  const [step, setStep] = useState<'idle' | 'confirming' | 'removing'>('idle');
  const { trigger, summary, focusNext } = useQuestionFocus();
  const { uploads: count, bytes } = leftovers;

  /** Closes the question. */
  const showSummary = (target: 'trigger' | 'summary'): void => {
    focusNext(target);
    setStep('idle');
  };
  const remove = async (): Promise<void> => {
    setStep('removing');
    const isDone = await withErrorToast(hoist, hoist.bridge.uploads.removeLeftovers());
    await onRemoved();
    showSummary(isDone ? 'summary' : 'trigger');
    if (!isDone) return;
    const sentence = text('ui.toast.leftovers-removed');
    showToast(hoist.feedback, { sentence, tone: 'done' });
    hoist.announcer.announceNow(sentence);
  };

  if (step !== 'idle') {
    return (
      <>
        <div className={styles.question} role="alert">
          {text('ui.settings.leftovers.question', { count })}
          <p>{text('ui.settings.leftovers.question-detail', { count })}</p>
        </div>
        <Button autoFocus isDisabled={step === 'removing'} onPress={() => showSummary('trigger')}>
          {text('ui.settings.keep')}
        </Button>
        <Button
          tone="danger"
          isPending={step === 'removing'}
          label={text('ui.settings.leftovers.remove')}
          onPress={() => {
            void remove();
          }}
        >
          {text('ui.settings.leftovers.remove-short')}
        </Button>
      </>
    );
  }
  return (
    <>
      <div ref={summary} tabIndex={-1} className={styles.what}>
        <div className={styles.name}>
          <span>
            {text('ui.settings.leftovers.holds', {
              count,
              bytes: bytes > 0 ? formatBytes(bytes, readerLocale) : 'none',
            })}
          </span>
        </div>
        <div className={styles.detail}>{text('ui.settings.leftovers.detail')}</div>
        <Files leftovers={leftovers} />
      </div>
      {count > 0 && (
        <Button tone="quiet" ref={trigger} onPress={() => setStep('confirming')}>
          {text('ui.settings.leftovers.remove')}
        </Button>
      )}
    </>
  );
}

/** The uploads that left data at a destination. */
function Files({ leftovers: { list, uploads } }: { leftovers: Leftovers }) {
  const [isOpen, setOpen] = useState(false);
  if (list.length === 0) return null;
  return (
    <Disclosure title={text('ui.settings.leftovers.which')} isOpen={isOpen} onToggle={setOpen}>
      <ul className={styles.files}>
        {list.map(({ id, name, destination, bytes }) => (
          <li key={id}>
            <span className={styles.file} title={name}>
              {name}
            </span>
            <span className={styles.where}>
              {text('ui.settings.leftovers.where', {
                destination,
                bytes: bytes > 0 ? formatBytes(bytes, readerLocale) : 'none',
              })}
            </span>
          </li>
        ))}
        {uploads > list.length && (
          <li className={styles.where}>{text('ui.settings.leftovers.more', { count: uploads - list.length })}</li>
        )}
      </ul>
    </Disclosure>
  );
}
