/** Parses a route's argument strictly: an unknown or missing field or a wrong type is a 400, as at Dropbox. */
import { tagged, type Tagged } from './error-response.ts';

export class InvalidArgument extends Error {}

type Shape = Record<
  string,
  { type: 'string' | 'boolean' | 'count' | 'union' | 'object' | 'list'; optional?: true; pattern?: RegExp }
>;

export type Argument = Record<string, unknown>;

const hasType = (value: unknown, type: Shape[string]['type']): boolean => {
  switch (type) {
    case 'count':
      return Number.isSafeInteger(value) && (value as number) >= 0;
    case 'union':
      return typeof value === 'string' || (typeof value === 'object' && value !== null && '.tag' in value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'list':
      return Array.isArray(value);
    case 'string':
    case 'boolean':
      return typeof value === type;
  }
};

/** @throws InvalidArgument */
export function parseArgument(value: unknown, shape: Shape): Argument {
  if (!hasType(value, 'object')) throw new InvalidArgument('request body: expected object');
  const argument = value as Argument;
  for (const name of Object.keys(argument))
    if (!Object.hasOwn(shape, name)) throw new InvalidArgument(`request body: unknown field '${name}'`);
  for (const [name, { type, optional, pattern }] of Object.entries(shape)) {
    const field = argument[name];
    if (field === undefined || field === null) {
      if (!optional) throw new InvalidArgument(`request body: missing required field '${name}'`);
      continue;
    }
    if (!hasType(field, type)) throw new InvalidArgument(`${name}: expected ${type}, got ${typeof field}`);
    if (pattern && typeof field === 'string' && !pattern.test(field))
      throw new InvalidArgument(`${name}: '${field.slice(0, 200)}' did not match pattern '${pattern.source}'`);
  }
  return argument;
}

/** Parses a union. A client may send a tag without a value as a string. */
export function toTagged(value: unknown, defaultTag: string): Tagged {
  if (value === undefined || value === null) return tagged(defaultTag);
  return typeof value === 'string' ? tagged(value) : (value as Tagged);
}

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
export const hashField = { type: 'string', optional: true, pattern: /^[0-9a-f]{64}$/ } as const;
export const timeField = { type: 'string', optional: true, pattern: time } as const;
export const optionalBoolean = { type: 'boolean', optional: true } as const;
/** Dropbox's own patterns of paths: a path starts with a slash, or names a file by its id, revision or namespace. */
export const writePath = {
  type: 'string',
  pattern: /^((\/(.|[\r\n])*)|(ns:[0-9]+(\/(.|[\r\n])*)?)|(id:.*))$/,
} as const;
export const readPath = {
  type: 'string',
  pattern: /^((\/(.|[\r\n])*|id:.*)|(rev:[0-9a-f]{9,})|(ns:[0-9]+(\/(.|[\r\n])*)?))$/,
} as const;

export const commitShape = {
  path: writePath,
  mode: { type: 'union', optional: true },
  autorename: optionalBoolean,
  client_modified: timeField,
  mute: optionalBoolean,
  property_groups: { type: 'list', optional: true },
  strict_conflict: optionalBoolean,
} as const satisfies Shape;
export const cursorShape = { session_id: { type: 'string' }, offset: { type: 'count' } } as const satisfies Shape;

export function parseCommit(value: Argument): {
  path: string;
  mode: Tagged;
  autorename: boolean;
  strict: boolean;
  clientModified: string | undefined;
} {
  const mode = toTagged(value.mode, 'add');
  if (!['add', 'overwrite', 'update'].includes(mode['.tag']))
    throw new InvalidArgument(`mode: unknown tag '${mode['.tag']}'`);
  return {
    path: String(value.path),
    mode,
    autorename: value.autorename === true,
    strict: value.strict_conflict === true,
    clientModified: value.client_modified as string | undefined,
  };
}
