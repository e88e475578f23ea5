/**
 * Parses the form into settings. It accepts what users type and paste: whole URLs, missing schemes, line breaks in
 * keys. A value that it cannot read is an issue of its field. It sends no request.
 */
import * as v from 'valibot';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { fieldIssue } from '../settings/field-issues.ts';
import type { AwsVariant } from './aws-endpoints.ts';
import { isKmsEncrypted } from './extra-headers.ts';
import { tryOrReport, type FieldError, type FieldKey, type ReportProblem } from './field-error.ts';
import { cleanText, parseToggle } from './form-text.ts';
import {
  lacksPublicUrl,
  parseAcl,
  parseBaseUrl,
  parseHeaders,
  parseLinkDays,
  parseLinkKind,
  type ObjectHeaderSettings,
  supportedAcl,
} from './link-settings.ts';
import { parseEndpointAddresses, parseLocation, parsePathStyle, variantText } from './location-settings.ts';
import { grantsBroadRead, type CannedAcl } from './object-options.ts';
import { optionalEntry } from './optional-entry.ts';
import type { StoreTraits } from './presets.ts';
import { withMeasuredFeatures } from './measured-features.ts';
import { parseSignIn, type S3SignIn } from './sign-in-settings.ts';

export interface S3Settings extends ObjectHeaderSettings {
  bucket: string;
  region: string;
  /** `https://host`, `http://host:9000`, `https://host/path`; no slash at the end */
  endpoint: string;
  /** The endpoint in links, if it differs. */
  linkEndpoint?: string;
  /** The variant of Amazon's endpoint. */
  awsEndpoint: AwsVariant;
  /** The user entered no region, so `region` is a guess that the store may correct. */
  isRegionGuessed: boolean;
  /** The region that the store reported. */
  detectedRegion?: string;
  /** The namespace in the endpoint's host, if the service has namespaces. */
  namespace?: string;
  pathStyle: boolean;
  signIn: S3SignIn;
  linkKind: 'expiring' | 'public';
  /** 1 to 7 */
  linkDays: number;
  /** Public address of the bucket's content, without a slash at the end; or a link template, as in public-url.ts. */
  publicBaseUrl?: string;
  /** Sent with new objects. {@link aclForLinkKind} omits an ACL that lets everyone read unless the link is public. */
  acl?: CannedAcl;
  /** A browser shows web pages instead of saving them. */
  showsPages: boolean;
  /** Folder in the bucket: no slash at either end; '' for none. */
  prefix: string;
  /** The traits of the service, corrected by what a test of the destination found out. */
  store: StoreTraits;
  /** The traits that the service is known for. */
  service: StoreTraits;
}

export const s3SettingsSchema: v.GenericSchema<FieldValues, S3Settings> = v.pipe(
  v.record(v.string(), v.string()),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const problems = new Map<FieldKey, FieldError>();
    const settings = parseSettings(dataset.value, (problem) => {
      if (!problems.has(problem.field)) problems.set(problem.field, problem);
    });
    for (const { field, why: reason, mentioned } of problems.values()) addIssue(fieldIssue(field, reason, mentioned));
    return settings && problems.size === 0 ? settings : NEVER;
  }),
);

function parseSettings(values: FieldValues, report: ReportProblem): S3Settings | undefined {
  const attempt = <T>(parse: () => T): T | undefined => tryOrReport(report, parse);
  const signIn = parseSignIn(values, report);
  const location = parseLocation(values, report);
  const linkKind = attempt(() => parseLinkKind(values));
  const linkDays = attempt(() => parseLinkDays(values));
  const headers = attempt(() => parseHeaders(values, report));
  const acl = attempt(() => parseAcl(values));
  const publicBaseUrl = attempt(() =>
    parseBaseUrl(values, { isRequired: linkKind === 'public' && lacksPublicUrl(location) }),
  );
  const addresses = location && attempt(() => parseEndpointAddresses(values, location));
  if (!signIn || !location || !linkKind || !linkDays || !headers || !addresses) return undefined;
  const { service, bucket, region, prefix, isRegionGuessed, namespace } = location;
  const store = withMeasuredFeatures(service, values.storeFeatures);
  return {
    bucket,
    region,
    isRegionGuessed,
    ...addresses,
    ...optionalEntry('namespace', namespace),
    pathStyle: parsePathStyle(values, location, service),
    signIn,
    linkKind,
    linkDays,
    ...optionalEntry('publicBaseUrl', publicBaseUrl),
    ...supportedAcl(service, acl),
    showsPages: parseToggle(values.showsPages) === true,
    prefix,
    ...headers,
    // The ETag of an object that is encrypted with a KMS key is not an MD5.
    store: isKmsEncrypted(headers.headers) ? { ...store, etag: 'opaque' } : store,
    service,
  };
}

/** The ACL for an object with this kind of link. A file with an expiring link never becomes public. */
export const aclForLinkKind = (
  { acl }: Pick<S3Settings, 'acl'>,
  linkKind: S3Settings['linkKind'],
): CannedAcl | undefined => (acl !== undefined && grantsBroadRead(acl) && linkKind !== 'public' ? undefined : acl);

/** The values of `addressing_style` in ~/.aws/config. With `auto`, the service decides. */
const addressingStyles: Readonly<Record<string, string>> = { path: 'true', virtual: 'false' };

/**
 * Adds the profile's region and endpoint to settings whose form leaves them empty.
 * @returns undefined when the profile's values are invalid
 */
export function applyProfileDefaults(
  settings: S3Settings,
  profile: { region?: string; endpoint?: string; addressing?: string; awsEndpoint?: AwsVariant },
): S3Settings | undefined {
  if (settings.signIn.by !== 'profile') return settings;
  const { form } = settings.signIn;
  const ifUnset = (key: string, value: string | undefined): FieldValues =>
    cleanText(form[key]) === undefined && value !== undefined ? { [key]: value } : {};
  const filled = {
    ...form,
    ...ifUnset('region', profile.region),
    ...ifUnset('endpoint', profile.endpoint),
    ...(profile.endpoint === undefined ? {} : ifUnset('pathStyle', addressingStyles[profile.addressing ?? ''])),
  };
  // The switches choose among Amazon's own addresses. The AWS tools, too, prefer a configured endpoint.
  if (cleanText(filled['endpoint']) === undefined && variantText(filled) === 'standard' && profile.awsEndpoint)
    filled['awsEndpoint'] = profile.awsEndpoint;
  let isUsable = true;
  const parsed = parseSettings(filled, () => {
    isUsable = false;
  });
  return parsed && isUsable ? { ...parsed, signIn: settings.signIn } : undefined;
}
