/** What Dropbox refused a call with, as the SDK throws it. */
import { DropboxResponseError } from 'dropbox';

type Tagged = { '.tag': string } & Record<string, unknown>;

const isTagged = (value: unknown): value is Tagged =>
  typeof value === 'object' && value !== null && typeof (value as { '.tag'?: unknown })['.tag'] === 'string';

/** The error inside the envelope, or nothing where the answer was text or a page. */
export function errorIn(cause: unknown): unknown {
  if (!(cause instanceof DropboxResponseError)) return undefined;
  const body: unknown = cause.error;
  return typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
}

/** `path/conflict/file`: the tags from the outside in, whatever they stand beside; '' where there are none. */
export function tagsOf(cause: unknown): string {
  const tags: string[] = [];
  for (
    let at = errorIn(cause);
    typeof at === 'object' && at !== null;
    at = Object.values(at).find((value) => typeof value === 'object' && value !== null && hasTag(value))
  ) {
    if (isTagged(at)) tags.push(at['.tag']);
  }
  return tags.join('/');
}

const hasTag = (value: object): boolean => isTagged(value) || Object.values(value).some(isTagged);

/** Whether it was refused with these tags, wherever they stand among others: `conflict` is in `path/conflict/file`. */
export const isRefused = (cause: unknown, tags: string): boolean => `/${tagsOf(cause)}/`.includes(`/${tags}/`);

/** Where the server is, of an error about an offset: it stands beside its tag, maybe inside another. */
export function correctOffset(cause: unknown): number | undefined {
  let at = errorIn(cause);
  while (typeof at === 'object' && at !== null) {
    if ('correct_offset' in at && typeof at.correct_offset === 'number') return at.correct_offset;
    at = Object.values(at).find((value) => typeof value === 'object' && value !== null);
  }
  return undefined;
}

/** Status of an answer that the SDK turned into an exception. */
export const statusOf = (cause: unknown): number | undefined =>
  cause instanceof DropboxResponseError ? cause.status : undefined;
