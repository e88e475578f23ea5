/** `hoist history`: lists uploads, newest first. */
import { isoDateTime, printable, uploadJson } from './format.ts';
import { exitCodes, type ExitCode, type CliContext } from './cli-context.ts';

export interface HistoryOptions {
  limit: number;
  json?: boolean;
}

/** The largest page that the store returns. */
const pageRows = 200;

export async function historyCommand(
  { terminal, open }: CliContext,
  words: string[],
  { limit, json }: HistoryOptions,
): Promise<ExitCode> {
  const core = await open();
  try {
    let before: string | undefined;
    let remaining = limit;
    do {
      const page = core.uploadViews.history({
        text: words.join(' '),
        limit: Math.min(remaining, pageRows),
        ...(before === undefined ? {} : { before }),
      });
      for (const view of page.uploads) {
        await terminal.result(
          json
            ? JSON.stringify(uploadJson(view))
            : [
                isoDateTime(view.endedAt ?? view.createdAt),
                view.status,
                printable(view.name),
                view.link?.url ?? '',
              ].join('\t'),
        );
      }
      remaining -= page.uploads.length;
      before = page.next;
    } while (before !== undefined && remaining > 0);
    return exitCodes.done;
  } finally {
    await core.close();
  }
}
