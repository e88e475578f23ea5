/** `hoist setup`, `hoist setup provider NAME`, `hoist setup all`: lists destinations and their missing settings. */
import {
  practiceId,
  type FieldProblem,
  type DiscoveredCredentialsView,
  type ProfilesView,
  type ProfileView,
} from '../../../src-shared/profile.ts';
import { holdsSecret, isShown, type Field, type ProviderInfo } from '../../../src-shared/provider.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { Core } from '../../core.ts';
import { checkProfiles } from '../../profiles/check-profiles.ts';
import { environmentVariablesFor } from './variables.ts';
import { formValues } from '../../profiles/form-values.ts';
import { printable, shellQuoted } from '../format.ts';
import { exitCodes, type ExitCode, type CliContext } from '../cli-context.ts';
import { fieldJson, isDefault, problemLine, profileJson, formatState } from './describe.ts';
import { createFixHint, type FixHint } from './fix-hint.ts';
import { optionName } from './field-options.ts';
import { requireProvider, withCore } from './with-core.ts';

export interface ListOptions {
  json?: boolean;
  check?: boolean;
}

export const listCommand = (context: CliContext, options: ListOptions): Promise<ExitCode> =>
  withCore(context, async (core) => {
    const view = await loadView(core, options);
    const fixHint = createFixHint(core, context);
    for (const profile of view.profiles) {
      await context.terminal.result(
        options.json ? JSON.stringify(profileJson(profile, view)) : row(profile, { view, fixHint }),
      );
    }
    if (!hasSetUp(view)) context.terminal.message(text('cli.setup.none', { discovered: view.discovered.length }));
    return exitCodes.done;
  });

interface Listing {
  view: ProfilesView;
  fixHint: FixHint;
}

const row = (profile: ProfileView, { view, fixHint }: Listing): string =>
  [
    isDefault(view, profile) ? '*' : '-',
    printable(profile.name),
    profile.providerId,
    formatState(profile, fixHint),
  ].join('\t');

/** Whether the user has set up a destination. */
const hasSetUp = ({ profiles }: ProfilesView): boolean =>
  profiles.some(({ secretStorage }) => secretStorage !== 'built-in');

/** With `check`, contacts each destination first. */
async function loadView(core: Core, { check }: ListOptions): Promise<ProfilesView> {
  if (check) await checkProfiles(core.profiles);
  return core.profiles.views.all();
}

// ---------------------------------------------------------------- one provider

export const providerCommand = (context: CliContext, typed: string, options: ListOptions): Promise<ExitCode> =>
  withCore(context, async (core) => {
    const info = requireProvider(core, typed);
    const view = await loadView(core, options);
    const summary = summarizeProvider(core, info, { view, fixHint: createFixHint(core, context) });
    if (options.json) await context.terminal.result(JSON.stringify(asJson(summary, view)));
    else for (const line of asText(summary, view)) await context.terminal.result(line);
    return summary.profiles.some(({ status }) => status.state === 'ready') ? exitCodes.done : exitCodes.failed;
  });

interface ProviderSummary {
  info: ProviderInfo;
  /** The destinations of the provider. `state`: as text. `problems`: the missing and invalid settings. */
  profiles: { view: ProfileView; status: ProfileView['status']; state: string; problems: FieldProblem[] }[];
  discovered: DiscoveredCredentialsView[];
  required: Field[];
  /** The environment variables that the provider reads. */
  variables: string[];
  /** The command that adds a destination. */
  command: string;
}

function summarizeProvider(core: Core, info: ProviderInfo, { view, fixHint }: Listing): ProviderSummary {
  const form = formValues(info, {});
  const profiles = view.profiles
    .filter(({ providerId, id }) => providerId === info.id && id !== practiceId)
    .map((profile) => ({
      view: profile,
      status: profile.status,
      state: formatState(profile, fixHint),
      problems: missingFields(core, profile),
    }));
  const required = info.fields.filter((field) => field.required && isShown(field, form));
  return {
    info,
    profiles,
    required,
    discovered: view.discovered.filter(({ providerId }) => providerId === info.id),
    variables: environmentVariablesFor(info.id),
    command: [
      'hoist setup add',
      info.id,
      ...required
        .filter((field) => !holdsSecret(field))
        .map(({ key, placeholder }) => `${optionName(key)} ${shellQuoted(placeholder ?? key)}`),
    ].join(' '),
  };
}

/** Empty for a destination that is ready. */
function missingFields(core: Core, { id, providerId, name, settings, status }: ProfileView): FieldProblem[] {
  return status.state === 'needs-setup'
    ? core.profiles.drafts.validate({ id, providerId, name, settings, secrets: {} })
    : [];
}

function asText(
  { info, profiles, discovered, required, variables, command }: ProviderSummary,
  view: ProfilesView,
): string[] {
  return [
    `${info.name}: ${text(info.help)}`,
    ...profiles.flatMap((profile) => profileLines(profile, info, view)),
    '',
    text('cli.setup.provider.needs'),
    ...required.map((field) => fieldLine(field)),
    '',
    text('cli.setup.provider.more', {
      names: info.fields
        .filter((field) => !required.includes(field) && !holdsSecret(field))
        .map(({ key }) => optionName(key))
        .join(' '),
    }),
    ...(variables.length > 0 ? ['', text('cli.setup.provider.variables', { names: variables.join(' ') })] : []),
    ...(discovered.length > 0
      ? [
          '',
          text('cli.setup.provider.discovered'),
          ...discovered.map((credentials) => `  ${discoveredLine(credentials)}`),
        ]
      : []),
    ...(info.presets.length > 0
      ? [
          '',
          text('cli.setup.provider.presets'),
          ...info.presets.map(({ id, name, page }) => `  ${[id, name, page ?? ''].join('  ').trimEnd()}`),
        ]
      : []),
    '',
    text('cli.setup.provider.command'),
    `  ${command}`,
  ];
}

function fieldLine(field: Field): string {
  const typed = holdsSecret(field) ? text('cli.setup.provider.secret') : optionName(field.key);
  const line = text('cli.setup.provider.field', { label: text(field.label), typed, help: text(field.help) });
  return `  ${line}${field.page === undefined ? '' : ` ${field.page}`}`;
}

const discoveredLine = ({ id, name, from, needs }: DiscoveredCredentialsView): string =>
  text('cli.setup.discovered.row', {
    name: printable(name),
    from: printable(from),
    command: `hoist setup adopt ${shellQuoted(id)}${needs.map((key) => ` --set ${key}=…`).join('')}`,
  });

function profileLines(
  { view: profile, state, problems }: ProviderSummary['profiles'][number],
  info: ProviderInfo,
  view: ProfilesView,
): string[] {
  const line = text('cli.setup.all.profile', {
    name: printable(profile.name),
    isDefault: isDefault(view, profile) ? 'yes' : 'no',
    state,
  });
  return [`  ${line}`, ...problems.map((problem) => `    ${problemLine(problem, info, 'edit')}`)];
}

/** Scripts rely on the field names. */
function asJson(
  { info, profiles, discovered, required, variables, command }: ProviderSummary,
  view: ProfilesView,
): object {
  return {
    provider: info.id,
    name: info.name,
    help: text(info.help),
    destinations: profiles.map(({ view: profile, problems }) => ({
      ...profileJson(profile, view),
      missing: problems.map(({ field, error }) => ({
        ...fieldJson(info.fields.find(({ key }) => key === field)!),
        code: error.code,
      })),
    })),
    needs: required.map(fieldJson),
    options: info.fields.filter((field) => !required.includes(field)).map(fieldJson),
    variables,
    found: discovered.map(({ id, name, from, needs }) => ({ id, name, from, needs })),
    presets: info.presets.map(({ id, name, page }) => ({ id, name, ...(page === undefined ? {} : { page }) })),
    command,
  };
}

// ---------------------------------------------------------------- all providers

export const allCommand = (context: CliContext, options: ListOptions): Promise<ExitCode> =>
  withCore(context, async (core) => {
    const view = await loadView(core, options);
    const listing = { view, fixHint: createFixHint(core, context) };
    const summaries = core.providers.infos().map((info) => summarizeProvider(core, info, listing));
    for (const summary of summaries) {
      if (options.json) await context.terminal.result(JSON.stringify(asJson(summary, view)));
      else for (const line of asShortText(summary, view)) await context.terminal.result(line);
    }
    const profiles = summaries.flatMap((summary) => summary.profiles);
    return profiles.length > 0 && profiles.every(({ status }) => status.state === 'ready')
      ? exitCodes.done
      : exitCodes.failed;
  });

function asShortText({ info, profiles, discovered, required }: ProviderSummary, view: ProfilesView): string[] {
  const fields = required.map(({ label }) => text(label)).join(', ');
  const command = `hoist setup provider ${info.id}`;
  return [
    text('cli.setup.all.provider', { name: info.name, count: profiles.length }),
    ...profiles.flatMap((profile) => profileLines(profile, info, view)),
    ...(profiles.length > 0 ? [] : [`  ${text('cli.setup.all.missing', { fields, command })}`]),
    ...discovered.map(
      (credentials) => `  ${text('cli.setup.all.discovered', { credentials: discoveredLine(credentials) })}`,
    ),
  ];
}
