/** `hoist upload`: uploads files and prints their links. */
import { practiceId } from '../../src-shared/profile.ts';
import { text } from '../../src-shared/text/text.ts';
import type { ChainStep, SkippedEntries } from '../../src-shared/upload.ts';
import type { Core } from '../core.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import { isEnvironmentId } from '../profiles/built-ins.ts';
import { UploadMonitor } from './upload-monitor.ts';
import { openInputFiles, type InputFile } from './input-files.ts';
import { applyLinkOverride, parseLinkOptions, type LinkFlags } from './link-options.ts';
import { applyNaming, parseNamingOptions, type NameOptions } from './input-names.ts';
import { sourcesWith, standardInputName } from './standard-input.ts';
import { warnAboutUnusable } from './warn-about-unusable.ts';
import { printable } from './format.ts';
import { exitCodes, type ExitCode, type CliContext } from './cli-context.ts';

export interface UploadOptions extends NameOptions, LinkFlags {
  to?: string;
  json?: boolean;
  sensitive?: boolean;
  /** False: use only the first destination. */
  fallback?: boolean;
}

export async function uploadCommand(context: CliContext, typed: string[], options: UploadOptions): Promise<ExitCode> {
  const { terminal } = context;
  const naming = parseNamingOptions(options, typed.length);
  const linkOverride = parseLinkOptions(options);
  const opened = await openInputFiles(typed, {
    cwd: context.cwd,
    streamName: standardInputName,
    isSensitive: options.sensitive ? () => false : (path) => context.isSensitive(path),
    onSkipped: (name, skipped) => printSkipped(context, name, skipped),
    stop: context.stop,
  });
  let monitor: UploadMonitor | undefined;
  const core = await context.open({
    sources: sourcesWith(context.stdin),
    listeners: { uploadChanged: (upload) => monitor?.changed(upload), uploadRemoved: (id) => monitor?.removed(id) },
  });
  try {
    const baseChain = resolveChain(core, context, options);
    if (!baseChain) return exitCodes.usage;
    const chain = applyLinkOverride(core, baseChain, linkOverride);
    const inputs = await applyNaming(opened, naming, core.profiles.catalog.name(chain[0]?.profileId ?? ''));
    monitor = new UploadMonitor(context, inputs, options.json ? 'json' : 'links');
    const positions = inputs.flatMap((input, position) => ('file' in input ? [position] : []));
    printDestinationNote(context, core, chain, positions.length);
    warnAboutUnusable(
      core,
      context,
      chain.map(({ profileId }) => profileId),
    );
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

/** The chain of the named destinations, in their order. Undefined when a name is invalid, after a message. */
function resolveChain(
  { profiles }: Core,
  { terminal }: CliContext,
  { to, fallback }: UploadOptions,
): ChainStep[] | undefined {
  const names =
    to === undefined ? [] : profiles.catalog.findTyped(to) ? [to] : to.split(',').map((name) => name.trim());
  const named = to === undefined ? [profiles.catalog.current()] : names.map((name) => profiles.catalog.findTyped(name));
  const missing = named.findIndex((profile) => profile === undefined);
  if (missing !== -1) {
    terminal.message(notFoundMessage(profiles, names[missing] ?? ''));
    return undefined;
  }
  const ids = named.map((profile) => profile!.id);
  if (ids.length > 1 && ids.includes(practiceId)) {
    terminal.message(text('cli.practice-alone'));
    return undefined;
  }
  if (fallback === false) return profiles.chains.from(ids[0]!, 'alone');
  return to === undefined ? profiles.chains.from(ids[0]!) : profiles.chains.explicit(ids);
}

function notFoundMessage(profiles: Core['profiles'], name: string): string {
  const names = profiles.views.all().profiles.map((profile) => profile.name);
  return text('cli.no-destination', { name, count: names.length, names: names.join(', ') });
}

function printDestinationNote({ terminal }: CliContext, { profiles }: Core, chain: ChainStep[], count: number): void {
  const first = chain[0]?.profileId;
  if (count === 0) return;
  if (first === practiceId) terminal.message(text('cli.practice.note', { count }));
  if (first !== undefined && isEnvironmentId(first))
    terminal.message(text('cli.environment.note', { destination: profiles.catalog.name(first) }));
}
