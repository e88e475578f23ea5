/** `hoist setup import`, `hoist setup export`: what other programs have, and what Hoist has, without its secrets. */
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
import { printable, formatProblem } from '../format.ts';
import { exitCodes, type ExitCode, type CliContext } from '../cli-context.ts';
import { secretStorageFor } from './add.ts';
import { shellQuoted } from './describe.ts';
import { withCore } from './with-core.ts';

export interface ImportOptions {
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
  // What is no file ends it before the records are opened.
  const parsed = await readImportFile(path.resolve(context.cwd, file), context);
  return withCore(context, async (core) => {
    const secrets = Object.assign({}, ...parsed.profiles.map((profile) => profile.secrets)) as FieldValues;
    const report = await applyImport(parsed, core.importPorts, {
      fallbackStorage: (await secretStorageFor(core, { secrets }, options)).keep,
    });
    await printReport(context, report, options);
    const isUseful = report.profiles.length > 0 || report.uploads > 0;
    return isUseful || report.skipped.length === 0 ? exitCodes.done : exitCodes.failed;
  });
}

/** What there is on this computer to import, which says nothing about the keys in it. */
async function listImportLocations(context: CliContext, { json }: ImportOptions): Promise<ExitCode> {
  const all = findImportLocations(context);
  for (const { path: file, program } of all) {
    const read = await tryReadImport(file, context);
    if (!read) continue;
    const { profiles, links } = read;
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
  context.terminal.message(text(all.length === 0 ? 'cli.setup.import.none' : 'cli.setup.import.use'));
  return exitCodes.done;
}

/** One that cannot be read is told, and does not hide the others. */
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
  if (json)
    return terminal.result(
      JSON.stringify({
        ...report,
        profiles: report.profiles.map(({ name, from, outcome }) => ({ name, from, kept: outcome })),
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
    terminal.message(text('cli.setup.import.incomplete', { names: incomplete.join(', '), name: incomplete[0]! }));
}

/** A damaged album has thousands. */
const maxSkippedShown = 20;

export interface ExportOptions {
  json?: boolean;
}

/** To a file that is not there yet, or to standard output. */
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
