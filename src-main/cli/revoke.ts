/** `hoist revoke`: makes links of finished uploads stop working. The files stay stored. */
import { AppFailure } from '../../src-shared/errors.ts';
import { text } from '../../src-shared/text/text.ts';
import type { Upload, UploadIn } from '../../src-shared/upload.ts';
import type { Core } from '../core.ts';
import { allowProgram, type ProgramOption } from './confirm-program.ts';
import { UsageError } from './cli-errors.ts';
import { errorJson, formatProblem, printable, uploadJson } from './format.ts';
import { createFixHint } from './setup/fix-hint.ts';
import { exitCodes, type ExitCode, type CliContext } from './cli-context.ts';

/** The largest page that the store returns. */
const pageRows = 200;

export interface RevokeOptions extends ProgramOption {
  json?: boolean;
}

/** @throws UsageError when the history has no upload for one of the arguments; then no link is revoked */
export async function revokeCommand(
  context: CliContext,
  typed: string[],
  { json, ...options }: RevokeOptions,
): Promise<ExitCode> {
  const { terminal } = context;
  const core = await context.open(allowProgram(options));
  const fixHint = createFixHint(core, context);
  try {
    const uploads = typed.map((linkOrId) => findUpload(core, linkOrId));
    let code: ExitCode = exitCodes.done;
    for (const upload of uploads) {
      const { url } = upload.link;
      try {
        core.userActions.onUpload(upload.id);
        const verification = await core.engine.revokeLink(upload.id);
        if (verification === 'verified') terminal.message(text('cli.revoke.still-open', { url: printable(url) }));
        await terminal.result(json ? JSON.stringify(revokedJson(core, upload)) : url);
      } catch (cause) {
        if (!(cause instanceof AppFailure)) throw cause;
        code = exitCodes.failed;
        const { error } = cause;
        const fix = fixHint(upload.chain[upload.step]?.profileId ?? '', error);
        terminal.message(formatProblem(url, error, fix));
        if (json) await terminal.result(JSON.stringify({ id: upload.id, url, error: errorJson(error, fix) }));
      }
    }
    return code;
  } finally {
    await core.close();
  }
}

const revokedJson = (core: Core, { id }: Upload): object =>
  uploadJson(core.uploadViews.of(core.store.uploads.get(id)!));

function findUpload(core: Core, linkOrId: string): UploadIn<'done'> {
  const byId = core.store.uploads.get(linkOrId);
  if (byId && isRevocable(byId)) return byId;
  const found = uploadsWithLink(core, linkOrId).find(isRevocable);
  if (!found) throw new UsageError(text('cli.revoke.unknown', { link: printable(linkOrId) }));
  return found;
}

/** Imported links have no file that Hoist could change. */
const isRevocable = (upload: Upload): upload is UploadIn<'done'> =>
  upload.status === 'done' && upload.imported === undefined;

function uploadsWithLink(core: Core, url: string): Upload[] {
  const found: Upload[] = [];
  let before: string | undefined;
  do {
    const page = core.store.uploads.query({ text: url, limit: pageRows, ...(before === undefined ? {} : { before }) });
    found.push(...page.uploads.filter((upload) => upload.status === 'done' && upload.link.url === url));
    before = page.next;
  } while (found.length === 0 && before !== undefined);
  return found;
}
