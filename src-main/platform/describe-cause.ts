/** A thrown value as plain data for the log: what it says, not everything that hangs on it. */

export interface DescribedCause {
  name: string;
  message: string;
  code?: string;
  /** HTTP status of the answer behind it */
  statusCode?: number;
  /** The server's name for the request, which its support asks for */
  requestId?: string;
  /** The frames; those outside the app without their paths */
  stack?: string[];
  cause?: DescribedCause;
  /** of an AggregateError */
  errors?: DescribedCause[];
}

export interface DescribeOptions {
  /** Folder of the app; paths in it are shown without it. */
  appRoot: string;
  /** Takes out what must not be kept; applied before anything is cut, so that no half of a secret stays. */
  clean: (text: string) => string;
}

const maxDepth = 5;
const maxErrors = 5;
const maxFrames = 20;
const maxLength = 2_000;

export function describeCause(thrown: unknown, options: DescribeOptions): DescribedCause {
  return describe(thrown, options, new Set(), maxDepth);
}

function describe(thrown: unknown, options: DescribeOptions, seen: Set<unknown>, depth: number): DescribedCause {
  const sanitize = (text: string) => truncate(options.clean(text));
  if (typeof thrown !== 'object' || thrown === null) return { name: typeof thrown, message: sanitize(String(thrown)) };
  seen.add(thrown);
  const sanitizeOptional = (text: string | undefined) => (text === undefined ? undefined : sanitize(text));
  const describeNested = (value: unknown): DescribedCause[] =>
    value === undefined || value === null || seen.has(value) || depth <= 1
      ? []
      : [describe(value, options, seen, depth - 1)];
  const nestedErrors = field(thrown, 'errors');
  return omitEmpty({
    name: sanitize(nameOf(thrown)),
    message: sanitize(textField(thrown, 'message') ?? ''),
    code: sanitizeOptional(codeOf(thrown)),
    statusCode: statusOf(thrown),
    requestId: sanitizeOptional(requestIdOf(thrown)),
    stack: framesOf(textField(thrown, 'stack') ?? '', options.appRoot).map(sanitize),
    cause: describeNested(field(thrown, 'cause'))[0],
    errors: Array.isArray(nestedErrors) ? nestedErrors.slice(0, maxErrors).flatMap(describeNested) : [],
  });
}

/** Without what there is nothing to say about. */
function omitEmpty(
  line: Required<Pick<DescribedCause, 'name' | 'message'>> & {
    [K in keyof DescribedCause]: DescribedCause[K] | undefined;
  },
): DescribedCause {
  const empty = (value: unknown) => value === undefined || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(line).filter(([, value]) => !empty(value))) as unknown as DescribedCause;
}

const nameOf = (thrown: object): string =>
  textField(thrown, 'name') ?? textField(field(thrown, 'constructor'), 'name') ?? 'object';

/** An AppFailure has it in its error, AWS's errors in `Code`. */
const codeOf = (thrown: object): string | undefined =>
  textField(field(thrown, 'error'), 'code') ?? textField(thrown, 'code') ?? textField(thrown, 'Code');

const truncate = (text: string): string =>
  text.length > maxLength ? `${text.slice(0, maxLength)}… (${text.length - maxLength} more)` : text;

/** A property, whatever reading it does: a thrown value can be anything, and describing it must not throw again. */
function field(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    // Any cause will do: it is the getter's own, and the line says what is known without it.
    return undefined;
  }
}

function textField(value: unknown, key: string): string | undefined {
  const property = field(value, key);
  return typeof property === 'string' || typeof property === 'number' ? String(property) : undefined;
}

function statusOf(thrown: object): number | undefined {
  return [
    field(thrown, 'statusCode'),
    field(field(thrown, '$metadata'), 'httpStatusCode'),
    field(thrown, 'status'),
  ].find((status) => typeof status === 'number');
}

const requestIdHeaders = ['x-amz-request-id', 'x-dropbox-request-id', 'x-fal-request-id', 'x-request-id'];

function requestIdOf(thrown: object): string | undefined {
  const headers = field(thrown, 'headers');
  const get = field(headers, 'get');
  const header = (name: string) =>
    typeof get === 'function' ? (get.call(headers, name) as unknown) : field(headers, name);
  return [
    field(thrown, 'requestId'),
    field(field(thrown, '$metadata'), 'requestId'),
    ...requestIdHeaders.map(header),
  ].find((id) => typeof id === 'string');
}

/** Where in the app it happened. A frame elsewhere keeps its function's name: its path says where things are on this computer. */
function framesOf(stack: string, appRoot: string): string[] {
  const root = appRoot.replaceAll('\\', '/').replace(/\/+$/u, '');
  return stack
    .split('\n')
    .filter((line) => /^\s+at /u.test(line))
    .slice(0, maxFrames)
    .map((line) => {
      const frame = line
        .trim()
        .replaceAll('\\', '/')
        .replace(/file:\/\/+(?=[a-z]:)/iu, '')
        .replaceAll('file://', '');
      if (frame.includes(`${root}/`)) return frame.replaceAll(`${root}/`, '');
      if (/\(?node:[\w/]+:\d+/u.test(frame) || !/[/]/u.test(frame)) return frame;
      return frame.includes('(') ? frame.replace(/\([^)]*\)?$/u, '(outside)') : 'at (outside)';
    });
}
