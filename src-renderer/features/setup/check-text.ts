/** The test of a destination in words: what was tried, how it went, and what to do. */
import type { CheckResult, CheckStep } from '../../../src-shared/profile.ts';
import { errorText, text } from '../../../src-shared/text/text.ts';

export type CheckState = CheckResult['outcome'] | 'waiting';

export const checkTitle = (step: CheckStep, state: CheckState): string => text(state === 'failed' ? `ui.check.${step}.failed` : `ui.check.${step}`);

export const checkState = (state: CheckState): string => text(`ui.check.state.${state}`);

/** Under the title: why, and what to do; undefined when there is nothing to add. */
export function checkRemedy(result: CheckResult | undefined): string | undefined {
  if (result?.error) {
    const { what, remedy } = errorText(result.error);
    return `${what} ${remedy}`;
  }
  return result?.note && text(`ui.check.note.${result.note}`);
}
