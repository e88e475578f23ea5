import type { AppError } from '../../../src-shared/errors.ts';
import { practiceId } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { AttemptView, UploadView } from '../../../src-shared/upload.ts';
import { formatClock } from '../../format/dates.ts';
import { displaySafeName } from '../../format/file-name.ts';
import { joinFacts } from '../../format/join.ts';
import { readerLocale } from '../../format/locale.ts';
import { showToast } from '../../stores/feedback.ts';
import { findProfile } from '../../stores/profiles.ts';
import { Button } from '../../ui/Button.tsx';
import { copyText } from '../../ui/copy-text.ts';
import { useHoist, useProfiles } from '../../use-hoist.ts';
import { runRowAction } from './run-row-action.ts';
import { attemptReason } from './attempts.ts';
import styles from './Details.module.css';
import { linkOutcome } from './has-details.ts';

/** More attempts would not fit in the window. */
const maxAttempts = 8;

/** Details of a row: where its link opens and how to change that, earlier attempts, and facts for an error report. */
export function Details({ id, upload }: { id: string; upload: UploadView }) {
  const { attempts = [], error } = upload;
  return (
    <div id={id} className={styles.panel}>
      <Outcome upload={upload} />
      {attempts.length > 0 && <Attempts attempts={attempts} />}
      {upload.status === 'failed' && error && <Facts error={error} attempts={attempts} />}
    </div>
  );
}

/** Explains where the link of a finished upload opens, with a button that changes it. */
function Outcome({ upload }: { upload: UploadView }) {
  const hoist = useHoist();
  const outcome = linkOutcome(upload);
  const profile = useProfiles((state) => findProfile(state, upload.profileId));
  if (!outcome) return null;
  const { destination, profileId } = upload;
  return (
    <div className={styles.outcome}>
      <p>{text(`ui.outcome.${outcome}`, { destination })}</p>
      <div className={styles.buttons}>
        {outcome === 'unreachable' && (
          <Button tone="quiet" isRoving onPress={() => runRowAction(hoist, upload, 'open')}>
            {text('ui.menu.open')}
          </Button>
        )}
        {profileId !== practiceId && profile && (
          <Button tone="quiet" isRoving onPress={() => runRowAction(hoist, upload, 'fix')}>
            {text('ui.menu.fix', { destination })}
          </Button>
        )}
      </div>
    </div>
  );
}

/** "Work bucket · 14:03 · Work bucket rejected the key." */
const attemptLine = (attempt: AttemptView): string =>
  joinFacts([attempt.destination, formatClock(attempt.ended, readerLocale), attemptReason(attempt)]);

function Attempts({ attempts }: { attempts: readonly AttemptView[] }) {
  const shown = attempts.slice(-maxAttempts);
  const hidden = attempts.length - shown.length;
  return (
    <section className={styles.attempts}>
      <h3>{text('ui.row.attempts')}</h3>
      {hidden > 0 && <p>{text('ui.row.attempts-more', { count: hidden })}</p>}
      <ol>
        {shown.map((attempt, index) => (
          <li key={`${attempt.ended} ${index}`}>{attemptLine(attempt)}</li>
        ))}
      </ol>
    </section>
  );
}

/** The error code, the diagnostic ID of the log line, and the server's response: `403 AccessDenied “Access denied”`. */
function factsOf(error: AppError): { label: string; value: string }[] {
  const { reason, status, serverMessage: message } = error.params ?? {};
  const quotedMessage = message === undefined || message === reason ? undefined : `“${message}”`;
  const serverAnswer = [status, reason, quotedMessage].filter((part) => part !== undefined).join(' ');
  return [
    { label: text('ui.row.details-code'), value: error.code },
    ...(error.diagnosticId === undefined ? [] : [{ label: text('ui.row.details-id'), value: error.diagnosticId }]),
    ...(serverAnswer === '' ? [] : [{ label: text('ui.row.details-server'), value: displaySafeName(serverAnswer) }]),
  ];
}

function Facts({ error, attempts }: { error: AppError; attempts: readonly AttemptView[] }) {
  const { feedback, announcer } = useHoist();
  const facts = factsOf(error);
  const copy = (): void => {
    const lines = [...facts.map(({ label, value }) => `${label}: ${value}`), ...attempts.map(attemptLine)];
    if (!copyText(lines.join('\n'))) return;
    showToast(feedback, { sentence: text('ui.toast.details-copied'), tone: 'done' });
    announcer.announceNow(text('ui.toast.details-copied'));
  };
  return (
    <>
      <dl className={styles.facts}>
        {facts.map(({ label, value }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Button tone="quiet" isRoving onPress={copy}>
        {text('ui.row.details-copy')}
      </Button>
    </>
  );
}
