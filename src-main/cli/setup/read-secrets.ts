/**
 * Reads secrets from a pipe or a file: `KEY=VALUE` lines, or the JSON or the table (CSV) that other programs write.
 * Error messages give the number of an invalid line, because the line itself may contain a secret.
 */
import { createReadStream } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { FieldValues } from '../../../src-shared/profile.ts';
import type { Field } from '../../../src-shared/provider.ts';
import { text } from '../../../src-shared/text/text.ts';
import { decodeText } from '../../platform/decode-text.ts';
import { UsageError } from '../cli-errors.ts';

/** The end of a line on Windows, on Linux and macOS, or in old Mac files. */
const lineEnd = /\r\n|\n|\r/;
/** The word before an assignment in a shell script. */
const shellExport = /^export\s+/;
/** The largest input in bytes. Keys and certificates have a few thousand bytes. */
const maxBytes = 1024 * 1024;

/** @param source `-` for standard input, otherwise a file. @throws UsageError */
export async function readSecrets(
  source: string,
  { stdin, cwd }: { stdin: Readable & { isTTY?: boolean }; cwd: string },
  fields: readonly Field[],
): Promise<FieldValues> {
  if (source === '-' && stdin.isTTY) throw new UsageError(text('cli.setup.secrets.terminal'));
  const content = await readAll(source === '-' ? stdin : createReadStream(path.resolve(cwd, source)), source);
  const isJson = content.trimStart().startsWith('{');
  const values = isJson ? fromJson(content, fields) : (fromTable(content, fields) ?? fromLines(content, fields));
  if (Object.keys(values).length === 0)
    throw new UsageError(
      text('cli.setup.secrets.none', {
        names: fields
          .filter(({ kind }) => kind === 'secret')
          .map(({ key }) => key)
          .join(', '),
      }),
    );
  return values;
}

async function readAll(stream: Readable, source: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      const buffer = Buffer.from(chunk as Uint8Array | string);
      bytes += buffer.length;
      if (bytes > maxBytes) throw new UsageError(text('cli.setup.secrets.invalid'));
      chunks.push(buffer);
    }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause)
      throw new UsageError(text('cli.setup.unreadable-file', { path: source }));
    throw cause;
  }
  return decodeText(Buffer.concat(chunks));
}

function fromLines(content: string, fields: readonly Field[]): FieldValues {
  const lines = content
    .split(lineEnd)
    .map((line, index) => ({ line: line.replace(shellExport, ''), number: index + 1 }));
  return Object.fromEntries(
    lines
      .filter(({ line }) => line.trim() !== '' && !line.startsWith('#'))
      .map(({ line, number }) => {
        const separator = line.indexOf('=');
        const field = separator === -1 ? undefined : findField(line.slice(0, separator), fields);
        if (!field)
          throw new UsageError(
            text('cli.setup.secrets.line', {
              number,
              names: fields
                .filter(({ kind }) => kind === 'secret')
                .map(({ key }) => key)
                .join(', '),
            }),
          );
        return [field.key, unquoted(line.slice(separator + 1).trim())];
      }),
  );
}

/**
 * Reads a header line and a line of values, as Amazon's console writes them. Excel separates the cells by semicolons in
 * some countries, or by tabs. Undefined when the content is not a table with a secret.
 */
function fromTable(content: string, fields: readonly Field[]): FieldValues | undefined {
  const [head = '', row = '', ...moreRows] = content.split(lineEnd).filter((line) => line.trim() !== '');
  const separator = [',', ';', '\t'].find((candidate) => head.includes(candidate));
  if (separator === undefined || head.includes('=') || moreRows.length > 0) return undefined;
  const cells = splitRow(row, separator);
  const columns = splitRow(head, separator).flatMap((name, index) => {
    const field = findField(name, fields);
    return field ? [[field.key, cells[index] ?? ''] as const] : [];
  });
  return columns.some(([key]) => fields.some((field) => field.key === key && field.kind === 'secret'))
    ? Object.fromEntries(columns)
    : undefined;
}

const splitRow = (row: string, separator: string): string[] =>
  row.split(separator).map((cell) => unquoted(cell.trim()));

/** Ignores properties that are not fields, because the JSON of other programs contains more. */
function fromJson(content: string, fields: readonly Field[]): FieldValues {
  const values: FieldValues = {};
  const collect = (value: object, depth: number): void => {
    for (const [name, inner] of Object.entries(value)) {
      const field = findField(name, fields);
      if (field && typeof inner === 'string') values[field.key] = inner;
      else if (typeof inner === 'object' && inner !== null && depth < 3) collect(inner as object, depth + 1);
    }
  };
  const parsed = parseJson(content);
  if (typeof parsed !== 'object' || parsed === null) throw new UsageError(text('cli.setup.secrets.invalid'));
  collect(parsed, 0);
  return values;
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    return undefined; // the message of the SyntaxError quotes the input, which may be a secret
  }
}

/** Other names of fields: `AWSSecretKey` is in Amazon's rootkey.csv, and fal's own programs read `FAL_KEY`. */
const otherNames: Record<string, string> = { awssecretkey: 'secretaccesskey', falkey: 'key' };

/** `secretAccessKey`, `secret-access-key`, `SecretAccessKey` and `AWS_SECRET_ACCESS_KEY` name the same field. */
function findField(name: string, fields: readonly Field[]): Field | undefined {
  const normalized = (key: string): string => key.toLowerCase().replace(/[^a-z\d]/g, '');
  const searched = otherNames[normalized(name)] ?? normalized(name);
  return fields.find(({ key }) => normalized(key) === searched || `aws${normalized(key)}` === searched);
}

/** Removes the double or single quotes around a value. */
const unquoted = (value: string): string =>
  /^"(.*)"$|^'(.*)'$/s
    .exec(value)
    ?.slice(1)
    .find((inner) => inner !== undefined) ?? value;
