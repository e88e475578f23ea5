/** How the command line shows destinations and what they need. */
import type { AppError } from '../../../src-shared/errors.ts';
import type { CheckReport, CheckResult, FieldProblem, ProfilesView, ProfileView } from '../../../src-shared/profile.ts';
import { holdsSecret, type Field, type ProviderInfo } from '../../../src-shared/provider.ts';
import { errorText, text } from '../../../src-shared/text/text.ts';
import { errorJson, isoDateTime, printable } from '../format.ts';
import { optionName } from './field-options.ts';

export const isDefault = (view: ProfilesView, { id }: ProfileView): boolean => view.current === id;

/** What can be said of its state in one line, and what to do about it. */
export function formatState({ status: { state, error }, name }: ProfileView): string {
  const words = text(`ui.status.${state}`);
  const why = error ? errorSentences(error) : '';
  const command =
    state === 'needs-sign-in' || state === 'needs-setup'
      ? text('cli.setup.edit-with', { name: shellQuoted(name) })
      : '';
  return [words, ...[why, command].filter((part) => part !== '')].join('. ').replaceAll('..', '.');
}

export const errorSentences = (error: AppError): string => {
  const { what, remedy } = errorText(error);
  return `${what} ${remedy}`;
};

/** As a shell takes it for one word. */
export const shellQuoted = (name: string): string =>
  /^[\w./@:+-]+$/.test(name) ? name : `'${printable(name).replaceAll("'", "'\\''")}'`;

export function profileJson(view: ProfileView, whole: ProfilesView): object {
  const { id, name, providerId, settings, secrets, secretStorage, keyStore, visibility, linkDays, status } = view;
  const at = whole.profiles.findIndex((one) => one.id === id);
  return {
    name,
    id,
    provider: providerId,
    default: isDefault(whole, view),
    order: at + 1,
    state: status.state,
    ...(status.error ? { error: errorJson(status.error) } : {}),
    ...(status.checkedAt === undefined ? {} : { checked: isoDateTime(status.checkedAt) }),
    visibility,
    ...(linkDays === undefined ? {} : { linkDays }),
    settings,
    secrets,
    kept: secretStorage,
    ...(keyStore === undefined ? {} : { keyStore }),
  };
}

/** A field that something is wrong with or that is empty, by the names that people know. */
export function problemLine({ field: key, error }: FieldProblem, { fields }: ProviderInfo): string {
  const field = fields.find((one) => one.key === key);
  const what = field ? text('cli.setup.field', { label: text(field.label), option: optionName(key) }) : key;
  return text('cli.setup.problem', { field: what, sentence: errorSentences(error) });
}

export const fieldJson = ({ key, kind, label, help, page, required }: Field): object => ({
  field: key,
  ...(holdsSecret({ kind }) ? { secret: true } : { option: optionName(key) }),
  label: text(label),
  help: text(help),
  ...(required ? { required: true } : {}),
  ...(page === undefined ? {} : { page }),
});

export function checkLines({ results }: CheckReport): string[] {
  return results.map((result) =>
    text('cli.setup.check', { outcome: text(`ui.check.state.${result.outcome}`), step: formatStep(result) }),
  );
}

function formatStep({ step, outcome, error, note }: CheckResult): string {
  const label = text(outcome === 'failed' ? `ui.check.${step}.failed` : `ui.check.${step}`);
  const more = error
    ? `${errorSentences(error)}${error.field === undefined ? '' : ` (${optionName(error.field)})`}`
    : note
      ? text(`ui.check.note.${note}`)
      : '';
  return more === '' ? label : `${label}: ${more}`;
}

export const checkJson = ({ ok, results }: CheckReport): object => ({
  works: ok,
  steps: results.map(({ step, outcome, error, note }) => ({
    step,
    outcome,
    ...(note ? { note } : {}),
    ...(error ? { error: { ...errorJson(error), ...(error.field === undefined ? {} : { field: error.field }) } } : {}),
  })),
});
