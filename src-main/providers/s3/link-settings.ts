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

/** Combines the headers of options, such as the storage class, with the typed headers. A typed header wins. */
export function parseHeaders(values: FieldValues, report: ReportProblem): ObjectHeaderSettings {
  const { headers: headersOfOptions, problems } = optionHeaders(
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, cleanText(value) ?? ''])),
  );
  for (const { field, why: reason } of problems) report(new FieldError(field, issueReasons[reason]));
  const typedHeaders = parseExtraHeaders(values.headers ?? '');
  if (typedHeaders instanceof HeaderProblem) throw new FieldError('headers', typedHeaders.why, typedHeaders.names);
  const fieldOf = (name: string): HeaderField =>
    Object.hasOwn(typedHeaders, name) ? 'headers' : optionHeaderFields[name]!;
  const headers = { ...headersOfOptions, ...typedHeaders };
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

/** Parses the base of public links: an address, or a template with placeholders such as `{key}`. */
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
  const sample = sampleUrl(typed);
  // A template may have the key in its query, as in `https://example.com/view?file={key}`, but parseFormUrl accepts no
  // query.
  const url = parseFormUrl(typed.includes('{key') ? sample.replace(/\?[^#\s]*$/, '') : sample, 'publicBaseUrl');
  const isTemplate = typed.includes('{');
  return isTemplate ? `${missingScheme(typed)}${typed}` : url.origin + url.pathname.replace(/\/+$/, '');
}

/** Returns the scheme to put before a link template; '' if the template has one. */
function missingScheme(template: string): string {
  if (/^https?:\/\//i.test(template)) return '';
  const [host = ''] = sampleUrl(template).split(/[:/]/, 1);
  return hostReach(host) === 'this-computer' ? 'http://' : 'https://';
}
