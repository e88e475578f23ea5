/** `hoist resume`: resumes unfinished uploads that no running process owns, and prints the links. */
import { text } from '../../src-shared/text/text.ts';
import type { Upload } from '../../src-shared/upload.ts';
import { allowProgram, type ProgramOption } from './confirm-program.ts';
import { UploadMonitor } from './upload-monitor.ts';
import { warnAboutUnusable } from './warn-about-unusable.ts';
import type { ExitCode, CliContext } from './cli-context.ts';

export interface ResumeOptions extends ProgramOption {
  json?: boolean;
  failed?: boolean;
}

export async function resumeCommand(context: CliContext, options: ResumeOptions): Promise<ExitCode> {
  let monitor: UploadMonitor | undefined;
  const core = await context.open({
    ...allowProgram(options),
    listeners: { uploadChanged: (upload) => monitor?.changed(upload), uploadRemoved: (id) => monitor?.removed(id) },
  });
  try {
    const { uploads } = core.store;
    const resumable = [
      ...uploads.orphans(),
      ...(options.failed ? uploads.unownedWithCheckpoint().filter(({ status }) => status === 'failed') : []),
    ].sort((a, b) => a.createdAt - b.createdAt || a.position - b.position);
    monitor = new UploadMonitor(
      context,
      resumable.map((upload) => ({
        typed: upload.folder ? `${upload.folder.name}/${upload.folder.relativePath}` : upload.name,
        upload,
      })),
      options.json ? 'json' : 'links',
    );
    if (resumable.length > 0) context.terminal.message(text('cli.resuming', { count: resumable.length }));
    warnAboutUnusable(
      core,
      context,
      resumable.flatMap(({ chain, step }) => chain[step]?.profileId ?? []),
    );
    for (const { id } of resumable) core.userActions.onUpload(id);
    core.engine.start();
    return await monitor.run(
      core,
      resumable.map((_, index) => index),
      () => start(resumable),
    );
  } finally {
    context.terminal.close();
    await core.close();
  }

  async function start(resumable: Upload[]): Promise<Upload[]> {
    await core.engine.adoptOrphans();
    for (const { id, status } of resumable) if (status === 'paused') core.engine.resume(id);
    // The monitor reports failed uploads immediately, so they must be retried before the monitor checks them.
    await Promise.all(resumable.filter(({ status }) => status === 'failed').map(({ id }) => core.engine.retry(id)));
    return resumable;
  }
}
