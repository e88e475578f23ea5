/**
 * Parses pasted keys in common formats: one key per line, a section of a settings file, `export NAME=value`, JSON, CSV.
 * One paste can fill in several fields. Pure.
 */
import type { FieldValues } from '../../../src-shared/profile.ts';
import type { Field } from '../../../src-shared/provider.ts';

/**
 * Other names of a field, in letters and digits only. Only the end of a pasted name must match: `AWS_ACCESS_KEY_ID`,
 * `S3_BUCKET_NAME`.
 */
const aliases: Record<string, readonly string[]> = {
  accessKeyId: ['accesskeyid', 'accesskey', 'keyid', 'applicationkeyid'],
  secretAccessKey: ['secretaccesskey', 'secretkey', 'accesskeysecret', 'applicationkey'],
  sessionToken: ['sessiontoken', 'securitytoken'],
  bucket: ['bucket', 'bucketname'],
  region: ['region', 'defaultregion', 'regionname'],
  endpoint: ['endpoint', 'endpointurl', 's3endpoint', 'url'],
};

const normalizeName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** The field that a pasted name belongs to. The longest match counts: `secret access key` is not an access key. */
function keyOf(name: string, fields: readonly Field[]): string | undefined {
  const normalized = normalizeName(name);
  const matches = fields.flatMap(({ key }) =>
    [normalizeName(key), ...(aliases[key] ?? [])]
      .filter((alias) => normalized.endsWith(alias))
      .map((alias) => ({ key, length: alias.length })),
  );
  return matches.sort((a, b) => b.length - a.length)[0]?.key;
}

/** The value without the comma or semicolon at its end, and without the quotes around it. */
const unquoted = (value: string): string =>
  value
    .trim()
    .replace(/[,;]$/, '')
    .replace(/^(["'])(.*)\1$/s, '$2')
    .trim();

/** `name = value`, `name: value`, `"name": "value",` or `export NAME=value`, or separated by a tab or two spaces. */
const pair =
  /^\s*(?:export\s+|set\s+)?["']?(?<name>[A-Za-z][\w .()-]{1,40}?)["']?\s*(?:[=:]|\t|\s{2,})\s*(?<value>\S.*)$/;

/** Reads lines with a name and a value. */
function fromPairs(lines: readonly string[], fields: readonly Field[]): FieldValues {
  const values: FieldValues = {};
  for (const line of lines) {
    const { name, value } = pair.exec(line)?.groups ?? {};
    const key = name === undefined ? undefined : keyOf(name, fields);
    if (key !== undefined && value !== undefined) values[key] = unquoted(value);
  }
  return values;
}

/** Reads CSV: a header line and one line of values. */
function fromTable([head = '', row = '']: readonly string[], fields: readonly Field[]): FieldValues {
  const names = head.split(',');
  const cells = row.split(',');
  if (names.length < 2 || names.length !== cells.length) return {};
  return Object.fromEntries(
    names.flatMap((name, index) => {
      const key = keyOf(unquoted(name), fields);
      return key === undefined ? [] : [[key, unquoted(cells[index] ?? '')]];
    }),
  );
}

/** A shorter line is a word, not a key. */
const minKeyLength = 8;

/** Reads text that consists only of the keys, one per line, in the order of the fields. */
function fromKeyLines(lines: readonly string[], fields: readonly Field[]): FieldValues {
  const keys = fields
    .filter(({ group, required, kind }) => group === 'sign-in' && required && kind !== 'choice')
    .map(({ key }) => key);
  if (
    keys.length < 2 ||
    lines.length !== keys.length ||
    lines.some((line) => /\s/.test(line.trim()) || line.trim().length < minKeyLength)
  )
    return {};
  return Object.fromEntries(keys.map((key, index) => [key, unquoted(lines[index] ?? '')]));
}

/** Keys with long session tokens have a few thousand characters; a longer text is something else. */
const maxPastedLength = 20_000;

/** @returns the values to fill in; undefined for fewer than two values, so that the text is pasted as usual */
export function readPasted(pasted: string, fields: readonly Field[]): FieldValues | undefined {
  if (pasted.length > maxPastedLength) return undefined;
  // Puts each pair of a JSON object on its own line: line breaks instead of braces, and instead of the comma before the
  // next quoted name.
  const text = /^\s*\{.*\}\s*$/s.test(pasted) ? pasted.replace(/[{}]/g, '\n').replace(/,\s*(?=")/g, '\n') : pasted;
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const fillable = fields.filter(({ kind }) => kind === 'text' || kind === 'secret');
  // The first reading with at least two values counts.
  const readings = [fromTable(lines, fillable), fromPairs(lines, fillable), fromKeyLines(lines, fillable)];
  return readings.find((values) => Object.keys(values).length > 1);
}
