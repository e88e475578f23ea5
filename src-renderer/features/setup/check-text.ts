/** The test of a destination in words: step, result, remedy, and the field that the remedy concerns. */
import type { AppError } from '../../../src-shared/errors.ts';
import type { CheckResult, CheckStep } from '../../../src-shared/profile.ts';
import type { Field, ProviderInfo } from '../../../src-shared/provider.ts';
import { failedStepText } from '../../../src-shared/text/check-step.ts';
import { errorText, text } from '../../../src-shared/text/text.ts';
import { discoveredTitle } from './discovered-text.ts';
import type { FormContext } from './secret-storage.ts';

export type CheckState = CheckResult['outcome'] | 'waiting' | 'running';

export const checkTitle = ({
  step,
  state,
  result,
}: {
  step: CheckStep;
  state: CheckState;
  result: CheckResult | undefined;
}): string => (state === 'failed' ? failedStepText(result ?? { step }) : text(`ui.check.${step}`));

export const checkState = (state: CheckState): string => text(`ui.check.state.${state}`);

/** The name of the destination; if it has none, the name of its service or of its discovered credentials. */
export function destinationLabel({ draft, provider, known }: FormContext): string {
  return (
    draft.name ||
    known.profile?.name ||
    (known.discovered && discoveredTitle(known.discovered)) ||
    provider.presets.find(({ id }) => id === draft.preset)?.name ||
    provider.name
  );
}

/** Names the destination in the sentences of the error, unless the error already names one. */
export const withDestination = (error: AppError, destination: string): AppError =>
  error.params?.destination ? error : { ...error, params: { ...error.params, destination } };

/** The text below the title: cause and remedy; undefined when there is nothing to add. */
export function checkRemedy(result: CheckResult | undefined, destination: string): string | undefined {
  if (result?.error) {
    const { what, remedy } = errorText(withDestination(result.error, destination));
    return `${what} ${remedy}`;
  }
  return result?.note && text(`ui.check.note.${result.note}`);
}

/** The correct region, if the storage service reported it; the user can then accept it with a button. */
export function suggestedValues({
  error,
}: CheckResult): { region: string; values: Record<string, string> } | undefined {
  const region = error?.code === 'wrong-region' && error.field === 'region' ? error.params?.region : undefined;
  return typeof region === 'string' ? { region, values: { region } } : undefined;
}

/**
 * The field that the user should change. If the link does not open anonymously, this is the link kind. Undefined if no
 * field can fix the problem.
 */
export function fieldToChange({ outcome, error, note }: CheckResult, { fields }: ProviderInfo): Field | undefined {
  const key = error?.field;
  if (key !== undefined) return fields.find((field) => field.key === key);
  const isAboutVisibility = outcome === 'failed' && note === 'private';
  return isAboutVisibility
    ? fields.find(({ group, kind, advanced }) => group === 'links' && kind === 'choice' && !advanced)
    : undefined;
}
