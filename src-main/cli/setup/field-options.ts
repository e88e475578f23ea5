/** Turns a provider's fields into command options, and the typed options into form values. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Option, type Command } from 'commander';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { holdsSecret, type Field, type ProviderInfo } from '../../../src-shared/provider.ts';
import { text } from '../../../src-shared/text/text.ts';
import { decodeText } from '../../platform/decode-text.ts';
import { UsageError } from '../cli-errors.ts';

/** Puts a hyphen before each capital letter that follows a lowercase letter or a digit. */
const hyphenated = (key: string): string => key.replace(/([a-z\d])([A-Z])/g, '$1-$2');

/** The option for a field: `--name-template` for `nameTemplate`. */
export const optionName = (key: string): string => `--${hyphenated(key).toLowerCase()}`;

/** Says when the option has an effect or is required. */
function optionCondition({ showWhen, required }: Field): string {
  if (!showWhen) return required ? text('cli.setup.option.needed') : '';
  const option = optionName(showWhen.field);
  const values = [showWhen.is].flat().filter(Boolean);
  return values.length === 0
    ? text('cli.setup.option.without', { option })
    : text('cli.setup.option.with', { option, value: values.join('|') });
}

const optionsForField = (field: Field): Option[] => {
  const { key, kind, label, help, choices } = field;
  const name = optionName(key);
  const description = [
    text('cli.setup.option', { label: text(label), help: text(help) }),
    kind === 'toggle' ? text('cli.setup.option.off', { option: name.replace('--', '--no-') }) : '',
    optionCondition(field),
  ]
    .filter(Boolean)
    .join(' ');
  switch (kind) {
    // Hoist refuses this option with a clear message, because arguments appear in the shell history and in
    // process lists.
    case 'secret':
    case 'sign-in':
      return [new Option(`${name} [SECRET]`).hideHelp().argParser(() => true)];
    case 'toggle':
      return [new Option(name, description), new Option(name.replace('--', '--no-')).hideHelp()];
    case 'choice':
      return [new Option(`${name} <CHOICE>`, description).choices((choices ?? []).map(({ value }) => value))];
    case 'lines':
      return [
        new Option(`${name} <LINE>`, `${description} ${text('cli.setup.option.lines')}`).argParser(
          (line, previous: string[] | undefined) => [...(previous ?? []), line],
        ),
      ];
    case 'text':
      return [new Option(`${name} <${hyphenated(key).toUpperCase()}>`, description)];
  }
};

export function addFieldOptions(command: Command, { fields, presets }: ProviderInfo): void {
  if (presets.length > 0)
    command.addOption(
      new Option('--preset <SERVICE>', text('cli.setup.add.preset')).choices(presets.map(({ id }) => id)),
    );
  // The essential fields first, then the advanced ones.
  for (const field of fields.toSorted((a, b) => Number(a.advanced ?? false) - Number(b.advanced ?? false))) {
    for (const option of optionsForField(field))
      command.addOption(
        option.helpGroup(text(field.advanced ? 'cli.setup.options.more' : 'cli.setup.options.essential')),
      );
  }
}

/** The property name that commander uses for the option. */
const commanderKey = (key: string): string => new Option(optionName(key)).attributeName();

/** @throws UsageError for a secret in the arguments. The message does not repeat the secret. */
export function refuseSecrets({ fields }: ProviderInfo, typed: Record<string, unknown>): void {
  const field = fields.find((candidate) => holdsSecret(candidate) && typed[commanderKey(candidate.key)] !== undefined);
  if (field)
    throw new UsageError(
      text('cli.setup.secret-argument', { option: optionName(field.key), label: text(field.label), key: field.key }),
    );
}

export interface TypedOptions {
  typed: Record<string, unknown>;
  preset?: string;
  cwd: string;
}

/**
 * The form values for the typed options. An option that applies only to one choice of another field selects that
 * choice.
 * @throws UsageError
 */
export function valuesFromOptions(provider: ProviderInfo, { typed, preset, cwd }: TypedOptions): FieldValues {
  const explicit = Object.fromEntries(
    provider.fields.flatMap((field) => {
      const value = holdsSecret(field) ? undefined : optionText(typed[commanderKey(field.key)], field, cwd);
      return value === undefined ? [] : [[field.key, value]];
    }),
  );
  return { ...provider.presets.find(({ id }) => id === preset)?.values, ...withImpliedChoices(provider, explicit) };
}

function optionText(typed: unknown, { kind }: Field, cwd: string): string | undefined {
  if (typed === undefined) return undefined;
  if (kind === 'toggle') return typed === true ? 'true' : 'false';
  if (kind !== 'lines') return typed as string;
  return (typed as string[]).map((line) => linesOf(line, cwd)).join('\n');
}

const linesOf = (typed: string, cwd: string): string =>
  typed.startsWith('@') ? readTextFile(typed.slice(1), cwd) : typed;

/** Reads the value of an option from a file, for example a certificate or a list of headers. */
function readTextFile(name: string, cwd: string): string {
  try {
    return decodeText(readFileSync(path.resolve(cwd, name)));
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause;
    throw new UsageError(text('cli.setup.unreadable-file', { path: name }));
  }
}

/** @throws UsageError when the user sets a field that has no effect with another field that the user sets */
function withImpliedChoices({ fields }: Pick<ProviderInfo, 'fields'>, explicit: FieldValues): FieldValues {
  const values = { ...explicit };
  for (const { key, showWhen } of fields) {
    if (explicit[key] === undefined || showWhen === undefined) continue;
    const requiredValues = typeof showWhen.is === 'string' ? [showWhen.is] : showWhen.is;
    const chosen = explicit[showWhen.field] ?? fields.find((field) => field.key === showWhen.field)?.initial ?? '';
    if (requiredValues.includes(chosen)) continue;
    if (explicit[showWhen.field] !== undefined)
      throw new UsageError(
        text('cli.setup.useless-option', { option: optionName(key), other: optionName(showWhen.field), value: chosen }),
      );
    values[showWhen.field] = requiredValues[0]!;
  }
  return values;
}

/**
 * Parses `KEY=VALUE`. The key is the field's name or its option name. `@FILE` reads lines from a file.
 * @throws UsageError
 */
export function valuesFromPairs(
  { fields }: Pick<ProviderInfo, 'fields'>,
  pairs: readonly string[],
  cwd: string,
): FieldValues {
  return withImpliedChoices(
    { fields },
    Object.fromEntries(
      pairs.map((pair) => {
        const separator = pair.indexOf('=');
        const typed = separator === -1 ? '' : pair.slice(0, separator);
        const field = fields.find(({ key }) => key === typed || optionName(key) === `--${typed}`);
        if (!field)
          throw new UsageError(
            text('cli.setup.unknown-setting', {
              names: fields
                .filter((candidate) => !holdsSecret(candidate))
                .map(({ key }) => key)
                .join(', '),
            }),
          );
        if (holdsSecret(field))
          throw new UsageError(
            text('cli.setup.secret-argument', { option: field.key, label: text(field.label), key: field.key }),
          );
        const value = pair.slice(separator + 1);
        return [field.key, field.kind === 'lines' ? linesOf(value, cwd) : value];
      }),
    ),
  );
}
