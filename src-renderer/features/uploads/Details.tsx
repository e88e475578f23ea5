import type { AppError } from '../../../src-shared/errors.ts';
import { text } from '../../../src-shared/text/text.ts';
import { safeName } from '../../format/file-name.ts';
import { showToast } from '../../stores/feedback.ts';
import { Button } from '../../ui/Button.tsx';
import { copyText } from '../../ui/copy-text.ts';
import { useHoist } from '../../use-hoist.ts';
import styles from './Details.module.css';

/** What helps someone who helps: the code, where the cause is in the log, and what the server answered. */
function factsOf(error: AppError): { label: string; value: string }[] {
  const { reason, status } = error.params ?? {};
  const said = [status, reason].filter((part) => part !== undefined).join(' ');
  return [
    { label: text('ui.row.details-code'), value: error.code },
    ...(error.diagnosticId === undefined ? [] : [{ label: text('ui.row.details-id'), value: error.diagnosticId }]),
    ...(said === '' ? [] : [{ label: text('ui.row.details-server'), value: safeName(said) }]),
  ];
}

export function Details({ id, error }: { id: string; error: AppError }) {
  const { feedback, announcer } = useHoist();
  const facts = factsOf(error);
  const copy = (): void => {
    if (!copyText(facts.map(({ label, value }) => `${label}: ${value}`).join('\n'))) return;
    showToast(feedback, { sentence: text('ui.toast.details-copied'), tone: 'done' });
    announcer.answer(text('ui.toast.details-copied'));
  };
  return (
    <div id={id} className={styles.panel}>
      <dl className={styles.facts}>
        {facts.map(({ label, value }) => <div key={label}><dt>{label}</dt><dd>{value}</dd></div>)}
      </dl>
      <Button tone="quiet" isRoving onPress={copy}>{text('ui.row.details-copy')}</Button>
    </div>
  );
}
