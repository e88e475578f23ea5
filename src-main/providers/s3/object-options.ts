/** Turns the form's options for new objects into headers. */
import type { FieldValues } from '../../../src-shared/profile.ts';

/**
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl, without the ACL that lets
 * everyone write.
 */
const cannedAcls = [
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

/** Settings of early versions contain yes or no: whether files become public. */
export function parseAclOption(typed: string): CannedAcl | undefined | OptionProblem {
  if (['', 'false', 'no', '0', 'off', 'none'].includes(typed)) return undefined;
  if (['true', 'yes', '1', 'on'].includes(typed)) return 'public-read';
  if (isCannedAcl(typed)) return typed;
  return { field: 'acl', why: typed === 'public-read-write' ? 'aclWrite' : 'choice' };
}

/** Returns whether the ACL lets everyone read, or everyone with an AWS account. */
export const grantsBroadRead = (acl: CannedAcl): boolean => acl === 'public-read' || acl === 'authenticated-read';

/** Objects in an archive class are unreadable until someone restores them, so their links would not open. */
const archiveClasses: ReadonlySet<string> = new Set([
  'GLACIER',
  'DEEP_ARCHIVE',
  'ARCHIVE',
  'COLD_ARCHIVE',
  'DEEP_COLD_ARCHIVE',
]);

/** The field of each header that {@link optionHeaders} returns. */
export const optionHeaderFields: Readonly<Record<string, Exclude<OptionProblem['field'], 'acl'>>> = {
  'x-amz-storage-class': 'storageClass',
  'cache-control': 'cacheControl',
  'x-amz-server-side-encryption': 'encryption',
  'x-amz-server-side-encryption-aws-kms-key-id': 'kmsKey',
};

const encryptions = ['', 'none', 'AES256', 'aws:kms', 'aws:kms:dsse'];

/** Printable ASCII, because other characters break some signatures and proxies. */
const headerValue = /^[\x20-\x7e]{0,256}$/;

/**
 * Returns the headers by lowercase name, and the problems.
 * @param values without blanks around them
 */
export function optionHeaders(values: FieldValues): { headers: Record<string, string>; problems: OptionProblem[] } {
  const option = (field: OptionProblem['field']): string => values[field] ?? '';
  const storageClass = option('storageClass').toUpperCase();
  const encryption = option('encryption');
  const kmsKey = encryption.startsWith('aws:kms') ? option('kmsKey') : '';
  const cacheControl = option('cacheControl');
  const problemIf = (field: OptionProblem['field'], why: OptionProblem['why'], isWrong: boolean): OptionProblem[] =>
    isWrong ? [{ field, why }] : [];
  const headers: [string, string][] = [
    ['x-amz-storage-class', storageClass],
    ['cache-control', cacheControl],
    ['x-amz-server-side-encryption', encryption === 'none' ? '' : encryption],
    ['x-amz-server-side-encryption-aws-kms-key-id', kmsKey],
  ];
  return {
    headers: Object.fromEntries(headers.filter(([, value]) => value !== '')),
    problems: [
      ...problemIf('storageClass', 'storageClass', !/^(?:[A-Z][A-Z0-9_-]{0,59})?$/.test(storageClass)),
      ...problemIf('storageClass', 'archived', archiveClasses.has(storageClass)),
      ...problemIf('encryption', 'choice', !encryptions.includes(encryption)),
      ...problemIf('kmsKey', 'headerValue', !headerValue.test(kmsKey)),
      ...problemIf('cacheControl', 'headerValue', !headerValue.test(cacheControl)),
    ],
  };
}

/**
 * Storage classes by service, as suggestions; users can type any other. Sources: each vendor's list and rclone's
 * (2026-08).
 */
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
