import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, test } from 'vitest';
import { errorTable, type ErrorCode } from '../errors.ts';
import { en } from './en.ts';
import { errorText, text, type TextKey } from './text.ts';

const keys = Object.keys(en) as TextKey[];
const codes = Object.keys(errorTable) as ErrorCode[];

test('every error code says what happened and what to do', () => {
  expect(codes.length).toBeLessThanOrEqual(30);
  for (const code of codes) {
    const { what, remedy } = errorText({ code });
    for (const sentence of [what, remedy]) {
      expect(sentence, code).toMatch(/^\S.*[.]$/);
      expect(sentence, code).not.toMatch(/[{}!]|undefined|successfully/);
    }
  }
});

test('every sentence is valid ICU and has no exclamation mark', () => {
  for (const key of keys) {
    expect(en[key], key).not.toContain('!');
    expect(() => text(key, new Proxy({}, { get: () => 1, has: () => true })), key).not.toThrow();
  }
});

test('a sentence starts with a capital letter, unless it starts with the name of a destination', () => {
  expect(errorText({ code: 'unauthorized' }).what).toBe('This destination rejected the key.');
  expect(errorText({ code: 'unauthorized', params: { destination: 'the archive' } }).what).toBe(
    'the archive rejected the key.',
  );
});

describe('the files of the catalogue', () => {
  const folder = path.join(import.meta.dirname, 'en');
  const files = readdirSync(folder);

  test('define every key once, and en.ts includes them all', async () => {
    const areas = await Promise.all(
      files.map(async (file) => Object.values((await import(path.join(folder, file))) as Record<string, object>)),
    );
    const defined = areas.flat().flatMap((area) => Object.keys(area));
    expect(defined.filter((key, index) => defined.indexOf(key) !== index)).toEqual([]);
    expect(defined.toSorted()).toEqual(keys.toSorted());
  });

  test('have fewer than 300 lines, and no line over 200 columns', () => {
    for (const file of files) {
      const lines = readFileSync(path.join(folder, file), 'utf8').split('\n');
      expect(lines.length, file).toBeLessThan(300);
      expect(
        lines.filter((line) => line.length > 200),
        file,
      ).toEqual([]);
    }
  });

  test('have no select with more than 4 branches', () => {
    for (const key of keys)
      for (const { argument, branches } of selectsIn(astOf(en[key])))
        expect(branches.length, `${key}: ${argument}`).toBeLessThanOrEqual(4);
  });
});

describe('the sentence of an error', () => {
  test('is specific to its cause', () => {
    expect(errorText({ code: 'tls-untrusted', params: { host: 'a.example', why: 'expired' } }).what).toBe(
      'a.example’s certificate has expired.',
    );
    expect(errorText({ code: 'disk-full', params: { problem: 'broken' } }).what).toBe(
      en['error.disk-full.broken.what'],
    );
  });

  test('falls back to the general sentence when the cause has none', () => {
    expect(errorText({ code: 'unreachable', params: { host: 'a.example', why: 'fal' } }).what).toBe(
      'a.example doesn’t respond.',
    );
    expect(errorText({ code: 'unreachable', params: { host: 'a.example', why: 'toString' } }).what).toBe(
      'a.example doesn’t respond.',
    );
  });

  test('is specific to the cause and the reach of the server', () => {
    const remedyFor = (params: Record<string, string>): string =>
      errorText({ code: 'wrong-service', params: { ...params, why: 'plain' } }).remedy;
    expect(remedyFor({ reach: 'anywhere' })).toBe(en['error.wrong-service.plain.anywhere.remedy']);
    expect(remedyFor({ reach: 'this-network' })).toBe(en['error.wrong-service.plain.remedy']);
    expect(remedyFor({})).toBe(en['error.wrong-service.plain.remedy']);
  });

  test('prefers any sentence of the provider to the general sentence for the cause', () => {
    const whatFor = (why: string): string =>
      errorText({ code: 'tls-untrusted', params: { of: 'dropbox', host: 'Dropbox', why } }).what;
    expect(whatFor('expired')).toBe(en['dropbox.error.tls-untrusted.expired.what']);
    expect(whatFor('revoked')).toBe(en['dropbox.error.tls-untrusted.what']);
    expect(errorText({ code: 'no-bucket', params: { of: 'dropbox', bucket: 'b', why: 'name' } }).what).toBe(
      '“b” isn’t a valid bucket name here.',
    );
  });

  test('is found for a cause that an earlier version saved under another name', () => {
    for (const why of ['self', 'self-signed'])
      expect(errorText({ code: 'tls-untrusted', params: { host: 'a.example', why } }).what).toBe(
        'a.example uses a self-signed certificate.',
      );
  });
});

describe('the error causes in the source code', () => {
  /** The source files that can create errors. */
  const sources = ['src-main', 'src-shared'].flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !/\.test\.ts$|(^|[/\\])testing[/\\]|^text[/\\]/.test(file))
      .map((file) => readFileSync(path.join(root, file), 'utf8')),
  );
  const matchesOf = (pattern: RegExp): RegExpMatchArray[] => sources.flatMap((source) => [...source.matchAll(pattern)]);
  const isCode = (code: string): boolean => Object.hasOwn(errorTable, code);
  const hasSentence = (cause: string, code = '[a-z-]+'): boolean =>
    keys.some((key) => new RegExp(`(^|\\.)error\\.${code}\\.${cause}\\.`).test(key));

  /**
   * Causes that are written next to their error code: `f('rejected', 'proxy', 'altered')`, `failure('rejected', {…
   * why: 'altered'`.
   */
  const withCode = [
    // Any function called with a code, a field (or undefined) and a cause
    ...matchesOf(/(?<!ProxyRefusal)\(\s*'([a-z-]+)',\s*(?:undefined|'\w+'),\s*'([\w-]+)',?\s*\)/g),
    // `new ProxyRefusal('CODE', 'CAUSE'`
    ...matchesOf(/\bProxyRefusal\('([a-z-]+)', '(\w+)'/g),
    // `failure('CODE', { … why: 'CAUSE'`
    ...matchesOf(/\b[fF]ailure\(\s*'([a-z-]+)',[^;]*?\b(?:why|problem): '([\w-]+)'/g),
    // An object: `code: 'CODE', params: { … why: 'CAUSE'`
    ...matchesOf(/\bcode: '([a-z-]+)'[^;{}]*(?:\{[^;{}]*)?\b(?:why|problem): '([\w-]+)'/g),
  ].flatMap(([, code = '', cause = '']) => (isCode(code) ? [{ code, cause }] : []));

  test('have a sentence each', () => {
    expect(withCode.length).toBeGreaterThan(100);
    for (const { code, cause } of withCode) expect(hasSentence(cause, code), `${code}: ${cause}`).toBe(true);
    // A cause without a code next to it; followed by `|`, it is part of a type.
    const withoutCode = matchesOf(/\b(?:why|problem): '([\w-]+)'(?! \|)/g).map(([, cause = '']) => cause);
    for (const cause of withoutCode) expect(hasSentence(cause), cause).toBe(true);
  });

  test('of fields and name templates have a sentence each', () => {
    // The source text of two lists: the object `issueReasons`, and the type `ProblemKind`.
    const [fields] = matchesOf(/^export const issueReasons = \{$([^}]*)\} as const;$/gm);
    const [templates] = matchesOf(/^(?:export )?type ProblemKind =([^;]*);$/gm);
    const causes = [fields, templates].flatMap((list) =>
      [...list![1]!.matchAll(/'(\w+)'/g)].map(([, cause = '']) => cause),
    );
    expect(causes.length).toBeGreaterThan(40);
    for (const cause of causes) expect(hasSentence(cause, 'invalid-input'), cause).toBe(true);
  });

  test('include every cause that the catalogue has a sentence for', () => {
    const causes = new Set(
      keys.flatMap((key) => /^(?:\w+\.)?error\.[a-z-]+\.([\w-]+)\.(?:\w+\.)?(?:what|remedy)$/.exec(key)?.[1] ?? []),
    );
    expect(causes.size).toBeGreaterThan(150);
    for (const cause of causes)
      expect(
        sources.some((source) => source.includes(`'${cause}'`)),
        cause,
      ).toBe(true);
  });
});

interface MessageElement {
  type: number;
  value?: string;
  options?: Record<string, { value: MessageElement[] }>;
}

const selectType = 5; // of @formatjs/icu-messageformat-parser

const astOf = (message: string): MessageElement[] =>
  new IntlMessageFormat(message, 'en', undefined, { ignoreTag: true }).getAst();

/** Every select of a message, also those inside plurals and other selects. */
function selectsIn(elements: MessageElement[]): { argument: string; branches: string[] }[] {
  return elements.flatMap(({ type, value = '', options = {} }) => [
    ...(type === selectType ? [{ argument: value, branches: Object.keys(options) }] : []),
    ...Object.values(options).flatMap((option) => selectsIn(option.value)),
  ]);
}
