/** `hoist setup import`, `hoist setup export`: what other programs have, and what Hoist has, without its secrets. */
import { open } from 'node:fs/promises';
import path from 'node:path';
import { AppFailure } from '../../../src-shared/errors.ts';
import type { FieldValues, ImportReport } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import { exportDestinations, isOwn } from '../../profiles/export.ts';
import { readImport } from '../../profiles/import/import-file.ts';
import type { Parsed } from '../../profiles/import/imported.ts';
import { importPlaces } from '../../profiles/import/places.ts';
import { takeOver } from '../../profiles/import/take-over.ts';
import { Misunderstood } from '../misunderstood.ts';
import { printable, problem } from '../words.ts';
import { exitCodes, type ExitCode, type World } from '../world.ts';
import { keepFor } from './add.ts';
import { quoted } from './describe.ts';
import { withCore } from './with-core.ts';

export interface ImportOptions {
  json?: boolean;
  unprotected?: boolean;
  session?: boolean;
}

export async function importFrom(world: World, file: string | undefined, options: ImportOptions): Promise<ExitCode> {
  if (file === undefined) return places(world, options);
  // What is no file ends it before the records are opened.
  const parsed = await readImport(path.resolve(world.cwd, file), world);
  return withCore(world, async (core) => {
    const secrets = Object.assign({}, ...parsed.profiles.map((profile) => profile.secrets)) as FieldValues;
    const report = await takeOver(parsed, core.importPorts(), await keepFor(core, { secrets }, options));
    await tell(world, report, options);
    const isUseful = report.profiles.length > 0 || report.uploads > 0;
    return isUseful || report.skipped.length === 0 ? exitCodes.done : exitCodes.failed;
  });
}

/** What there is on this computer to import, which says nothing about the keys in it. */
async function places(world: World, { json }: ImportOptions): Promise<ExitCode> {
  const all = importPlaces(world);
  for (const { path: file, program } of all) {
    const read = await readIfAllowed(file, world);
    if (!read) continue;
    const { profiles, links } = read;
    await world.terminal.result(
      json
        ? JSON.stringify({ file, program, destinations: profiles.length, links: links.length })
        : [
            printable(file),
            program,
            text('cli.setup.import.holds', { destinations: profiles.length, links: links.length }),
          ].join('\t'),
    );
  }
  world.terminal.say(text(all.length === 0 ? 'cli.setup.import.none' : 'cli.setup.import.use'));
  return exitCodes.done;
}

/** One that cannot be read is told, and does not hide the others. */
async function readIfAllowed(file: string, world: World): Promise<Parsed | undefined> {
  try {
    return await readImport(file, world);
  } catch (cause) {
    if (!(cause instanceof AppFailure)) throw cause;
    world.terminal.say(problem(file, cause.error));
    return undefined;
  }
}

async function tell({ terminal }: World, report: ImportReport, { json }: ImportOptions): Promise<void> {
  if (json) return terminal.result(JSON.stringify(report));
  for (const { name, from, kept } of report.profiles) await terminal.result([kept, printable(name), from].join('\t'));
  if (report.uploads > 0) terminal.say(text('cli.setup.import.links', { count: report.uploads }));
  for (const { name, because } of report.skipped.slice(0, shownSkips))
    terminal.say(text(`cli.setup.import.skipped.${because}`, { name: printable(name) }));
  if (report.skipped.length > shownSkips)
    terminal.say(text('cli.setup.import.skipped.more', { count: report.skipped.length - shownSkips }));
  const open = report.profiles.filter(({ kept }) => kept === 'incomplete').map(({ name }) => quoted(name));
  if (open.length > 0) terminal.say(text('cli.setup.import.incomplete', { names: open.join(', '), name: open[0]! }));
}

/** A damaged album has thousands. */
const shownSkips = 20;

export interface ExportOptions {
  json?: boolean;
}

/** To a file that is not there yet, or to standard output. */
export const exportTo = (world: World, file: string | undefined, { json }: ExportOptions): Promise<ExitCode> =>
  withCore(world, async (core) => {
    const { profiles } = core.profiles.view();
    const content = exportDestinations(profiles, core.providers());
    if (file === undefined || file === '-') {
      await world.terminal.result(content.trimEnd());
      return exitCodes.done;
    }
    await writeNew(path.resolve(world.cwd, file), content, file);
    const count = profiles.filter(isOwn).length;
    await world.terminal.result(json ? JSON.stringify({ file, destinations: count }) : file);
    world.terminal.say(text('cli.setup.exported', { count }));
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
    throw new Misunderstood(
      text(cause.code === 'EEXIST' ? 'cli.setup.export.exists' : 'cli.setup.export.unwritable', { path: typed }),
    );
  }
}
