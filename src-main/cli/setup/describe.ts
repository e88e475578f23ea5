/** Formats destinations, their fields and their tests for the command line, as text and as JSON. */
import type { CheckReport, CheckResult, FieldProblem, ProfilesView, ProfileView } from '../../../src-shared/profile.ts';
import { holdsSecret, type Field, type ProviderInfo } from '../../../src-shared/provider.ts';
import { failedStepText } from '../../../src-shared/text/check-step.ts';
import { text } from '../../../src-shared/text/text.ts';
import { errorJson, errorSentences, isoDateTime, printable } from '../format.ts';
import { optionName } from './field-options.ts';

export const isDefault = (view: ProfilesView, { id }: ProfileView): boolean => view.current === id;

/** The state of a destination in one line, with the command that fixes a problem. */
export function formatState(profile: ProfileView): string {
  const { state, error } = profile.status;
  const label = text(`ui.status.${state}`);
  const reason = error ? errorSentences(error) : '';
  const command = state === 'needs-sign-in' || state === 'needs-setup' ? fixCommand(profile) : '';
  return [label, ...[reason, command].filter((part) => part !== '')].join('. ').replaceAll('..', '.');
}

/** `setup edit` can't change a destination whose keys come from environment variables. */
const fixCommand = ({ name, providerId, isFromEnvironment }: ProfileView): string =>
  isFromEnvironment
    ? text('cli.setup.set-variables', { provider: providerId })
    : text('cli.setup.edit-with', { name: shellQuoted(name) });

/** Quotes a name so that a shell reads it as one word. */
export const shellQuoted = (name: string): string =>
  /^[\w./@:+-]+$/.test(name) ? name : `'${printable(name).replaceAll("'", "'\\''")}'`;

/** Scripts rely on the field names. */
export function profileJson(profile: ProfileView, view: ProfilesView): object {
  const { id, name, providerId, settings, secrets, secretStorage, keyStore, visibility, linkDays, status } = profile;
  const index = view.profiles.findIndex((candidate) => candidate.id === id);
  return {
    name,
    id,
    provider: providerId,
    default: isDefault(view, profile),
    order: index + 1,
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

/** Describes an invalid or empty field by its label and option. */
export function problemLine({ field: key, error }: FieldProblem, { fields }: ProviderInfo): string {
  const field = fields.find((candidate) => candidate.key === key);
  const label = field ? text('cli.setup.field', { label: text(field.label), option: optionName(key) }) : key;
  return text('cli.setup.problem', { field: label, sentence: errorSentences(error) });
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
  const label = outcome === 'failed' ? failedStepText({ step, ...(error ? { error } : {}) }) : text(`ui.check.${step}`);
  const detail = error
    ? `${errorSentences(error)}${error.field === undefined ? '' : ` (${optionName(error.field)})`}`
    : note
      ? text(`ui.check.note.${note}`)
      : '';
  return detail === '' ? label : `${label}: ${detail}`;
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
