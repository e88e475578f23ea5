/** Describes a thrown value as plain data for the log: its message and identifiers, not all of its properties. */

export interface DescribedCause {
  name: string;
  message: string;
  code?: string;
  /** HTTP status of the response that caused the error */
  statusCode?: number;
  /** The server's id for the request; the service's support asks for it */
  requestId?: string;
  /** Stack frames; those outside the app have no path */
  stack?: string[];
  cause?: DescribedCause;
  /** Errors of an AggregateError */
  errors?: DescribedCause[];
}

export interface DescribeOptions {
  /** Folder of the app. Paths inside it are shown relative to it. */
  appRoot: string;
  /** Removes secrets. */
  clean: (text: string) => string;
}

/** Levels of nested causes. */
const maxDepth = 5;
/** Errors of one AggregateError. */
const maxErrors = 5;
/** Stack frames of one error. */
const maxFrames = 20;
/** Characters of one text. */
const maxLength = 2_000;
/** Cleaning takes time, so only this many characters of a text are cleaned. */
const maxCleanedLength = 2 * maxLength;
/** Removed from the end of a text that was cut before cleaning, because a part of a secret may be there. */
const maxSecretPartLength = 300;

export function describeCause(thrown: unknown, options: DescribeOptions): DescribedCause {
  return describe(thrown, options, new Set(), maxDepth);
}

function describe(thrown: unknown, options: DescribeOptions, seen: Set<unknown>, depth: number): DescribedCause {
  const sanitize = (text: string) => sanitizeText(text, options);
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

/** Leaves out undefined values and empty lists. */
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

/** An AppFailure has its code in `error`, an AWS error in `Code`. */
const codeOf = (thrown: object): string | undefined =>
  textField(field(thrown, 'error'), 'code') ?? textField(thrown, 'code') ?? textField(thrown, 'Code');

/**
 * Removes secrets and cuts the text to {@link maxLength}. A very long text is cut before cleaning. That cut may divide
 * a secret, and `clean` doesn't recognize a part of a secret, so the end of the cleaned text is removed as well.
 */
function sanitizeText(text: string, { clean }: DescribeOptions): string {
  const isLong = text.length > maxCleanedLength;
  const cleaned = isLong ? clean(text.slice(0, maxCleanedLength)).slice(0, -maxSecretPartLength) : clean(text);
  const truncated = cleaned.slice(0, maxLength);
  const omitted = cleaned.length - truncated.length + (isLong ? text.length - maxCleanedLength : 0);
  return omitted > 0 ? `${truncated}… (${omitted} more)` : truncated;
}

/**
 * Reads a property. A thrown value can be anything, even an object with a getter that throws; describing it must not
 * throw.
 */
function field(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    // The getter may throw any error. The log line is written without this property.
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

/**
 * Frames of the app have relative paths. Other frames keep only the function name, because a path reveals the user's
 * folders.
 */
function framesOf(stack: string, appRoot: string): string[] {
  const root = appRoot.replaceAll('\\', '/').replace(/\/+$/u, '');
  // The stack starts with the message, which may be long.
  const start = stack.indexOf('\n    at ');
  if (start < 0) return [];
  return stack
    .slice(start, start + maxCleanedLength)
    .split('\n')
    .filter((line) => /^\s+at /u.test(line))
    .slice(0, maxFrames)
    .map((line) => shortenFrame(line.trim(), root));
}

function shortenFrame(line: string, root: string): string {
  const frame = line
    .replaceAll('\\', '/')
    // `file:///C:/…` on Windows, `file:///…` elsewhere.
    .replace(/file:\/\/+(?=[a-z]:)/iu, '')
    .replaceAll('file://', '');
  if (frame.includes(`${root}/`)) return frame.replaceAll(`${root}/`, '');
  const isOfNode = /\(?node:[\w/]+:\d+/u.test(frame);
  if (isOfNode || !frame.includes('/')) return frame;
  // The path is in parentheses at the end, or the frame is only a path.
  return frame.includes('(') ? frame.replace(/\([^)]*\)?$/u, '(outside)') : 'at (outside)';
}
