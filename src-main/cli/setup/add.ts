/**
 * `hoist setup add PROVIDER` and `hoist setup edit NAME`: reads the settings, tests them with a real upload and saves.
 */
import type { FieldValues, ProfileDraft, ProfileView } from '../../../src-shared/profile.ts';
import { holdsSecret, isShown, type Field, type ProviderId, type ProviderInfo } from '../../../src-shared/provider.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { Core } from '../../core.ts';
import { formValues } from '../../profiles/form-values.ts';
import { UsageError } from '../cli-errors.ts';
import { allowProgram, type ProgramOption } from '../confirm-program.ts';
import { keepSecrets } from '../confirm-recipients.ts';
import { exitCodes, type ExitCode, type CliContext } from '../cli-context.ts';
import { signInAtTerminal } from './sign-in.ts';
import { argumentIn, checkJson, checkLines } from './describe.ts';
import { createFixHint } from './fix-hint.ts';
import { optionName, refuseSecrets, valuesFromPairs, valuesFromOptions } from './field-options.ts';
import { printPolicyHint } from './policy.ts';
import { readSecrets } from './read-secrets.ts';
import {
  printSaved,
  refuseProblems,
  saveAndUse,
  secretStorageFor,
  testBeforeSaving,
  type SaveOptions,
} from './save.ts';
import { requireFreeName, providerOfProfile, requireProvider, requireSavedProfile, withCore } from './with-core.ts';

export interface AddOptions extends SaveOptions {
  name?: string;
  preset?: string;
  [typed: string]: unknown;
}

export const addCommand = (context: CliContext, providerId: ProviderId, options: AddOptions): Promise<ExitCode> =>
  withCore(
    context,
    async (core) => {
      const provider = requireProvider(core, providerId);
      refuseSecrets(provider, options);
      const name = options.name === undefined ? '' : requireFreeName(core, options.name);
      const secrets = await secretsFromOption(context, provider, options);
      const values = formValues(provider, {
        ...valuesFromOptions(provider, { typed: options, preset: options.preset, cwd: context.cwd }),
        ...secrets,
      });
      return save(
        context,
        core,
        { ...provider, fields: fieldsForPreset(provider, options) },
        toProfileDraft(provider, { name }, values),
        options,
      );
    },
    // No confirmation: the user enters the keys together with the server that receives them.
    { ...keepSecrets({ keepSecrets: true }), ...allowProgram(options) },
  );

/** Requires the fields that make up the address of the preset's service, unless the user typed an address. */
function fieldsForPreset({ fields, presets }: ProviderInfo, { preset, endpoint, bucket }: AddOptions): Field[] {
  const hasAddress = endpoint !== undefined || String(bucket).includes('://');
  const asks = hasAddress ? [] : (presets.find(({ id }) => id === preset)?.asks ?? []);
  return fields.map((field) => (asks.includes(field.key) ? { ...field, required: true } : field));
}

export interface EditOptions extends SaveOptions {
  set?: string[];
  /** Asks for the keys again, or signs in again. */
  signIn?: boolean;
}

/** Changes only the given settings. Users also enter a secret again with this command when the stored one is locked. */
export const editCommand = (context: CliContext, typed: string, options: EditOptions): Promise<ExitCode> =>
  withCore(
    context,
    async (core) => {
      const profile = requireSavedProfile(core, typed);
      const provider = providerOfProfile(core, profile);
      const secrets = await secretsFromOption(context, provider, options);
      const set = valuesFromPairs(provider, options.set ?? [], context.cwd);
      if (Object.keys({ ...secrets, ...set }).length === 0 && !options.signIn && profile.status.state === 'ready')
        throw new UsageError(text('cli.setup.edit.nothing'));
      const values = formValues(provider, { ...profile.settings, ...set, ...secrets });
      return save(context, core, provider, toProfileDraft(provider, profile, values), options, profile);
    },
    { ...keepSecrets(options), ...allowProgram(options) },
  );

const secretsFromOption = async (
  context: CliContext,
  { fields }: ProviderInfo,
  { secretsFrom }: SaveOptions,
): Promise<FieldValues> => (secretsFrom === undefined ? {} : readSecrets(secretsFrom, context, fields));

function toProfileDraft(
  { id: providerId, fields }: ProviderInfo,
  { id, name }: { id?: string; name: string },
  values: FieldValues,
): ProfileDraft {
  const secretKeys = new Set(fields.filter(holdsSecret).map(({ key }) => key));
  const pick = (kind: 'secret' | 'plain'): FieldValues =>
    Object.fromEntries(Object.entries(values).filter(([key]) => secretKeys.has(key) === (kind === 'secret')));
  return { ...(id === undefined ? {} : { id }), providerId, name, settings: pick('plain'), secrets: pick('secret') };
}

async function save(
  context: CliContext,
  core: Core,
  provider: ProviderInfo,
  initial: ProfileDraft,
  options: SaveOptions & Pick<EditOptions, 'signIn'>,
  existing?: ProfileView,
): Promise<ExitCode> {
  const source = { provider, command: existing ? 'edit' : 'add' } as const;
  const completed = await promptForMissing(context, core, provider, initial, { existing, signIn: options.signIn });
  refuseProblems(core.profiles.drafts.validate(completed), source);
  const draft = { ...completed, ...(await secretStorageFor(core, completed, options)) };
  if (options.test !== false && !(await testBeforeSaving(context, core, draft, { ...source, json: options.json })))
    return exitCodes.failed;
  await printSaved(context, core, await saveAndUse(core, draft, options), options);
  return exitCodes.done;
}

/**
 * At a terminal, prompts for each missing required field. Secrets are not echoed; a sign-in opens in the browser.
 * @param signIn also prompts for the saved secrets of the sign-in
 */
async function promptForMissing(
  context: CliContext,
  core: Core,
  provider: ProviderInfo,
  draft: ProfileDraft,
  { existing, signIn = false }: { existing: ProfileView | undefined; signIn?: boolean | undefined },
): Promise<ProfileDraft> {
  const { prompt, terminal } = context;
  const { settings, secrets } = draft;
  // A value with a placeholder in braces, such as {account} in an endpoint, is not complete. Hoist fills in {region}.
  const unfilledPlaceholder = /\{(?!region\})/;
  const isComplete = (setting = ''): boolean => setting !== '' && !unfilledPlaceholder.test(setting);
  const has = (key: string): boolean => (secrets[key] === undefined ? isComplete(settings[key]) : secrets[key] !== '');
  const isSaved = ({ key, group }: Field): boolean =>
    existing?.secrets.includes(key) === true || (existing?.isFromEnvironment === true && group === 'sign-in');
  const needsReentry = (field: Field): boolean => signIn && field.group === 'sign-in' && holdsSecret(field);
  const isNeeded = (field: Field): boolean =>
    needsReentry(field) ? field.required === true || isSaved(field) : field.required === true && !isSaved(field);
  const missing = provider.fields.filter((field) => isShown(field, settings) && !has(field.key) && isNeeded(field));
  if (missing.length === 0) return draft;
  if (!prompt) throw new UsageError(missingMessage(provider, missing, existing ? 'edit' : 'add'));
  let completed = draft;
  for (const field of missing) {
    terminal.message(
      [text(field.help), settings[field.key], field.page].filter((part) => part !== undefined).join(' '),
    );
    if (field.kind === 'sign-in') {
      completed = await signInAtTerminal({ terminal, prompt }, core, completed, field);
      continue;
    }
    const question = text('cli.setup.ask', { label: text(field.label) });
    const answer = await (field.kind === 'secret' ? prompt.secret(question) : prompt.text(question));
    completed = withAnswer(completed, field, answer);
  }
  return completed;
}

const withAnswer = (draft: ProfileDraft, field: Field, value: string): ProfileDraft =>
  holdsSecret(field)
    ? { ...draft, secrets: { ...draft.secrets, [field.key]: value } }
    : { ...draft, settings: { ...draft.settings, [field.key]: value } };

function missingMessage({ id }: ProviderInfo, missing: readonly Field[], command: 'add' | 'edit'): string {
  const plain = missing.filter((field) => !holdsSecret(field));
  const secret = missing.filter(({ kind }) => kind === 'secret');
  const signIn = missing.filter(({ kind }) => kind === 'sign-in');
  return [
    ...plain.map(({ key, label, help }) =>
      text('cli.setup.missing', {
        label: text(label),
        option: command === 'add' ? `${optionName(key)} ` : `--set ${key}=`,
        help: text(help),
      }),
    ),
    ...secret.map(({ key, label }) => text('cli.setup.missing-secret', { label: text(label), key })),
    ...signIn.map(({ label }) => text('cli.setup.missing-sign-in', { label: text(label) })),
    text('cli.setup.missing.help', { provider: id }),
  ].join('\n');
}

export interface TestCommandOptions extends ProgramOption {
  json?: boolean;
}

export const testCommand = (
  context: CliContext,
  typed: string | undefined,
  { json, ...options }: TestCommandOptions,
): Promise<ExitCode> => withCore(context, (core) => testSaved(context, core, typed, json), allowProgram(options));

async function testSaved(
  context: CliContext,
  core: Core,
  typed: string | undefined,
  json: boolean | undefined,
): Promise<ExitCode> {
  const current = core.profiles.catalog.current()?.name;
  const profile = requireSavedProfile(core, typed ?? current ?? '');
  const { id, providerId, name, settings } = profile;
  const report = await core.profiles.drafts.test({ id, providerId, name, settings, secrets: {} });
  // For a destination from the environment, the message at the end names the variable instead.
  const argumentOf = profile.isFromEnvironment ? () => undefined : argumentIn(providerOfProfile(core, profile), 'edit');
  if (json) await context.terminal.result(JSON.stringify({ name, ...checkJson(report) }));
  else for (const line of checkLines(report, argumentOf)) await context.terminal.result(line);
  printPolicyHint(context, core, profile, report);
  const error = report.results.find(({ outcome }) => outcome === 'failed')?.error;
  const fix = error && createFixHint(core, context)(id, error);
  if (fix !== undefined) context.terminal.message(fix);
  return report.ok ? exitCodes.done : exitCodes.failed;
}
