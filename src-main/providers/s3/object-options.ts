/** What the user wants with every new object, from fields of the form to header lines. */
import type { FieldValues } from '../../../src-shared/profile.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl, but for one that would let strangers write. */
export const cannedAcls = [
  'private',
  'public-read',
  'authenticated-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
  'aws-exec-read',
] as const;
export type CannedAcl = (typeof cannedAcls)[number];

const isCannedAcl = (typed: string): typed is CannedAcl => (cannedAcls as readonly string[]).includes(typed);

export interface OptionProblem {
  field: 'acl' | 'storageClass' | 'encryption' | 'kmsKey' | 'cacheControl';
  why: 'choice' | 'aclWrite' | 'storageClass' | 'archived' | 'headerValue';
}

/** Before there was a choice, the field said whether each file is made public. */
export function parseAclOption(typed: string): CannedAcl | undefined | OptionProblem {
  if (['', 'false', 'no', '0', 'off', 'none'].includes(typed)) return undefined;
  if (['true', 'yes', '1', 'on'].includes(typed)) return 'public-read';
  if (isCannedAcl(typed)) return typed;
  return { field: 'acl', why: typed === 'public-read-write' ? 'aclWrite' : 'choice' };
}

/** Opens an object to people who have nothing but its address, or an account anywhere. */
export const grantsBroadRead = (acl: CannedAcl): boolean => acl === 'public-read' || acl === 'authenticated-read';

/** What is in one of these has no content until somebody restores it, so no link of it opens. */
const archiveClasses: ReadonlySet<string> = new Set([
  'GLACIER',
  'DEEP_ARCHIVE',
  'ARCHIVE',
  'COLD_ARCHIVE',
  'DEEP_COLD_ARCHIVE',
]);

const encryptions = ['', 'none', 'AES256', 'aws:kms', 'aws:kms:dsse'];

/** Printable ASCII: what else survives every signature and every proxy? */
const headerValue = /^[\x20-\x7e]{0,256}$/;

/** Header lines by their lower-case names, and what is wrong with which field. `values` are without blanks around them. */
export function optionHeaders(values: FieldValues): { headers: Record<string, string>; problems: OptionProblem[] } {
  const option = (field: OptionProblem['field']): string => values[field] ?? '';
  const storageClass = option('storageClass').toUpperCase();
  const encryption = option('encryption');
  const kmsKey = encryption.startsWith('aws:kms') ? option('kmsKey') : '';
  const cacheControl = option('cacheControl');
  const problemIf = (field: OptionProblem['field'], why: OptionProblem['why'], isWrong: boolean): OptionProblem[] =>
    isWrong ? [{ field, why }] : [];
  const lines: [string, string][] = [
    ['x-amz-storage-class', storageClass],
    ['cache-control', cacheControl],
    ['x-amz-server-side-encryption', encryption === 'none' ? '' : encryption],
    ['x-amz-server-side-encryption-aws-kms-key-id', kmsKey],
  ];
  return {
    headers: Object.fromEntries(lines.filter(([, value]) => value !== '')),
    problems: [
      ...problemIf('storageClass', 'storageClass', !/^(?:[A-Z][A-Z0-9_-]{0,59})?$/.test(storageClass)),
      ...problemIf('storageClass', 'archived', archiveClasses.has(storageClass)),
      ...problemIf('encryption', 'choice', !encryptions.includes(encryption)),
      ...problemIf('kmsKey', 'headerValue', !headerValue.test(kmsKey)),
      ...problemIf('cacheControl', 'headerValue', !headerValue.test(cacheControl)),
    ],
  };
}

/** Storage classes by service, for people to choose from; any other can be typed. Sources: each vendor's list and rclone's (2026-08). */
export const storageClassesByService: Readonly<Record<string, readonly string[]>> = {
  aws: ['STANDARD', 'INTELLIGENT_TIERING', 'STANDARD_IA', 'ONEZONE_IA', 'GLACIER_IR', 'REDUCED_REDUNDANCY'],
  gcs: ['STANDARD', 'NEARLINE', 'COLDLINE'],
  r2: ['STANDARD', 'STANDARD_IA'],
  scaleway: ['STANDARD', 'ONEZONE_IA'],
  ovh: ['STANDARD', 'EXPRESS_ONEZONE', 'STANDARD_IA'],
  tigris: ['STANDARD', 'STANDARD_IA', 'GLACIER_IR'],
  oss: ['STANDARD', 'STANDARD_IA'],
  cos: ['STANDARD', 'STANDARD_IA', 'INTELLIGENT_TIERING', 'MAZ_STANDARD'],
};
