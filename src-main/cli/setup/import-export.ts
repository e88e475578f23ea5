/**
 * `hoist setup import`, `hoist setup export`: imports destinations from other programs, and exports Hoist's
 * destinations without their secrets.
 */
import { open } from 'node:fs/promises';
import path from 'node:path';
import { AppFailure } from '../../../src-shared/errors.ts';
import type { FieldValues, ImportReport } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import { exportDestinations, isUserProfile } from '../../profiles/export-destinations.ts';
import { readImportFile } from '../../profiles/import/import-file.ts';
import type { ParsedImport } from '../../profiles/import/parsed-import.ts';
import { findImportLocations } from '../../profiles/import/import-locations.ts';
import { applyImport } from '../../profiles/import/apply-import.ts';
import { UsageError } from '../cli-errors.ts';
import { printable, formatProblem, shellQuoted } from '../format.ts';
import { exitCodes, type ExitCode, type CliContext } from '../cli-context.ts';
import { secretStorageFor } from './save.ts';
import { importQuestions, type LinkKindOption } from './import-questions.ts';
import { withCore } from './with-core.ts';

export interface ImportOptions extends LinkKindOption {
  json?: boolean;
  unprotected?: boolean;
  session?: boolean;
}

export async function importCommand(
  context: CliContext,
  file: string | undefined,
  options: ImportOptions,
): Promise<ExitCode> {
  if (file === undefined) return listImportLocations(context, options);
  // A missing file must end the command before the database is opened.
  const parsed = await readImportFile(path.resolve(context.cwd, file), context);
  return withCore(context, async (core) => {
    const secrets = Object.assign({}, ...parsed.profiles.map((profile) => profile.secrets)) as FieldValues;
    const { keep } = await secretStorageFor(core, { secrets }, options);
    const report = await applyImport(parsed, core.importPorts, {
      ...importQuestions(context, parsed, options),
      fallbackStorage: keep,
      signal: context.stop,
    });
    await printReport(context, report, options);
    if (keep === 'session') context.terminal.message(text('cli.setup.import.without-secrets'));
    const isUseful = report.profiles.length > 0 || report.uploads > 0;
    return isUseful || report.skipped.length === 0 ? exitCodes.done : exitCodes.failed;
  });
}

/** Lists the files on this computer that Hoist can import. Prints nothing about the keys in them. */
async function listImportLocations(context: CliContext, { json }: ImportOptions): Promise<ExitCode> {
  const locations = findImportLocations(context);
  for (const { path: file, program } of locations) {
    const parsed = await tryReadImport(file, context);
    if (!parsed) continue;
    const { profiles, links } = parsed;
    await context.terminal.result(
      json
        ? JSON.stringify({ file, program, destinations: profiles.length, links: links.length })
        : [
            printable(file),
            program,
            text('cli.setup.import.holds', { destinations: profiles.length, links: links.length }),
          ].join('\t'),
    );
  }
  context.terminal.message(text(locations.length === 0 ? 'cli.setup.import.none' : 'cli.setup.import.use'));
  return exitCodes.done;
}

/** Reports a file that cannot be read, so that the other files are still listed. */
async function tryReadImport(file: string, context: CliContext): Promise<ParsedImport | undefined> {
  try {
    return await readImportFile(file, context);
  } catch (cause) {
    if (!(cause instanceof AppFailure)) throw cause;
    context.terminal.message(formatProblem(file, cause.error));
    return undefined;
  }
}

async function printReport({ terminal }: CliContext, report: ImportReport, { json }: ImportOptions): Promise<void> {
  printChangedLinks(terminal, report);
  for (const { name, recipients } of report.profiles)
    if (recipients) terminal.message(text(`cli.setup.import.recipients.${recipients}`, { name: printable(name) }));
  if (json)
    return terminal.result(
      JSON.stringify({
        ...report,
        // Scripts rely on the name `kept`.
        profiles: report.profiles.map(({ name, from, outcome, links, recipients }) => ({
          name,
          kept: outcome,
          from,
          ...(links ? { links } : {}),
          ...(recipients ? { recipients } : {}),
        })),
      }),
    );
  for (const { name, from, outcome } of report.profiles)
    await terminal.result([outcome, printable(name), from].join('\t'));
  if (report.uploads > 0) terminal.message(text('cli.setup.import.links', { count: report.uploads }));
  for (const { name, because } of report.skipped.slice(0, maxSkippedShown))
    terminal.message(text(`cli.setup.import.skipped.${because}`, { name: printable(name) }));
  if (report.skipped.length > maxSkippedShown)
    terminal.message(text('cli.setup.import.skipped.more', { count: report.skipped.length - maxSkippedShown }));
  const incomplete = report.profiles
    .filter(({ outcome }) => outcome === 'incomplete')
    .map(({ name }) => shellQuoted(name));
  if (incomplete.length > 0)
    terminal.message(
      text('cli.setup.import.incomplete', {
        names: incomplete.slice(0, maxSkippedShown).join(', '),
        more: Math.max(0, incomplete.length - maxSkippedShown),
      }),
    );
}

/** Limits the output, because a damaged PicList album can have thousands of invalid entries. */
const maxSkippedShown = 20;

/** Says which destinations no longer make permanent links, with the commands that change this. */
function printChangedLinks(terminal: CliContext['terminal'], { profiles }: ImportReport): void {
  const changed = profiles.filter(({ publicLinkSettings }) => publicLinkSettings);
  for (const { name, from, publicLinkSettings = {} } of changed.slice(0, maxSkippedShown)) {
    const pairs = Object.entries(publicLinkSettings).map(([key, value]) => `${key}=${shellQuoted(value)}`);
    terminal.message(
      text('cli.setup.import.links-changed', {
        name: printable(name),
        program: from,
        command: `hoist setup edit ${shellQuoted(name)} --set ${pairs.join(' ')}`,
      }),
    );
  }
  if (changed.length > maxSkippedShown)
    terminal.message(text('cli.setup.import.links-changed.more', { count: changed.length - maxSkippedShown }));
}

export interface ExportOptions {
  json?: boolean;
}

/** Writes to a new file or to standard output. Never overwrites a file. */
export const exportCommand = (
  context: CliContext,
  file: string | undefined,
  { json }: ExportOptions,
): Promise<ExitCode> =>
  withCore(context, async (core) => {
    const { profiles } = core.profiles.views.all();
    const content = exportDestinations(profiles, core.providers.infos());
    if (file === undefined || file === '-') {
      await context.terminal.result(content.trimEnd());
      return exitCodes.done;
    }
    await writeNew(path.resolve(context.cwd, file), content, file);
    const count = profiles.filter(isUserProfile).length;
    await context.terminal.result(json ? JSON.stringify({ file, destinations: count }) : file);
    context.terminal.message(text('cli.setup.exported', { count }));
    return exitCodes.done;
  });

async function writeNew(file: string, content: string, typed: string): Promise<void> {
  try {
    const handle = await open(file, 'wx');
    try {
      await handle.writeFile(content);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause;
    throw new UsageError(
      text(cause.code === 'EEXIST' ? 'cli.setup.export.exists' : 'cli.setup.export.unwritable', { path: typed }),
    );
  }
}
