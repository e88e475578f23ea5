/**
 * Checks messages strictly against Dropbox's own specification: finds unknown or missing fields, wrong tags and strings
 * in a wrong format. The specification is not part of this repository: HOIST_DROPBOX_SPEC names the folder with
 * spec-closure.json and spec-closure.md; the default is a folder next to the repository.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { RecordedCall } from './server.ts';

interface TypeDeclaration {
  struct?: [string, string][];
  union?: [string, string | null][];
  alias?: string;
  parent?: string;
}
type RouteRow = [
  path: string,
  host: string,
  style: string,
  auth: string,
  scope: string | null,
  appFolder: boolean,
  arg: string,
  result: string,
  error: string,
  ...rest: unknown[],
];

class SpecMismatch extends Error {}

/** The types of the errors that all routes share, by status. */
const errorTypes: Record<number, string> = {
  401: 'auth.AuthError',
  403: 'auth.AccessError',
  422: 'common.PathRootError',
  429: 'auth.RateLimitError',
};

export class Specification {
  readonly #types: Record<string, TypeDeclaration>;
  readonly routes: readonly RouteRow[];
  /** Fields that may be missing because they have a default: `files.CommitInfo.mode`. */
  readonly #optional = new Set<string>();
  /** For each struct whose `.tag` names its kind: the struct of each kind, by tag. */
  readonly #kinds = new Map<string, Map<string, string>>();

  constructor(json: string, markdown: string) {
    const { routes, types } = JSON.parse(json) as { routes: RouteRow[]; types: Record<string, TypeDeclaration> };
    this.routes = routes;
    this.#types = types;
    this.#readMarkdown(markdown);
  }

  /** Reads which fields are optional and which structs have kinds, because the JSON does not contain it. */
  #readMarkdown(markdown: string): void {
    let at = '';
    for (const line of markdown.split('\n')) {
      at = /^- struct \*\*([\w.]+)\*\*/.exec(line)?.[1] ?? at;
      const [, field, rest] = /^ {2}- `(\w+)`: (.*)$/.exec(line) ?? [];
      if (field !== undefined && !rest!.endsWith('(required)')) this.#optional.add(`${at}.${field}`);
      const [, kinds] = /^ {2}- discriminated by `\.tag`: (.*) \((?:catch-all\/open|closed)\)$/.exec(line) ?? [];
      if (kinds !== undefined)
        this.#kinds.set(at, new Map(kinds.split(', ').map((kind) => kind.split('→') as [string, string])));
    }
  }

  /** @throws SpecMismatch */
  check({ host, path: route, status, arg, answer }: RecordedCall): void {
    const row = this.routes.find(([name]) => name === route);
    // A request to an unknown route must be refused.
    if (!row) return expectThat(status === 400, route, 'is not a route');
    const [, memberType, , , , , argType, resultType, errorType] = row;
    if (status !== 400) expectThat(memberType === host, route, `belongs to ${memberType}, not ${host}`);
    if (status !== 400 && arg !== undefined) this.#decode(argType, arg, `${route} argument`, 'request');
    if (status === 200) this.#decode(resultType, answer, `${route} result`, 'answer');
    else if (status !== 400 && status < 500)
      this.#checkError(errorTypes[status] ?? errorType, answer, `${route} ${status}`);
  }

  #checkError(type: string, answer: unknown, at: string): void {
    // Some 429 responses are plain text.
    if (typeof answer === 'string') return;
    const envelope = asObject(answer, at);
    for (const name of Object.keys(envelope))
      expectThat(
        ['error_summary', 'error', 'user_message'].includes(name),
        at,
        `unknown field ${name} of the envelope`,
      );
    expectThat(typeof envelope.error_summary === 'string', at, 'no error_summary');
    if (type === 'Void') return;
    this.#decode(type, envelope.error, at, 'answer');
  }

  /** Checks a value of any type. @param at where the value is, for the message. */
  #decode(type: string, value: unknown, at: string, side: 'request' | 'answer'): void {
    if (type.endsWith('?')) {
      if (value !== null && value !== undefined) this.#decode(type.slice(0, -1), value, at, side);
      return;
    }
    if (type === 'Void') return expectThat(value === null, at, 'is not null');
    const [, element, limits = ''] = /^List\(([\w.]+)(.*)\)$/.exec(type) ?? [];
    if (element !== undefined) return this.#decodeList(element, limits, { value, at, side });
    const declared = this.#types[type];
    if (!declared) return checkPrimitive(type, value, at);
    if (declared.alias !== undefined) return this.#decode(declared.alias, value, at, side);
    if (declared.union) return this.#decodeUnion(type, value, at, side);
    this.#decodeStruct(type, value, { at, side, tag: 'of the struct' });
  }

  #decodeList(
    element: string,
    limits: string,
    { value, at, side }: { value: unknown; at: string; side: 'request' | 'answer' },
  ): void {
    expectThat(Array.isArray(value), at, 'is not a list');
    const list = value as unknown[];
    expectThat(list.length >= Number(/min_items=(\d+)/.exec(limits)?.[1] ?? 0), at, 'has too few items');
    list.forEach((item, index) => this.#decode(element, item, `${at}[${index}]`, side));
  }

  #fieldsOf(type: string): { name: string; type: string; isOptional: boolean }[] {
    const { struct = [], parent = '' } = this.#types[type]!;
    const inherited = / extends ([\w.]+)/.exec(parent)?.[1];
    return [
      ...(inherited === undefined ? [] : this.#fieldsOf(inherited)),
      ...struct.map(([name, memberType]) => ({
        name,
        type: memberType,
        isOptional: memberType.endsWith('?') || this.#optional.has(`${type}.${name}`),
      })),
    ];
  }

  #membersOf(type: string): Map<string, string | null> {
    const { union = [], parent = '' } = this.#types[type]!;
    const inherited = / extends ([\w.]+)/.exec(parent)?.[1];
    return new Map([...(inherited === undefined ? [] : this.#membersOf(inherited)), ...union]);
  }

  /** @param context `tag`: whether `.tag` names the kind of this struct or belongs to the surrounding union */
  #decodeStruct(
    type: string,
    value: unknown,
    { at, side, tag }: { at: string; side: 'request' | 'answer'; tag: 'of the struct' | 'of the union' },
  ): void {
    const object = asObject(value, at);
    const kinds = tag === 'of the union' ? undefined : this.#kinds.get(type);
    if (kinds) {
      const kind = kinds.get(String(object['.tag']));
      expectThat(kind !== undefined, at, `has no .tag of ${type}: ${String(object['.tag'])}`);
      const { '.tag': _, ...rest } = object;
      return this.#decodeStruct(kind!, rest, { at, side, tag: 'of the struct' });
    }
    const fields = this.#fieldsOf(type);
    for (const name of Object.keys(object))
      expectThat(
        fields.some((field) => field.name === name) || (tag === 'of the union' && name === '.tag'),
        at,
        `unknown field ${name} of ${type}`,
      );
    for (const { name, type: memberType, isOptional } of fields) {
      if (object[name] === undefined || object[name] === null)
        expectThat(isOptional, at, `missing field ${name} of ${type}`);
      else this.#decode(memberType, object[name], `${at}.${name}`, side);
    }
  }

  #decodeUnion(type: string, value: unknown, at: string, side: 'request' | 'answer'): void {
    const members = this.#membersOf(type);
    // Clients may send a tag alone as a string.
    if (side === 'request' && typeof value === 'string')
      return expectThat(members.get(value) === null, at, `${value} is not a tag of ${type}`);
    const object = asObject(value, at);
    const tag = String(object['.tag']);
    expectThat(object['.tag'] !== undefined && members.has(tag), at, `${tag} is not a tag of ${type}`);
    const member = members.get(tag) ?? null;
    if (member === null)
      return expectThat(Object.keys(object).length === 1, at, `${tag} of ${type} must have only its tag`);
    const plain = this.#plainOf(member);
    if (this.#types[plain]?.struct && !this.#kinds.has(plain)) {
      if (member.endsWith('?') && Object.keys(object).length === 1) return;
      return this.#decodeStruct(plain, object, { at: `${at}.${tag}`, side, tag: 'of the union' });
    }
    for (const name of Object.keys(object))
      expectThat(name === '.tag' || name === tag, at, `unknown field ${name} beside ${tag}`);
    this.#decode(member, object[tag], `${at}.${tag}`, side);
  }

  /** The type without `?` (may be null), with its aliases resolved. */
  #plainOf(type: string): string {
    const bare = type.replace(/\?$/, '');
    const alias = this.#types[bare]?.alias;
    return alias === undefined ? bare : this.#plainOf(alias);
  }

  /** All variants of an error type, as tags from the outside in: `path/conflict/file`. */
  tagsOf(type: string): string[] {
    if (type === 'Void') return [];
    const plain = this.#plainOf(type);
    const declared = this.#types[plain];
    if (declared?.struct)
      return this.#fieldsOf(plain).flatMap((field) =>
        this.#types[this.#plainOf(field.type)]?.union ? this.tagsOf(field.type) : [],
      );
    if (!declared?.union) return [];
    return [...this.#membersOf(plain)].flatMap(([tag, member]) => {
      const inside = member === null ? [] : this.tagsOf(member);
      return inside.length === 0 ? [tag] : inside.map((more) => `${tag}/${more}`);
    });
  }
}

function expectThat(isTrue: boolean, at: string, otherwise: string): void {
  if (!isTrue) throw new SpecMismatch(`${at}: ${otherwise}`);
}

function asObject(value: unknown, at: string): Record<string, unknown> {
  expectThat(typeof value === 'object' && value !== null && !Array.isArray(value), at, 'is not an object');
  return value as Record<string, unknown>;
}

function checkPrimitive(type: string, value: unknown, at: string): void {
  const [, name = type, limits = ''] = /^(\w+)(?:\((.*)\))?$/s.exec(type) ?? [];
  switch (name) {
    case 'String':
      return checkString(limits, value, at);
    case 'Boolean':
      return expectThat(typeof value === 'boolean', at, 'is not a boolean');
    case 'UInt64':
    case 'UInt32':
    case 'Int64':
      return expectThat(
        Number.isSafeInteger(value) && ((value as number) >= 0 || name === 'Int64'),
        at,
        `is not of type ${name}`,
      );
    case 'Float64':
      return expectThat(typeof value === 'number', at, 'is not a number');
    case 'Timestamp':
      return expectThat(
        typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value),
        at,
        `is not a time: ${String(value)}`,
      );
    default:
      throw new SpecMismatch(`${at}: unknown type ${type}`);
  }
}

function checkString(limits: string, value: unknown, at: string): void {
  expectThat(typeof value === 'string', at, 'is not a string');
  const text = value as string;
  const pattern = /pattern='(.*)'/s.exec(limits)?.[1]?.replaceAll('\\\\', '\\');
  if (pattern !== undefined)
    expectThat(new RegExp(`^(?:${pattern})$`, 'u').test(text), at, `does not match ${pattern}`);
  expectThat(
    text.length >= Number(/min_length=(\d+)/.exec(limits)?.[1] ?? 0) &&
      text.length <= Number(/max_length=(\d+)/.exec(limits)?.[1] ?? Infinity),
    at,
    'has the wrong length',
  );
}

let cached: Specification | null | undefined;

/** Undefined if the specification was not found, which the first call reports. */
export function specification(): Specification | undefined {
  cached ??= loadSpecification() ?? null;
  return cached ?? undefined;
}

function loadSpecification(): Specification | undefined {
  const repository = path.resolve(import.meta.dirname, '../../..');
  const named = process.env.HOIST_DROPBOX_SPEC ?? '';
  const folders =
    named === ''
      ? [path.resolve(repository, '../shared/dropbox'), path.resolve(repository, '../../shared/dropbox')]
      : [named];
  const folder = folders.find((candidate) =>
    ['spec-closure.json', 'spec-closure.md'].every((file) => existsSync(path.join(candidate, file))),
  );
  if (folder === undefined) {
    console.info(
      'skipped: messages are not checked against Dropbox’s specification, because it was not found (HOIST_DROPBOX_SPEC names the folder with spec-closure.json)',
    );
    return undefined;
  }
  return new Specification(
    readFileSync(path.join(folder, 'spec-closure.json'), 'utf8'),
    readFileSync(path.join(folder, 'spec-closure.md'), 'utf8'),
  );
}
