/** `hoist resume`: goes on with what is not finished and what nobody works on, and prints the links. */
import { text } from '../../src-shared/text/text.ts';
import type { Upload } from '../../src-shared/upload.ts';
import { Follow } from './follow.ts';
import { warnOfMissing } from './warn.ts';
import type { ExitCode, World } from './world.ts';

export interface ResumeOptions {
  json?: boolean;
  failed?: boolean;
}

export async function resume(world: World, options: ResumeOptions): Promise<ExitCode> {
  let follow: Follow | undefined;
  const core = await world.open({
    events: { changed: (upload) => follow?.changed(upload), removed: (id) => follow?.removed(id) },
  });
  try {
    const { uploads } = core.store;
    const left = [
      ...uploads.unowned(),
      ...(options.failed ? uploads.leftovers().filter(({ status }) => status === 'failed') : []),
    ].sort((a, b) => a.createdAt - b.createdAt || a.position - b.position);
    follow = new Follow(
      world,
      left.map((upload) => ({
        typed: upload.folder ? `${upload.folder.name}/${upload.folder.below}` : upload.name,
        upload,
      })),
      options.json ? 'json' : 'links',
    );
    if (left.length > 0) world.terminal.say(text('cli.resuming', { count: left.length }));
    warnOfMissing(
      core,
      world,
      left.flatMap(({ chain, step }) => chain[step]?.profileId ?? []),
    );
    core.start();
    return await follow.run(
      core,
      left.map((_, place) => place),
      () => start(left),
    );
  } finally {
    world.terminal.close();
    await core.close();
  }

  async function start(left: Upload[]): Promise<Upload[]> {
    core.engine.takeOver();
    for (const { id, status } of left) if (status === 'paused') core.engine.resume(id);
    // Until it lives again it would be told as what it was.
    await Promise.all(left.filter(({ status }) => status === 'failed').map(({ id }) => core.engine.retry(id)));
    return left;
  }
}
