/** `hoist upload`: uploads files and prints their links. */
import { practiceId } from '../../src-shared/profile.ts';
import { text } from '../../src-shared/text/text.ts';
import type { ChainStep, SkippedEntries } from '../../src-shared/upload.ts';
import type { Core } from '../core.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import { isEnvironmentId } from '../profiles/built-ins.ts';
import { allowFallback, resolveChain, type ChainOptions } from './destination-chain.ts';
import { UploadMonitor } from './upload-monitor.ts';
import { openInputFiles, type InputFile } from './input-files.ts';
import { applyLinkOverride, parseLinkOptions, type LinkFlags } from './link-options.ts';
import { applyNaming, parseNamingOptions, type NameOptions } from './input-names.ts';
import { fileSources } from '../platform/source-file.ts';
import { allowProgram, type ProgramOption } from './confirm-program.ts';
import { sourcesWith, standardInputName } from './standard-input.ts';
import { warnAboutUnusable } from './warn-about-unusable.ts';
import { printable } from './format.ts';
import type { ExitCode, CliContext } from './cli-context.ts';

export interface UploadOptions extends NameOptions, LinkFlags, ChainOptions, ProgramOption {
  json?: boolean;
  sensitive?: boolean;
}

export async function uploadCommand(context: CliContext, typed: string[], options: UploadOptions): Promise<ExitCode> {
  const { terminal } = context;
  const naming = parseNamingOptions(options, typed.length);
  const linkOverride = parseLinkOptions(options);
  const opened = await openInputFiles(typed, {
    cwd: context.cwd,
    streamName: standardInputName,
    isSensitive: context.isSensitive,
    allowSensitive: options.sensitive ?? false,
    onSkipped: (name, skipped) => printSkipped(context, name, skipped),
    stop: context.stop,
  });
  let monitor: UploadMonitor | undefined;
  const core = await context.open({
    ...allowProgram(options),
    sources: sourcesWith(context.stdin, fileSources(context.isSensitive)),
    listeners: { uploadChanged: (upload) => monitor?.changed(upload), uploadRemoved: (id) => monitor?.removed(id) },
  });
  try {
    const chain = allowFallback(applyLinkOverride(core, resolveChain(core, options), linkOverride), options);
    const inputs = await applyNaming(opened, naming, core.profiles.catalog.name(chain[0]?.profileId ?? ''));
    monitor = new UploadMonitor(context, inputs, options.json ? 'json' : 'links');
    const positions = inputs.flatMap((input, position) => ('file' in input ? [position] : []));
    printDestinationNote(context, core, chain, positions.length);
    warnAboutUnusable(
      core,
      context,
      chain.map(({ profileId }) => profileId),
    );
    core.userActions.onDestinations(chain);
    core.engine.start();
    return await monitor.run(core, positions, () =>
      core.engine.enqueue(
        positions.map((position) => ({
          ...acceptedFile(inputs[position]!),
          ...(linkOverride ? { linkOverride } : {}),
        })),
        chain,
      ),
    );
  } finally {
    terminal.close();
    await core.close();
  }
}

function printSkipped({ terminal }: CliContext, typed: string, { links, special }: SkippedEntries): void {
  const name = printable(typed);
  if (links > 0) terminal.message(text('cli.skipped.links', { name, count: links }));
  if (special > 0) terminal.message(text('cli.skipped.special', { name, count: special }));
}

const acceptedFile = (input: InputFile): AcceptedFile => (input as { file: AcceptedFile }).file;

function printDestinationNote({ terminal }: CliContext, { profiles }: Core, chain: ChainStep[], count: number): void {
  const first = chain[0]?.profileId;
  if (count === 0) return;
  if (first === practiceId) terminal.message(text('cli.practice.note', { count }));
  if (first !== undefined && isEnvironmentId(first))
    terminal.message(text('cli.environment.note', { destination: profiles.catalog.name(first) }));
}
