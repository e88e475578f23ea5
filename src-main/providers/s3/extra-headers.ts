/**
 * The headers that the user adds to every new object. Only safe names are allowed, so that a header never overrides one
 * of Hoist's own headers.
 */
import { issueReasons } from '../settings/field-issues.ts';

const allowedHeaders: ReadonlySet<string> = new Set([
  'cache-control',
  'content-disposition',
  'content-language',
  'expires',
  'x-amz-storage-class',
  'x-amz-tagging',
  'x-amz-website-redirect-location',
  'x-amz-request-payer',
  'x-amz-expected-bucket-owner',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-server-side-encryption-context',
  'x-amz-server-side-encryption-bucket-key-enabled',
]);

/** Amazon accepts at most 2 KB of metadata. */
const maxTotalBytes = 2048;

/** Why typed headers cannot be used. */
export class HeaderProblem {
  readonly why: string;
  /** Names of headers, never a value. */
  readonly names: string;
  constructor(reason: string, names = '') {
    this.why = reason;
    this.names = names;
  }
}

/**
 * Parses one header per line: `Name: value`. The later line wins if a name occurs twice.
 * @returns the values by lowercase name
 */
export function parseExtraHeaders(lines: string): Record<string, string> | HeaderProblem {
  const headers = new Map<string, string>();
  const rejected: string[] = [];
  const nonEmptyLines = lines
    .split(/\r\n|\n|\r/)
    .map((text) => text.trim())
    .filter(Boolean);
  for (const line of nonEmptyLines) {
    const [, typedName = '', value = ''] = /^([\w-]{1,100})\s*:\s*(.*)$/.exec(line) ?? [];
    const name = typedName.toLowerCase();
    // Other characters than ASCII break some signatures and proxies.
    if (name === '' || !/^[\x20-\x7e]{1,1024}$/.test(value)) return new HeaderProblem(issueReasons.headerLine, name);
    if (allowedHeaders.has(name) || /^x-amz-meta-[\w-]+$/.test(name)) headers.set(name, value);
    else rejected.push(name);
  }
  if (rejected.length > 0) return new HeaderProblem(issueReasons.headerName, rejected.slice(0, 5).join(', '));
  const bytes = [...headers].reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  return bytes > maxTotalBytes ? new HeaderProblem(issueReasons.headerLine) : Object.fromEntries(headers);
}

export const isKmsEncrypted = (headers: Readonly<Record<string, string>>): boolean =>
  headers['x-amz-server-side-encryption']?.startsWith('aws:kms') === true;
