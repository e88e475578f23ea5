/** Validates requests strictly. */
import type http from 'node:http';
import * as v from 'valibot';
import { FalErrorResponse } from './responses.ts';

export interface Acl {
  default: 'allow' | 'forbid' | 'hide';
  rules: { user: string; decision: string }[];
}

/** @returns undefined when the client disconnected before the end */
export async function readFalBody(request: http.IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('close', () => resolve(undefined));
  });
}

const Initiation = v.strictObject({
  content_type: v.pipe(v.string(), v.regex(/^[\w.+-]+\/[\w.+-]+(;.*)?$/)),
  file_name: v.pipe(v.string(), v.nonEmpty()),
});
const decision = v.picklist(['allow', 'forbid', 'hide']);
const AclBody = v.strictObject({
  default: decision,
  rules: v.optional(v.array(v.strictObject({ user: v.string(), decision })), []),
});
const Signature = v.strictObject({
  expiration_seconds: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(604_800)),
});
const Lifecycle = v.strictObject({
  expiration_duration_seconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  initial_acl: v.optional(AclBody),
});
const Parts = v.strictObject({
  parts: v.pipe(
    v.array(
      v.strictObject({
        partNumber: v.pipe(v.number(), v.integer(), v.minValue(1)),
        etag: v.pipe(v.string(), v.nonEmpty()),
      }),
    ),
    v.nonEmpty(),
  ),
});

export function parseInitiation(request: http.IncomingMessage, body: Buffer): { contentType: string; name: string } {
  const { content_type: contentType, file_name: name } = validate(Initiation, parseJsonBody(request, body), 'body');
  return { contentType, name };
}

/** Reads the lifecycle from either header. If both are present, their values must be equal. */
export function parseLifecycle(headers: http.IncomingHttpHeaders): { seconds?: number; acl?: Acl } {
  const values = ['x-fal-object-lifecycle', 'x-fal-object-lifecycle-preference'].flatMap((name) => headers[name] ?? []);
  if (new Set(values).size > 1) throw validationError('header', 'lifecycle', 'the two lifecycle headers differ');
  if (values[0] === undefined) return {};
  const { expiration_duration_seconds: seconds, initial_acl: acl } = validate(
    Lifecycle,
    parseJson(values[0], 'header'),
    'header',
  );
  return { ...(seconds === undefined ? {} : { seconds }), ...(acl === undefined ? {} : { acl }) };
}

/** The path of the file in the query of a platform request. The address must have no query itself. */
export function parseFileUrl({ searchParams }: URL): string {
  const address = searchParams.get('url') ?? '';
  if (!URL.canParse(address) || new URL(address).search !== '')
    throw platformError(400, 'url must be the address of a file, without a query');
  return new URL(address).pathname;
}

export const parseDefaultAcl = (request: http.IncomingMessage, body: Buffer): Acl =>
  validatePlatform(AclBody, parseJsonBody(request, body), 'default must be allow, forbid or hide');

/** @returns the lifetime of the signed URL in seconds */
export const parseSigningRequest = (request: http.IncomingMessage, body: Buffer): number =>
  validatePlatform(Signature, parseJsonBody(request, body), 'expiration_seconds must be 1 to 604800')
    .expiration_seconds;

function validatePlatform<T>(schema: v.GenericSchema<unknown, T>, value: unknown, message: string): T {
  const result = v.safeParse(schema, value);
  if (!result.success) throw platformError(400, message);
  return result.output;
}

const platformError = (status: number, message: string): FalErrorResponse =>
  new FalErrorResponse(status, { error: { type: 'validation_error', message } });

/** The parts, which must be in ascending order without duplicates. */
export function parseParts(request: http.IncomingMessage, body: Buffer): { partNumber: number; etag: string }[] {
  const { parts } = validate(Parts, parseJsonBody(request, body), 'body');
  if (parts.some(({ partNumber }, i) => i > 0 && partNumber <= parts[i - 1]!.partNumber))
    throw new FalErrorResponse(400, { detail: 'Parts must be ascending' });
  return parts;
}

function parseJsonBody(request: http.IncomingMessage, body: Buffer): unknown {
  if (!request.headers['content-type']?.startsWith('application/json'))
    throw validationError('header', 'content-type', 'must be application/json');
  return parseJson(body.toString(), 'body');
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw validationError(where, 'json', 'JSON decode error');
  }
}

function validate<T>(schema: v.GenericSchema<unknown, T>, value: unknown, where: string): T {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw validationError(where, v.getDotPath(issue) ?? '', issue.message);
}

/** An error in FastAPI's format. */
const validationError = (where: string, field: string, msg: string): FalErrorResponse =>
  new FalErrorResponse(422, { detail: [{ loc: [where, field], msg, type: 'value_error' }] });
