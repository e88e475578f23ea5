/** Dropbox's error responses: JSON with a tagged error and its summary, or a line of plain text. */

/**
 * A union in the format of Stone, Dropbox's API language: `{".tag": name}`, followed by nothing, by the fields of a
 * struct, or by a value under the tag's name.
 */
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

/** A union whose tag has no value, or has a union, a string or a list as its value. */
export const tagged = (tag: string, inside?: unknown): Tagged =>
  inside === undefined ? { '.tag': tag } : { '.tag': tag, [tag]: inside };

/** A union whose tag has a struct as its value: the struct's fields are next to the tag. */
export const taggedStruct = (tag: string, fields: Record<string, unknown>): Tagged => ({ '.tag': tag, ...fields });

/** The tags from the outside in, followed by a varying number of dots, as Dropbox sends them: `path/conflict/file/..`. */
function errorSummary(error: Tagged): string {
  const tags: string[] = [];
  for (let node: Tagged | undefined = error; node !== undefined; node = Object.values(node).find(isTagged))
    tags.push(node['.tag']);
  return `${tags.join('/')}/${'.'.repeat(1 + (tags.length % 4))}`;
}

const isTagged = (value: unknown): value is Tagged => typeof value === 'object' && value !== null && '.tag' in value;

const jsonError = (status: number, body: unknown, headers: Record<string, string> = {}): DropboxErrorResponse =>
  new DropboxErrorResponse(status, JSON.stringify(body), { 'content-type': 'application/json', ...headers });

/** 409, for the errors that the route declares. */
export const routeError = (error: Tagged): DropboxErrorResponse =>
  jsonError(409, { error_summary: errorSummary(error), error });
/** 401, for an invalid token. */
export const unauthorized = (error: Tagged): DropboxErrorResponse =>
  jsonError(401, { error_summary: errorSummary(error), error });
/** 429. @param seconds until the next request is allowed */
export const tooManyRequests = (reason: string, seconds: number): DropboxErrorResponse =>
  jsonError(
    429,
    { error_summary: `${reason}/..`, error: { reason: tagged(reason), retry_after: seconds } },
    { 'retry-after': String(seconds) },
  );
/** 400, for a request that does not match the route. */
export const badInput = (route: string, why: string): DropboxErrorResponse =>
  new DropboxErrorResponse(400, `Error in call to API function "${route}": ${why}`, {
    'content-type': 'text/plain; charset=utf-8',
  });
/** The token endpoint uses another error format (RFC 6749). */
export const oauthError = (status: number, error: string, description: string): DropboxErrorResponse =>
  jsonError(status, { error, error_description: description });
