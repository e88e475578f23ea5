/** Announces each step of the test and the final result to screen readers. */
import { useEffect, useEffectEvent } from 'react';
import { text } from '../../../src-shared/text/text.ts';
import { announcePolitely } from '../../stores/feedback.ts';
import { useHoist } from '../../use-hoist.ts';
import { checkRemedy, checkState, checkTitle } from './check-text.ts';
import type { SetupFormState } from './use-setup-form.ts';

export function useCheckAnnouncements({ results, report, destination }: SetupFormState, summary: string): void {
  const { feedback } = useHoist();
  const last = results.at(-1);
  const announceLastStep = useEffectEvent(() => {
    if (!last || report || last.outcome === 'skipped') return;
    const title = checkTitle({ step: last.step, state: last.outcome, result: last });
    announcePolitely(
      feedback,
      text('ui.wizard.try.line', {
        title,
        state: checkState(last.outcome),
        remedy: checkRemedy(last, destination) ?? '',
      }),
    );
  });
  const announceResult = useEffectEvent(() => {
    const failed = report?.results.find(({ outcome }) => outcome === 'failed');
    const reason = failed
      ? [`${checkTitle({ step: failed.step, state: 'failed', result: failed })}.`, checkRemedy(failed, destination)]
      : [];
    announcePolitely(feedback, [`${summary}.`, ...reason].filter(Boolean).join(' '));
  });
  const count = results.length;
  useEffect(() => {
    if (count > 0) announceLastStep();
  }, [count]);
  useEffect(() => {
    if (report) announceResult();
  }, [report]);
}
