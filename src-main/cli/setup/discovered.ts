/**
 * `hoist setup found`, `hoist setup adopt ID`: lists the credentials that this computer already has. Hoist uses them
 * only after the user names one.
 */
import type { ProfileDraft } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import { UsageError } from '../cli-errors.ts';
import { printable } from '../format.ts';
import { allowProgram } from '../confirm-program.ts';
import { keepSecrets } from '../confirm-recipients.ts';
import { exitCodes, type ExitCode, type CliContext } from '../cli-context.ts';
import {
  printSaved,
  refuseProblems,
  saveAndUse,
  secretStorageFor,
  testBeforeSaving,
  type SaveOptions,
} from './save.ts';
import { valuesFromPairs } from './field-options.ts';
import { withCore } from './with-core.ts';

export const listDiscovered = (context: CliContext, { json }: { json?: boolean }): Promise<ExitCode> =>
  withCore(context, async (core) => {
    const { discovered } = core.profiles.views.all();
    for (const { id, name, providerId, from, needs, copies, settings } of discovered) {
      await context.terminal.result(
        json
          ? JSON.stringify({ id, name, provider: providerId, from, needs, copies: copies === true, settings })
          : [id, printable(name), providerId, printable(from), needs.join(' ')].join('\t').trimEnd(),
      );
    }
    context.terminal.message(text(discovered.length === 0 ? 'cli.setup.discovered.none' : 'cli.setup.discovered.use'));
    return exitCodes.done;
  });

export interface AdoptOptions extends Omit<SaveOptions, 'secretsFrom'> {
  set?: string[];
}

/** Tests the destination before it is saved, as `setup add` does. */
export const adoptCommand = (context: CliContext, discoveredId: string, options: AdoptOptions): Promise<ExitCode> =>
  withCore(
    context,
    async (core) => {
      const discovered = core.profiles.views.all().discovered.find(({ id }) => id === discoveredId);
      const provider = core.providers.infos().find(({ id }) => id === discovered?.providerId);
      if (!discovered || !provider) throw new UsageError(text('cli.setup.not-found', { id: discoveredId }));
      const settings = valuesFromPairs(provider, options.set ?? [], context.cwd);
      const missing = discovered.needs.filter((key) => !settings[key]);
      if (missing.length > 0)
        throw new UsageError(
          text('cli.setup.adopt.needs', {
            names: missing.join(', '),
            command: `hoist setup adopt ${discoveredId}${missing.map((key) => ` --set ${key}=…`).join('')}`,
          }),
        );
      const draft: ProfileDraft = {
        providerId: provider.id,
        name: '',
        settings: { ...discovered.settings, ...settings },
        secrets: {},
        discoveredId,
        ...(await secretStorageFor(core, discovered, options)),
      };
      const source = { provider, command: 'adopt' } as const;
      refuseProblems(core.profiles.drafts.validate(draft), source);
      if (options.test !== false && !(await testBeforeSaving(context, core, draft, { ...source, json: options.json })))
        return exitCodes.failed;
      await printSaved(context, core, await saveAndUse(core, draft, options), options);
      return exitCodes.done;
    },
    { ...keepSecrets(options), ...allowProgram(options) },
  );
