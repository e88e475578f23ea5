/** `hoist setup add PROVIDER` and `hoist setup edit NAME`: what a form would be filled in with, tried with a real upload, saved. */
import type { FieldProblem, FieldValues, ProfileDraft, ProfileView } from '../../../src-shared/profile.ts';
import { holdsSecret, isShown, type Field, type ProviderId, type ProviderInfo } from '../../../src-shared/provider.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { Core } from '../../core.ts';
import { formValues } from '../../profiles/form-values.ts';
import { Misunderstood } from '../misunderstood.ts';
import { printable } from '../words.ts';
import { exitCodes, type ExitCode, type World } from '../world.ts';
import { signedIn } from './sign-in.ts';
import { checkJson, checkLines, problemLine, profileJson, quoted } from './describe.ts';
import { optionName, refuseSecrets, valuesSet, valuesTyped } from './options.ts';
import { sayPolicy } from './policy.ts';
import { readSecrets } from './secrets-from.ts';
import { freeName, providerOfProfile, providerTyped, savedProfile, withCore } from './with-core.ts';

export interface SaveOptions {
  json?: boolean;
  secretsFrom?: string;
  /** False: saved without having been tried. */
  test?: boolean;
  default?: boolean;
  session?: boolean;
  unprotected?: boolean;
}

export interface AddOptions extends SaveOptions {
  name?: string;
  preset?: string;
  [typed: string]: unknown;
}

export const add = (world: World, providerId: ProviderId, options: AddOptions): Promise<ExitCode> =>
  withCore(world, async (core) => {
    const provider = providerTyped(core, providerId);
    refuseSecrets(provider, options);
    const name = options.name === undefined ? '' : freeName(core, options.name);
    const given = await givenSecrets(world, provider, options);
    const values = formValues(provider, {
      ...valuesTyped(provider, { typed: options, preset: options.preset, cwd: world.cwd }),
      ...given,
    });
    return save(
      world,
      core,
      { ...provider, fields: askedAt(provider, options.preset) },
      draftOf(provider, { name }, values),
      options,
    );
  });

/** A service needs fields that others can do without. */
function askedAt({ fields, presets }: ProviderInfo, preset: string | undefined): Field[] {
  const asks = presets.find(({ id }) => id === preset)?.asks ?? [];
  return fields.map((field) => (asks.includes(field.key) ? { ...field, required: true } : field));
}

export interface EditOptions extends SaveOptions {
  set?: string[];
}

/** What is not named stays as it is; a locked key is entered again this way. */
export const edit = (world: World, typed: string, options: EditOptions): Promise<ExitCode> =>
  withCore(world, async (core) => {
    const profile = savedProfile(core, typed);
    const provider = providerOfProfile(core, profile);
    const given = await givenSecrets(world, provider, options);
    const set = valuesSet(provider, options.set ?? []);
    if (Object.keys({ ...given, ...set }).length === 0 && profile.status.state === 'ready')
      throw new Misunderstood(text('cli.setup.edit.nothing'));
    const values = formValues(provider, { ...profile.settings, ...set, ...given });
    return save(world, core, provider, draftOf(provider, profile, values), options, profile);
  });

const givenSecrets = async (
  world: World,
  { fields }: ProviderInfo,
  { secretsFrom }: SaveOptions,
): Promise<FieldValues> => (secretsFrom === undefined ? {} : readSecrets(secretsFrom, world, fields));

function draftOf(
  { id: providerId, fields }: ProviderInfo,
  { id, name }: { id?: string; name: string },
  values: FieldValues,
): ProfileDraft {
  const secretKeys = new Set(fields.filter(holdsSecret).map(({ key }) => key));
  const pick = (wanted: 'secret' | 'open'): FieldValues =>
    Object.fromEntries(Object.entries(values).filter(([key]) => secretKeys.has(key) === (wanted === 'secret')));
  return { ...(id === undefined ? {} : { id }), providerId, name, settings: pick('open'), secrets: pick('secret') };
}

async function save(
  world: World,
  core: Core,
  provider: ProviderInfo,
  begun: ProfileDraft,
  options: SaveOptions,
  before?: ProfileView,
): Promise<ExitCode> {
  const asked = await askForMissing(world, core, provider, begun, before);
  refuseProblems(core.profiles.validate(asked), provider);
  const draft = { ...asked, ...(await keepFor(core, asked, options)) };
  if (options.test !== false && !(await tried(world, core, draft, options))) return exitCodes.failed;
  const current = core.profiles.view().current;
  const saved = await core.profiles.save(draft);
  if (options.default) core.profiles.use(saved.id);
  else if (!before && current !== undefined && core.store.profiles.get(current)) core.profiles.use(current);
  await told(world, core, saved, options);
  return exitCodes.done;
}

/** The saved destination, as a line for a script. */
export async function told(
  { terminal }: World,
  core: Core,
  { id }: Pick<ProfileView, 'id'>,
  { json }: SaveOptions,
): Promise<void> {
  const view = core.profiles.view();
  const saved = view.profiles.find((one) => one.id === id)!;
  await terminal.result(json ? JSON.stringify(profileJson(saved, view)) : printable(saved.name));
  terminal.say(
    text('cli.setup.saved', { name: printable(saved.name), kept: saved.kept, keyStore: saved.keyStore ?? '' }),
  );
}

/** At a terminal, what has to be there is asked for, the secret ones without an echo; a sign-in goes through the browser. */
async function askForMissing(
  world: World,
  core: Core,
  provider: ProviderInfo,
  draft: ProfileDraft,
  before: ProfileView | undefined,
): Promise<ProfileDraft> {
  const { ask, terminal } = world;
  const { settings, secrets } = draft;
  // Braces of a service’s address are for the user to fill in.
  const has = (key: string): boolean =>
    Boolean(secrets[key] ?? settings[key]?.replace(/.*\{(?!region\}).*/s, '')) ||
    (before?.secrets.includes(key) ?? false);
  const missing = provider.fields.filter((field) => field.required && isShown(field, settings) && !has(field.key));
  if (missing.length === 0) return draft;
  if (!ask) throw new Misunderstood(missingWords(provider, missing));
  let asked = draft;
  for (const field of missing) {
    terminal.say([text(field.help), settings[field.key], field.page].filter((part) => part !== undefined).join(' '));
    if (field.kind === 'sign-in') asked = await signedIn({ terminal, ask }, core, asked, field);
    else
      asked = withAnswer(
        asked,
        field,
        await ask[field.kind === 'secret' ? 'secret' : 'text'](text('cli.setup.ask', { label: text(field.label) })),
      );
  }
  return asked;
}

const withAnswer = (draft: ProfileDraft, field: Field, value: string): ProfileDraft =>
  holdsSecret(field)
    ? { ...draft, secrets: { ...draft.secrets, [field.key]: value } }
    : { ...draft, settings: { ...draft.settings, [field.key]: value } };

function missingWords({ id }: ProviderInfo, missing: readonly Field[]): string {
  const open = missing.filter((field) => !holdsSecret(field));
  const secret = missing.filter(({ kind }) => kind === 'secret');
  const pages = missing.filter(({ kind }) => kind === 'sign-in');
  return [
    ...open.map(({ key, label, help }) =>
      text('cli.setup.missing', { label: text(label), option: optionName(key), help: text(help) }),
    ),
    ...secret.map(({ key, label }) => text('cli.setup.missing-secret', { label: text(label), key })),
    ...pages.map(({ label }) => text('cli.setup.missing-sign-in', { label: text(label) })),
    text('cli.setup.missing.help', { provider: id }),
  ].join('\n');
}

function refuseProblems(problems: readonly FieldProblem[], provider: ProviderInfo): void {
  if (problems.length > 0)
    throw new Misunderstood(problems.map((problem) => problemLine(problem, provider)).join('\n'));
}

/** Where the secrets go when nothing here encrypts them: only where the user said. @throws Misunderstood */
export async function keepFor(
  core: Core,
  { secrets }: Pick<ProfileDraft, 'secrets'>,
  { session, unprotected }: SaveOptions,
): Promise<Pick<ProfileDraft, 'keep'>> {
  if (session && unprotected) throw new Misunderstood(text('cli.setup.keep.one'));
  if (Object.values(secrets).every((value) => value === '')) return {};
  if ((await core.profiles.keyStore()).state === 'available') return {};
  if (!session && !unprotected) throw new Misunderstood(text('cli.setup.keep.none'));
  return { keep: session ? 'session' : 'unprotected' };
}

/** A small real upload. What came of it is said, and in JSON it is the result when it stays the only one. */
async function tried({ terminal }: World, core: Core, draft: ProfileDraft, { json }: SaveOptions): Promise<boolean> {
  const report = await core.profiles.test(draft);
  for (const line of checkLines(report)) terminal.say(line);
  if (report.ok) return true;
  sayPolicy({ terminal }, core, draft, report);
  terminal.say(text('cli.setup.not-saved'));
  if (json) await terminal.result(JSON.stringify(checkJson(report)));
  return false;
}

export interface TestOptions {
  json?: boolean;
}

export const trial = (world: World, typed: string | undefined, { json }: TestOptions): Promise<ExitCode> =>
  withCore(world, async (core) => {
    const current = core.profiles.current()?.name;
    const profile = savedProfile(core, typed ?? current ?? '');
    const { id, providerId, name, settings } = profile;
    const report = await core.profiles.test({ id, providerId, name, settings, secrets: {} });
    if (json) await world.terminal.result(JSON.stringify({ name, ...checkJson(report) }));
    else for (const line of checkLines(report)) await world.terminal.result(line);
    sayPolicy(world, core, profile, report);
    if (!report.ok) world.terminal.say(text('cli.setup.edit-hint', { command: `hoist setup edit ${quoted(name)}` }));
    return report.ok ? exitCodes.done : exitCodes.failed;
  });
