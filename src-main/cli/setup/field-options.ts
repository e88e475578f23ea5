/** A provider's fields as the options of a command, and what was typed as the values of a form. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Option, type Command } from 'commander';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { holdsSecret, type Field, type ProviderInfo } from '../../../src-shared/provider.ts';
import { text } from '../../../src-shared/text/text.ts';
import { UsageError } from '../cli-errors.ts';

/** `nameTemplate` is typed as `--name-template`. */
export const optionName = (key: string): string => `--${key.replace(/([a-z\d])([A-Z])/g, '$1-$2').toLowerCase()}`;

const optionsForField = ({ key, kind, label, help, choices, required, showWhen }: Field): Option[] => {
  const use = showWhen
    ? text('cli.setup.option.with', {
        option: optionName(showWhen.field),
        value: String(showWhen.is).split(',').filter(Boolean).join('|'),
      })
    : required
      ? text('cli.setup.option.needed')
      : '';
  const words = [text('cli.setup.option', { label: text(label), help: text(help) }), use].filter(Boolean).join(' ');
  const name = optionName(key);
  switch (kind) {
    // There only to be refused in words: what is typed on a command line is in the shell's history and in every list of processes.
    case 'secret':
    case 'sign-in':
      return [new Option(`${name} [SECRET]`).hideHelp().argParser(() => true)];
    case 'toggle':
      return [new Option(name, words), new Option(name.replace('--', '--no-')).hideHelp()];
    case 'choice':
      return [new Option(`${name} <CHOICE>`, words).choices((choices ?? []).map(({ value }) => value))];
    case 'lines':
      return [
        new Option(`${name} <LINE>`, `${words} ${text('cli.setup.option.lines')}`).argParser(
          (line, before: string[] | undefined) => [...(before ?? []), line],
        ),
      ];
    case 'text':
      return [new Option(`${name} <${key.replace(/([a-z\d])([A-Z])/g, '$1-$2').toUpperCase()}>`, words)];
  }
};

export function addFieldOptions(command: Command, { fields, presets }: ProviderInfo): void {
  if (presets.length > 0)
    command.addOption(
      new Option('--preset <SERVICE>', text('cli.setup.add.preset')).choices(presets.map(({ id }) => id)),
    );
  for (const field of fields.toSorted((a, b) => Number(a.advanced ?? false) - Number(b.advanced ?? false))) {
    for (const option of optionsForField(field))
      command.addOption(
        option.helpGroup(text(field.advanced ? 'cli.setup.options.more' : 'cli.setup.options.essential')),
      );
  }
}

/** As commander keeps it. */
const commanderKey = (key: string): string => new Option(optionName(key)).attributeName();

/** @throws Misunderstood for a secret among the arguments. What it was is not repeated. */
export function refuseSecrets({ fields }: ProviderInfo, typed: Record<string, unknown>): void {
  const field = fields.find((one) => holdsSecret(one) && typed[commanderKey(one.key)] !== undefined);
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
 * What a form would hold after this was typed into it. A field that is shown only for one choice of another makes that choice.
 * @throws Misunderstood
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
  return (typed as string[]).map((line) => (line.startsWith('@') ? readTextFile(line.slice(1), cwd) : line)).join('\n');
}

/** A certificate, or a list of headers. */
function readTextFile(name: string, cwd: string): string {
  try {
    return readFileSync(path.resolve(cwd, name), 'utf8');
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause;
    throw new UsageError(text('cli.setup.unreadable-file', { path: name }));
  }
}

/** @throws Misunderstood when a field was typed that another one which was typed too takes out of use */
export function withImpliedChoices({ fields }: Pick<ProviderInfo, 'fields'>, explicit: FieldValues): FieldValues {
  const values = { ...explicit };
  for (const { key, showWhen } of fields) {
    if (explicit[key] === undefined || showWhen === undefined) continue;
    const wanted = typeof showWhen.is === 'string' ? [showWhen.is] : showWhen.is;
    const chosen = explicit[showWhen.field] ?? fields.find((field) => field.key === showWhen.field)?.initial ?? '';
    if (wanted.includes(chosen)) continue;
    if (explicit[showWhen.field] !== undefined)
      throw new UsageError(
        text('cli.setup.useless-option', { option: optionName(key), other: optionName(showWhen.field), value: chosen }),
      );
    values[showWhen.field] = wanted[0]!;
  }
  return values;
}

/** `KEY=VALUE`, with the field's own name or that of its option. @throws Misunderstood */
export function valuesFromPairs({ fields }: Pick<ProviderInfo, 'fields'>, pairs: readonly string[]): FieldValues {
  return withImpliedChoices(
    { fields },
    Object.fromEntries(
      pairs.map((pair) => {
        const at = pair.indexOf('=');
        const typed = at === -1 ? '' : pair.slice(0, at);
        const field = fields.find(({ key }) => key === typed || optionName(key) === `--${typed}`);
        if (!field)
          throw new UsageError(
            text('cli.setup.unknown-setting', {
              names: fields
                .filter(({ kind }) => kind !== 'secret')
                .map(({ key }) => key)
                .join(', '),
            }),
          );
        if (field.kind === 'secret')
          throw new UsageError(
            text('cli.setup.secret-argument', { option: field.key, label: text(field.label), key: field.key }),
          );
        return [field.key, pair.slice(at + 1)];
      }),
    ),
  );
}
