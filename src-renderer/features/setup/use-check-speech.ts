/** The test for those who hear it: what fails or has a limit as it happens, and how it all ended. */
import { useEffect, useEffectEvent } from 'react';
import { text } from '../../../src-shared/text/text.ts';
import { sayPolitely } from '../../stores/feedback.ts';
import { useHoist } from '../../use-hoist.ts';
import { checkRemedy, checkState, checkTitle } from './check-text.ts';
import type { DraftForm } from './use-draft.ts';

export function useCheckSpeech({ results, report, destination }: DraftForm, verdict: string): void {
  const { feedback } = useHoist();
  const last = results.at(-1);
  const tell = useEffectEvent(() => {
    if (!last || report || last.outcome === 'skipped') return;
    const title = checkTitle(last.step, last.outcome);
    sayPolitely(
      feedback,
      text('ui.wizard.try.line', {
        title,
        state: checkState(last.outcome),
        remedy: checkRemedy(last, destination) ?? '',
      }),
    );
  });
  const conclude = useEffectEvent(() => {
    const failed = report?.results.find(({ outcome }) => outcome === 'failed');
    const why = failed && `${checkTitle(failed.step, 'failed')}. ${checkRemedy(failed, destination) ?? ''}`;
    sayPolitely(feedback, [`${verdict}.`, why].filter(Boolean).join(' '));
  });
  const count = results.length;
  useEffect(() => {
    if (count > 0) tell();
  }, [count]);
  useEffect(() => {
    if (report) conclude();
  }, [report]);
}
