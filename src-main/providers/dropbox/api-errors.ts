/** Reads Dropbox's error responses, as the SDK throws them. */
import { DropboxResponseError } from 'dropbox';

type Tagged = { '.tag': string } & Record<string, unknown>;

const isTagged = (value: unknown): value is Tagged =>
  typeof value === 'object' && value !== null && typeof (value as { '.tag'?: unknown })['.tag'] === 'string';

/** The error object in the response body; undefined when the body was plain text or an HTML page. */
export function apiErrorIn(cause: unknown): unknown {
  if (!(cause instanceof DropboxResponseError)) return undefined;
  const body: unknown = cause.error;
  return typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
}

/** The nested tags of the error, outermost first, such as `path/conflict/file`; '' without tags. */
export function errorTagsOf(cause: unknown): string {
  const tags: string[] = [];
  for (
    let node = apiErrorIn(cause);
    typeof node === 'object' && node !== null;
    node = Object.values(node).find((value) => typeof value === 'object' && value !== null && hasTag(value))
  ) {
    if (isTagged(node)) tags.push(node['.tag']);
  }
  return tags.join('/');
}

/** Whether the object or one of its properties has a tag. A struct has no tag, but its properties may have one. */
const hasTag = (value: object): boolean => isTagged(value) || Object.values(value).some(isTagged);

/** Whether the nested tags contain this sequence. For example, `path/conflict/file` contains `conflict/file`. */
export const hasErrorTags = (cause: unknown, tags: string): boolean => `/${errorTagsOf(cause)}/`.includes(`/${tags}/`);

/** The server's offset in an error about a wrong offset; undefined for any other error. */
export function correctOffset(cause: unknown): number | undefined {
  let node = apiErrorIn(cause);
  while (typeof node === 'object' && node !== null) {
    if ('correct_offset' in node && typeof node.correct_offset === 'number') return node.correct_offset;
    node = Object.values(node).find((value) => typeof value === 'object' && value !== null);
  }
  return undefined;
}

/** The status of an error response that the SDK has thrown. */
export const dropboxStatusOf = (cause: unknown): number | undefined =>
  cause instanceof DropboxResponseError ? cause.status : undefined;
