/**
 * Parses pasted keys in common forms: two lines of a console, a section of a file, `export NAME=value`, JSON, a CSV
 * file. One paste can fill in several fields. Pure; nothing is stored.
 */
import type { FieldValues } from '../../../src-shared/profile.ts';
import type { Field } from '../../../src-shared/provider.ts';

/**
 * Other names of a field, in letters and digits only. The end of a name counts: `AWS_ACCESS_KEY_ID`, `S3_BUCKET_NAME`.
 */
const aliases: Record<string, readonly string[]> = {
  accessKeyId: ['accesskeyid', 'accesskey', 'keyid', 'applicationkeyid'],
  secretAccessKey: ['secretaccesskey', 'secretkey', 'accesskeysecret', 'applicationkey'],
  sessionToken: ['sessiontoken', 'securitytoken'],
  bucket: ['bucket', 'bucketname'],
  region: ['region', 'defaultregion', 'regionname'],
  endpoint: ['endpoint', 'endpointurl', 's3endpoint', 'url'],
};

const bare = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** The longest matching name wins: `secret access key` is not an access key. */
function keyOf(name: string, fields: readonly Field[]): string | undefined {
  const wanted = bare(name);
  const fitting = fields.flatMap(({ key }) =>
    [bare(key), ...(aliases[key] ?? [])]
      .filter((alias) => wanted.endsWith(alias))
      .map((alias) => ({ key, length: alias.length })),
  );
  return fitting.sort((a, b) => b.length - a.length)[0]?.key;
}

const unquoted = (value: string): string =>
  value
    .trim()
    .replace(/[,;]$/, '')
    .replace(/^(["'])(.*)\1$/s, '$2')
    .trim();

/** `name = value`, `name: value`, `"name": "value",`, `export NAME=value`; a tab or two spaces also separate. */
const pair =
  /^\s*(?:export\s+|set\s+)?["']?(?<name>[A-Za-z][\w .()-]{1,40}?)["']?\s*(?:[=:]|\t|\s{2,})\s*(?<value>\S.*)$/;

function fromPairs(lines: readonly string[], fields: readonly Field[]): FieldValues {
  const values: FieldValues = {};
  for (const line of lines) {
    const { name, value } = pair.exec(line)?.groups ?? {};
    const key = name === undefined ? undefined : keyOf(name, fields);
    if (key !== undefined && value !== undefined) values[key] = unquoted(value);
  }
  return values;
}

/** A header line and one line of values. */
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

const shortestKey = 8;

/** Only the two keys, one per line. */
function fromHalves(lines: readonly string[], fields: readonly Field[]): FieldValues {
  const keys = fields
    .filter(({ group, required, kind }) => group === 'sign-in' && required && kind !== 'choice')
    .map(({ key }) => key);
  if (
    keys.length < 2 ||
    lines.length !== keys.length ||
    lines.some((line) => /\s/.test(line.trim()) || line.trim().length < shortestKey)
  )
    return {};
  return Object.fromEntries(keys.map((key, index) => [key, unquoted(lines[index] ?? '')]));
}

/** @returns the values to fill in; nothing for fewer than two values, which are pasted normally */
export function readPasted(pasted: string, fields: readonly Field[]): FieldValues | undefined {
  if (pasted.length > 20_000) return undefined;
  // JSON on one line separates its pairs with braces and commas.
  const flat = /^\s*\{.*\}\s*$/s.test(pasted) ? pasted.replace(/[{}]/g, '\n').replace(/,\s*(?=")/g, '\n') : pasted;
  const lines = flat.split(/\r?\n/).filter((line) => line.trim() !== '');
  const fillable = fields.filter(({ kind }) => kind === 'text' || kind === 'secret');
  const readings = [fromTable(lines, fillable), fromPairs(lines, fillable), fromHalves(lines, fillable)];
  return readings.find((values) => Object.keys(values).length > 1);
}
