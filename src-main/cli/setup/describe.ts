/** Formats destinations, their fields and their tests for the command line, as text and as JSON. */
import type { AppError } from '../../../src-shared/errors.ts';
import type { CheckReport, CheckResult, FieldProblem, ProfilesView, ProfileView } from '../../../src-shared/profile.ts';
import { holdsSecret, type Field, type ProviderInfo } from '../../../src-shared/provider.ts';
import { failedStepText } from '../../../src-shared/text/check-step.ts';
import { text } from '../../../src-shared/text/text.ts';
import { errorJson, errorSentences, isoDateTime, shellQuoted } from '../format.ts';
import { optionName } from './field-options.ts';
import { needsMfaCode, fieldArgument, fixArguments, type FixHint, type SettingsCommand } from './fix-hint.ts';

export const isDefault = (view: ProfilesView, { id }: ProfileView): boolean => view.current === id;

/** The state of a destination in one line, with the command or the variable that fixes a problem. */
export function formatState(profile: ProfileView, fixHint: FixHint): string {
  const { state, error } = profile.status;
  const label = text(`ui.status.${state}`);
  const reason = error ? errorSentences(error) : '';
  const isFixable = (state === 'needs-sign-in' || state === 'needs-setup') && !(error && needsMfaCode(error));
  const fix = (error && fixHint(profile.id, error)) ?? (isFixable ? generalFix(profile) : '');
  // The reason and the fix are sentences that already end with a period.
  return [label, ...[reason, fix].filter((part) => part !== '')].join('. ').replaceAll('..', '.');
}

const generalFix = ({ name, providerId, isFromEnvironment }: ProfileView): string =>
  isFromEnvironment
    ? text('cli.setup.set-variables', { provider: providerId })
    : text('cli.fix.command', { command: `hoist setup edit ${shellQuoted(name)}` });

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

/** Describes an invalid or empty field by its label and by the argument of the command that changes it. */
export function problemLine(
  { field: key, error }: FieldProblem,
  { fields }: ProviderInfo,
  command: SettingsCommand,
): string {
  const field = fields.find((candidate) => candidate.key === key);
  const label = field
    ? text('cli.setup.field', { label: text(field.label), option: fieldArgument(field, command) })
    : key;
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

/** @param argumentOf the argument, or the variable, that changes the field of an error */
export function checkLines({ results }: CheckReport, argumentOf: ArgumentOf): string[] {
  return results.map((result) =>
    text('cli.setup.check', {
      outcome: text(`ui.check.state.${result.outcome}`),
      step: formatStep(result, argumentOf),
    }),
  );
}

type ArgumentOf = (error: AppError) => string | undefined;

export const argumentIn =
  ({ fields }: ProviderInfo, command: SettingsCommand): ArgumentOf =>
  (error) =>
    fixArguments(error, fields, command);

function formatStep({ step, outcome, error, note }: CheckResult, argumentOf: ArgumentOf): string {
  const argument = error && argumentOf(error);
  const label = outcome === 'failed' ? failedStepText({ step, ...(error ? { error } : {}) }) : text(`ui.check.${step}`);
  if (error) return `${label}: ${errorSentences(error)}${argument === undefined ? '' : ` (${argument})`}`;
  return note ? `${label}: ${text(`ui.check.note.${note}`)}` : label;
}

export const checkJson = ({ ok, results }: CheckReport): object => ({
  works: ok,
  steps: results.map(({ step, outcome, error, note }) => ({
    step,
    outcome,
    ...(note ? { note } : {}),
    ...(error ? { error: errorJson(error) } : {}),
  })),
});
