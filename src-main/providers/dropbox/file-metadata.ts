/** Reads and deletes files by their metadata. */
import type { Dropbox } from 'dropbox';
import * as v from 'valibot';
import { failure } from '../../../src-shared/errors.ts';
import { parentPath } from './paths.ts';
import { hasErrorTags, dropboxStatusOf } from './api-errors.ts';

const fileSchema = v.pipe(
  v.object({
    id: v.string(),
    rev: v.string(),
    size: v.number(),
    client_modified: v.string(),
    path_lower: v.optional(v.string()),
    path_display: v.optional(v.string()),
    content_hash: v.optional(v.string()),
  }),
  v.transform(
    ({
      id,
      rev,
      size,
      client_modified: clientModified,
      path_lower: lower,
      path_display: path = lower ?? '',
      content_hash: hash,
    }) => ({ id, rev, size, clientModified, path, hash }),
  ),
);

/** `hash`: the content hash of the whole file. */
export type DropboxFile = v.InferOutput<typeof fileSchema>;

/** A captive portal also responds with status 200, so only the metadata of a file proves that the file exists. */
export function parseFileMetadata(result: unknown): DropboxFile {
  const parsed = v.safeParse(fileSchema, result);
  if (!parsed.success) throw unexpectedResponse();
  return parsed.output;
}

export const unexpectedResponse = () => failure('wrong-service', { params: { of: 'dropbox', host: 'Dropbox' } });

/** @returns the file at this path or with this id, `folder` for a folder, undefined when there is neither */
export async function fileAt(client: Dropbox, pathOrId: string): Promise<DropboxFile | 'folder' | undefined> {
  try {
    const { result } = await client.filesGetMetadata({ path: pathOrId });
    if (typeof result !== 'object' || result === null || !('.tag' in result)) throw unexpectedResponse();
    if (result['.tag'] === 'file') return parseFileMetadata(result);
    return result['.tag'] === 'folder' ? 'folder' : undefined;
  } catch (cause) {
    if (hasErrorTags(cause, 'path/not_found')) return undefined;
    throw cause;
  }
}

/**
 * Deletes a file if it still has this revision. A missing file, and a file that another client has changed, are not
 * errors.
 */
export async function removeFile(client: Dropbox, { id, rev }: Pick<DropboxFile, 'id' | 'rev'>): Promise<void> {
  try {
    const { result } = await client.filesDeleteV2({ path: id, parent_rev: rev });
    if (typeof result !== 'object' || result === null || !('metadata' in result)) throw unexpectedResponse();
  } catch (cause) {
    if (!hasErrorTags(cause, 'path_lookup/not_found') && !hasErrorTags(cause, 'path_write/conflict')) throw cause;
  }
}

/** Deletes the folder that was created for a file, if it is empty. Keeps a folder that Hoist may not list or delete. */
export async function removeEmptyFolder(client: Dropbox, path: string): Promise<void> {
  const folder = parentPath(path);
  if (folder === '') return;
  try {
    const { result } = await client.filesListFolder({ path: folder, limit: 1 });
    if (result.entries.length === 0 && !result.has_more) await client.filesDeleteV2({ path: folder });
  } catch (cause) {
    const status = dropboxStatusOf(cause) ?? 0;
    if (status < 400 || status >= 500) throw cause;
  }
}
