/** What all commands that save a destination share: its test, the storage for its secrets, and the output. */
import type {
  DiscoveredCredentialsView,
  FieldProblem,
  ProfileDraft,
  ProfileView,
} from '../../../src-shared/profile.ts';
import type { ProviderInfo } from '../../../src-shared/provider.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { Core } from '../../core.ts';
import type { CliContext } from '../cli-context.ts';
import { UsageError } from '../cli-errors.ts';
import type { ProgramOption } from '../confirm-program.ts';
import { printable, shellQuoted } from '../format.ts';
import { argumentIn, checkJson, checkLines, problemLine, profileJson } from './describe.ts';
import type { SettingsCommand } from './fix-hint.ts';
import { printPolicyHint } from './policy.ts';

export interface SaveOptions extends ProgramOption {
  json?: boolean;
  secretsFrom?: string;
  /** False: saves without a test. */
  test?: boolean;
  default?: boolean;
  session?: boolean;
  unprotected?: boolean;
  /** Sends the saved secrets also to a changed server, proxy or certificate. */
  keepSecrets?: boolean;
}

/** A command that saves a destination, and the provider of the destination. */
export interface SettingsSource {
  provider: ProviderInfo;
  command: SettingsCommand;
}

/** @throws UsageError with a line for each problem */
export function refuseProblems(problems: readonly FieldProblem[], { provider, command }: SettingsSource): void {
  if (problems.length > 0)
    throw new UsageError(problems.map((problem) => problemLine(problem, provider, command)).join('\n'));
}

/**
 * The storage for the secrets. The user must choose it with an option when this computer has no key store. `copies`:
 * Hoist copies secrets that it discovered on this computer.
 * @throws UsageError
 */
export async function secretStorageFor(
  core: Core,
  { secrets = {}, copies }: Partial<Pick<ProfileDraft, 'secrets'>> & Pick<DiscoveredCredentialsView, 'copies'>,
  { session, unprotected }: Pick<SaveOptions, 'session' | 'unprotected'>,
): Promise<Pick<ProfileDraft, 'keep'>> {
  if (session && unprotected) throw new UsageError(text('cli.setup.secret-storage.one'));
  if (!copies && Object.values(secrets).every((value) => value === '')) return {};
  if ((await core.profiles.secrets.keyStore()).state === 'available') return {};
  if (!session && !unprotected) throw new UsageError(text('cli.setup.secret-storage.none'));
  return { keep: session ? 'session' : 'unprotected' };
}

/** Tests the destination with a small real upload and prints the steps. With `--json`, a failed test is the result. */
export async function testBeforeSaving(
  { terminal }: CliContext,
  core: Core,
  draft: ProfileDraft,
  { provider, command, json }: SettingsSource & Pick<SaveOptions, 'json'>,
): Promise<boolean> {
  const report = await core.profiles.drafts.test(draft);
  for (const line of checkLines(report, argumentIn(provider, command))) terminal.message(line);
  if (report.ok) return true;
  printPolicyHint({ terminal }, core, draft, report);
  terminal.message(text('cli.setup.not-saved'));
  if (json) await terminal.result(JSON.stringify(checkJson(report)));
  return false;
}

/** Saves a destination. A new one becomes the current one only with `--default`, or if no other one is saved. */
export async function saveAndUse(core: Core, draft: ProfileDraft, options: SaveOptions): Promise<ProfileView> {
  const { views, editor } = core.profiles;
  const { current } = views.all();
  const saved = await editor.save(draft);
  if (options.default) editor.use(saved.id);
  // Saving a new destination makes it the current one, so the previous one is restored.
  else if (draft.id === undefined && current !== undefined && core.store.profiles.get(current)) editor.use(current);
  return saved;
}

/** Prints the saved destination: one line for scripts, one message for the user. */
export async function printSaved(
  { terminal }: CliContext,
  core: Core,
  { id }: Pick<ProfileView, 'id'>,
  { json }: SaveOptions,
): Promise<void> {
  const view = core.profiles.views.all();
  const saved = view.profiles.find((profile) => profile.id === id)!;
  await terminal.result(json ? JSON.stringify(profileJson(saved, view)) : printable(saved.name));
  terminal.message(
    text('cli.setup.saved', {
      name: printable(saved.name),
      secretStorage: saved.secretStorage,
      keyStore: saved.keyStore ?? '',
    }),
  );
  if (saved.secretStorage === 'session' || saved.secretStorage === 'missing')
    terminal.message(
      text('cli.setup.saved-without-secret', {
        name: printable(saved.name),
        command: `hoist setup edit ${shellQuoted(saved.name)} --unprotected --secrets-from -`,
      }),
    );
}
