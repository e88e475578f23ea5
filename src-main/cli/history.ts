/** `hoist history`: what was uploaded, newest first. */
import { iso, printable, uploadJson } from './words.ts';
import { exitCodes, type ExitCode, type World } from './world.ts';

export interface HistoryOptions {
  limit: number;
  json?: boolean;
}

/** The store gives this many at once. */
const pageRows = 200;

export async function history(
  { terminal, open }: World,
  words: string[],
  { limit, json }: HistoryOptions,
): Promise<ExitCode> {
  const core = await open();
  try {
    let before: string | undefined;
    let left = limit;
    do {
      const page = core.history({
        text: words.join(' '),
        limit: Math.min(left, pageRows),
        ...(before === undefined ? {} : { before }),
      });
      for (const view of page.uploads) {
        await terminal.result(
          json
            ? JSON.stringify(uploadJson(view))
            : [iso(view.endedAt ?? view.createdAt), view.status, printable(view.name), view.link?.url ?? ''].join('\t'),
        );
      }
      left -= page.uploads.length;
      before = page.next;
    } while (before !== undefined && left > 0);
    return exitCodes.done;
  } finally {
    await core.close();
  }
}
