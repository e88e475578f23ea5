/** The test of a destination in words: what was tried, how it went, what to do, and which field that is about. */
import type { AppError } from '../../../src-shared/errors.ts';
import type { CheckResult, CheckStep } from '../../../src-shared/profile.ts';
import type { Field, ProviderInfo } from '../../../src-shared/provider.ts';
import { errorText, text } from '../../../src-shared/text/text.ts';
import { discoveredTitle } from './discovered-text.ts';
import type { FormContext } from './secret-storage.ts';

export type CheckState = CheckResult['outcome'] | 'waiting' | 'running';

export const checkTitle = (step: CheckStep, state: CheckState): string =>
  text(state === 'failed' ? `ui.check.${step}.failed` : `ui.check.${step}`);

export const checkState = (state: CheckState): string => text(`ui.check.state.${state}`);

/** A destination that has no name yet is called by its service, or by what was found. */
export function destinationLabel({ draft, provider, known }: FormContext): string {
  return (
    draft.name ||
    known.profile?.name ||
    (known.discovered && discoveredTitle(known.discovered)) ||
    provider.presets.find(({ id }) => id === draft.preset)?.name ||
    provider.name
  );
}

export const withDestination = (error: AppError, destination: string): AppError =>
  error.params?.destination ? error : { ...error, params: { ...error.params, destination } };

/** Under the title: why, and what to do; undefined when there is nothing to add. */
export function checkRemedy(result: CheckResult | undefined, destination: string): string | undefined {
  if (result?.error) {
    const { what, remedy } = errorText(withDestination(result.error, destination));
    return `${what} ${remedy}`;
  }
  return result?.note && text(`ui.check.note.${result.note}`);
}

/** The store itself said what is right: it need not be typed. */
export function suggestedValues({
  error,
}: CheckResult): { region: string; values: Record<string, string> } | undefined {
  const region = error?.code === 'wrong-region' && error.field === 'region' ? error.params?.region : undefined;
  return typeof region === 'string' ? { region, values: { region } } : undefined;
}

/** Where the remedy is; a link that strangers cannot open is a matter of the choice who may. Undefined when it is elsewhere. */
export function fieldToChange({ outcome, error, note }: CheckResult, { fields }: ProviderInfo): Field | undefined {
  const key = error?.field;
  if (key !== undefined) return fields.find((field) => field.key === key);
  const isAboutVisibility = outcome === 'failed' && note === 'private';
  return isAboutVisibility
    ? fields.find(({ group, kind, advanced }) => group === 'links' && kind === 'choice' && !advanced)
    : undefined;
}
