/** `hoist status`: shows the current destination and the unfinished uploads. */
import { practiceId } from '../../src-shared/profile.ts';
import { formatBytes } from '../../src-shared/format/bytes.ts';
import { text } from '../../src-shared/text/text.ts';
import type { UploadView } from '../../src-shared/upload.ts';
import type { Core } from '../core.ts';
import { printable, uploadJson } from './format.ts';
import { exitCodes, type ExitCode, type CliContext } from './cli-context.ts';

export async function statusCommand({ terminal, open }: CliContext, options: { json?: boolean }): Promise<ExitCode> {
  const core = await open();
  try {
    const lines = options.json ? [JSON.stringify(await asJson(core))] : await asText(core);
    for (const line of lines) await terminal.result(line);
    return exitCodes.done;
  } finally {
    await core.close();
  }
}

async function asJson(core: Core): Promise<object> {
  const profile = core.profiles.catalog.current();
  return {
    destination: profile?.name ?? null,
    ...(profile?.id === practiceId ? { practice: await core.practice.usage() } : {}),
    uploads: core.uploadViews.unfinished().map((view) => uploadJson(view)),
  };
}

async function asText(core: Core): Promise<string[]> {
  const profile = core.profiles.catalog.current();
  const uploads = core.uploadViews.unfinished();
  return [
    profile ? text('cli.status.destination', { name: printable(profile.name) }) : text('cli.status.none'),
    ...(profile?.id === practiceId ? [await practiceLine(core)] : []),
    ...(uploads.length === 0
      ? [text('cli.status.idle')]
      : [text('cli.status.uploads', { count: uploads.length }), ...uploads.map(row)]),
  ];
}

async function practiceLine(core: Core): Promise<string> {
  const { objects, bytes, quotaBytes } = await core.practice.usage();
  return text('cli.status.practice', { objects, size: formatBytes(bytes), quota: formatBytes(quotaBytes) });
}

function row({ status, sent = 0, size, name }: UploadView): string {
  const about = { status, size: formatBytes(size), name: printable(name) };
  return status === 'uploading' && size > sent
    ? text('cli.status.row.uploading', { ...about, percent: Math.floor((sent / size) * 100) })
    : text('cli.status.row', about);
}
