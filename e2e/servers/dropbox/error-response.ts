/** What Dropbox says no with: JSON with a tagged error and its summary, or a line of plain text. */

/** As Stone writes a union: `{".tag": name}` alone, with a struct's fields beside it, or with a value under the tag's own name. */
export type Tagged = { '.tag': string } & Record<string, unknown>;

export class DropboxErrorResponse extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  constructor(status: number, body: string, headers: Record<string, string>) {
    super(`${status} ${body}`);
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
}

/** A tag with nothing, or with another union, a text or a list inside it. */
export const tagged = (tag: string, inside?: unknown): Tagged =>
  inside === undefined ? { '.tag': tag } : { '.tag': tag, [tag]: inside };

/** A tag whose value is a struct: its fields stand beside the tag. */
export const taggedStruct = (tag: string, fields: Record<string, unknown>): Tagged => ({ '.tag': tag, ...fields });

/** `path/conflict/file/..`: the tags, and a number of dots that says nothing. */
export function errorSummary(error: Tagged): string {
  const tags: string[] = [];
  for (let node: Tagged | undefined = error; node !== undefined; node = Object.values(node).find(isTagged))
    tags.push(node['.tag']);
  return `${tags.join('/')}/${'.'.repeat(1 + (tags.length % 4))}`;
}

const isTagged = (value: unknown): value is Tagged => typeof value === 'object' && value !== null && '.tag' in value;

const jsonError = (status: number, body: unknown, headers: Record<string, string> = {}): DropboxErrorResponse =>
  new DropboxErrorResponse(status, JSON.stringify(body), { 'content-type': 'application/json', ...headers });

/** 409, the route's own errors. */
export const routeError = (error: Tagged): DropboxErrorResponse =>
  jsonError(409, { error_summary: errorSummary(error), error });
/** 401 */
export const unauthorized = (error: Tagged): DropboxErrorResponse =>
  jsonError(401, { error_summary: errorSummary(error), error });
/** 403 */
export const forbidden = (error: Tagged): DropboxErrorResponse =>
  jsonError(403, { error_summary: errorSummary(error), error });
/** 429 @param seconds until it may be tried again */
export const tooManyRequests = (reason: string, seconds: number): DropboxErrorResponse =>
  jsonError(
    429,
    { error_summary: `${reason}/..`, error: { reason: tagged(reason), retry_after: seconds } },
    { 'retry-after': String(seconds) },
  );
/** 400, for what is no request of this route at all. */
export const badInput = (route: string, why: string): DropboxErrorResponse =>
  new DropboxErrorResponse(400, `Error in call to API function "${route}": ${why}`, {
    'content-type': 'text/plain; charset=utf-8',
  });
/** The token endpoint has errors of its own shape (RFC 6749). */
export const oauthError = (status: number, error: string, description: string): DropboxErrorResponse =>
  jsonError(status, { error, error_description: description });
