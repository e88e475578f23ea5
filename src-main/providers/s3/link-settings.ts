/** Parses the fields about links and about the headers of new objects. */
import type { FieldValues } from '../../../src-shared/profile.ts';
import { hostReach } from '../../platform/host-reach.ts';
import { hasInvisibleCharacter } from '../../platform/printable.ts';
import { issueReasons } from '../settings/field-issues.ts';
import { HeaderProblem, parseExtraHeaders } from './extra-headers.ts';
import { FieldError, type ReportProblem } from './field-error.ts';
import { cleanText } from './form-text.ts';
import { parseFormUrl } from './form-url.ts';
import type { BucketLocation } from './location-settings.ts';
import {
  optionHeaderFields,
  optionHeaders,
  parseAclOption,
  type CannedAcl,
  type OptionProblem,
} from './object-options.ts';
import type { Service } from './presets.ts';
import { sampleUrl, unknownPlaceholders } from './public-url.ts';

export function parseLinkKind(values: FieldValues): 'expiring' | 'public' {
  const kind = cleanText(values.linkKind) ?? 'expiring';
  if (kind !== 'expiring' && kind !== 'public') throw new FieldError('linkKind', issueReasons.choice);
  return kind;
}

/** Signature Version 4 allows a presigned link for at most a week. */
export function parseLinkDays(values: FieldValues): number {
  const typed = cleanText(values.linkDays) ?? '7';
  if (!/^[1-7]$/.test(typed)) throw new FieldError('linkDays', issueReasons.days);
  return Number(typed);
}

/** The field that set a header of new objects. */
export type HeaderField = Exclude<OptionProblem['field'], 'acl'> | 'headers';

export interface ObjectHeaderSettings {
  /** Sent with every new object, by lowercase name. */
  headers: Record<string, string>;
  /** The field that set each of these headers. */
  headerFields: Record<string, HeaderField>;
}

/** A typed header wins over the header of an option. */
export function parseHeaders(values: FieldValues, report: ReportProblem): ObjectHeaderSettings {
  const { headers: optionLines, problems } = optionHeaders(
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, cleanText(value) ?? ''])),
  );
  for (const { field, why: reason } of problems) report(new FieldError(field, issueReasons[reason]));
  const lines = parseExtraHeaders(values.headers ?? '');
  if (lines instanceof HeaderProblem) throw new FieldError('headers', lines.why, lines.names);
  const fieldOf = (name: string): HeaderField => (Object.hasOwn(lines, name) ? 'headers' : optionHeaderFields[name]!);
  const headers = { ...optionLines, ...lines };
  return { headers, headerFields: Object.fromEntries(Object.keys(headers).map((name) => [name, fieldOf(name)])) };
}

export function parseAcl(values: FieldValues): CannedAcl | undefined {
  const acl = parseAclOption(cleanText(values.acl)?.toLowerCase() ?? '');
  if (typeof acl === 'object') throw new FieldError('acl', issueReasons[acl.why]);
  return acl;
}

/** Omits the ACL for stores that reject ACLs. */
export const supportedAcl = ({ acl: support }: Service, acl: CannedAcl | undefined): { acl?: CannedAcl } =>
  acl !== undefined && support === 'possible' ? { acl } : {};

/** Whether the public address of objects cannot be derived from the endpoint. */
export const lacksPublicUrl = (location: BucketLocation | undefined): boolean =>
  location?.service.publicLinks === 'base-url' ||
  (location?.namespace === undefined && location?.service.publicLinks.includes('{namespace}') === true);

export function parseBaseUrl(values: FieldValues, { isRequired }: { isRequired: boolean }): string | undefined {
  const typed = cleanText(values.publicBaseUrl);
  if (typed === undefined) {
    if (isRequired) throw new FieldError('publicBaseUrl', issueReasons.baseUrl);
    return undefined;
  }
  if (hasInvisibleCharacter(typed)) throw new FieldError('publicBaseUrl', issueReasons.address);
  const unknown = unknownPlaceholders(typed);
  if (unknown.length > 0)
    throw new FieldError('publicBaseUrl', issueReasons.linkParts, unknown.filter(Boolean).join(', '));
  const scheme = /^https?:\/\//i.test(typed)
    ? ''
    : hostReach(sampleUrl(typed).split(/[:/]/, 1)[0] ?? '') === 'this-computer'
      ? 'http://'
      : 'https://';
  // A page that shows files may take the key in its query.
  const url = parseFormUrl(
    typed.includes('{key') ? sampleUrl(typed).replace(/\?[^#\s]*$/, '') : sampleUrl(typed),
    'publicBaseUrl',
  );
  return typed.includes('{') ? `${scheme}${typed}` : url.origin + url.pathname.replace(/\/+$/, '');
}
