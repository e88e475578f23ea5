/** Parses the fields that say where the bucket is: bucket, folder, region, endpoint and path style. */
import type { FieldValues } from '../../../src-shared/profile.ts';
import { hostReach } from '../../platform/host-reach.ts';
import { encodeKey } from '../keys/encode-key.ts';
import { issueReasons } from '../settings/field-issues.ts';
import { awsEndpoint, awsLinkEndpoint, isAwsVariant, variantConflict, type AwsVariant } from './aws-endpoints.ts';
import { FieldError, tryOrReport, type ReportProblem } from './field-error.ts';
import { cleanText, parseToggle } from './form-text.ts';
import { parseFormUrl } from './form-url.ts';
import { optionalEntry } from './optional-entry.ts';
import { parseAddress, rejectedAddress, type AddressField } from './parse-address.ts';
import type { ParsedAddress } from './parsed-address.ts';
import { serviceForHost, type RecognizedService, type Service, type StoreTraits } from './presets.ts';

export interface BucketLocation {
  bucket: string;
  endpoint: string;
  host: string;
  region: string;
  prefix: string;
  service: Service;
  namespace?: string;
  /** The user entered no endpoint, so {@link awsEndpoint} derives it from the region. */
  isAws: boolean;
  isRegionGuessed: boolean;
}

/**
 * The combined content of the bucket, endpoint and region fields. A value that is typed in its own field wins over the
 * same value in an address that was pasted into another field.
 */
export interface AddressInput {
  endpoint: string | undefined;
  region: string | undefined;
  bucket: string | undefined;
  prefix: string | undefined;
  awsEndpoint: AwsVariant | undefined;
  /** The style of a pasted address. Undefined when the user typed only a name or a host. */
  pathStyle: boolean | undefined;
  isAws: boolean;
}

export function readAddressInput(values: FieldValues): AddressInput {
  const fromBucket: Partial<ParsedAddress> = parseAddressField(values, 'bucket') ?? {};
  const fromEndpoint = parseAddressField(values, 'endpoint');
  // Text that is not an address stays unchanged, so that the form can report the problem.
  const endpoint = fromEndpoint ? fromEndpoint.endpoint : (cleanText(values.endpoint) ?? fromBucket.endpoint);
  const { bucket, prefix, region, awsEndpoint: variant, pathStyle }: Partial<ParsedAddress> = fromEndpoint ?? {};
  return {
    endpoint,
    isAws: endpoint === undefined,
    bucket: fromBucket.bucket ?? bucket,
    prefix: fromBucket.prefix ?? prefix,
    region: normalizeRegion(values.region) ?? region ?? fromBucket.region,
    awsEndpoint: variant ?? fromBucket.awsEndpoint,
    // The style belongs to the address that gives the endpoint.
    pathStyle: pathStyle ?? (endpoint === fromBucket.endpoint ? fromBucket.pathStyle : undefined),
  };
}

function parseAddressField(values: FieldValues, field: AddressField): ParsedAddress | undefined {
  const typed = cleanText(values[field]);
  return typed === undefined ? undefined : parseAddress(typed, field);
}

export function parseLocation(values: FieldValues, report: ReportProblem): BucketLocation | undefined {
  const attempt = <T>(parse: () => T): T | undefined => tryOrReport(report, parse);
  const hasRejectedAddress = reportRejectedAddresses(values, report);
  const input = readAddressInput(values);
  const bucket = attempt(() => bucketName(values, input)) ?? '';
  const typedRegion = attempt(() => parseRegion(input)) ?? '';
  const url = attempt(() => parseEndpoint(values, input, typedRegion, bucket));
  const prefix = attempt(() => parsePrefix(cleanText(values.prefix) ?? input.prefix ?? ''));
  if (!url || hasRejectedAddress) return undefined;
  const recognized = serviceForHost(url.hostname);
  const { service, namespace } = recognized;
  if (bucket !== '') attempt(() => checkBucketName(bucket, service));
  const isRegionKnown =
    typedRegion !== '' || service.signedRegion === 'fixed' || (recognized.isRegionInHost && !input.isAws);
  return {
    bucket,
    host: url.hostname,
    service,
    ...optionalEntry('namespace', namespace),
    isAws: input.isAws,
    isRegionGuessed: !isRegionKnown,
    region: signingRegion(typedRegion, recognized),
    endpoint: url.origin + url.pathname.replace(/\/+$/, ''),
    prefix: prefix ?? '',
  };
}

/** Services with a single region ignore a region that another service left in the form. */
function signingRegion(typedRegion: string, { service, region }: RecognizedService): string {
  if (typedRegion === '') return region;
  return service.signedRegion === 'fixed' ? service.region : typedRegion;
}

/** Reports each address that leads to no bucket, with the reason. @returns whether there is such an address */
function reportRejectedAddresses(values: FieldValues, report: ReportProblem): boolean {
  const fields = (['bucket', 'endpoint'] as const).filter(
    (field) => rejectedAddress(values[field] ?? '') !== undefined,
  );
  for (const field of fields)
    report(new FieldError(field, issueReasons[rejectedAddress(values[field] ?? '') ?? 'address']));
  return fields.length > 0;
}

function bucketName(values: FieldValues, input: AddressInput): string {
  if (input.bucket !== undefined) return input.bucket;
  if (cleanText(values.bucket) === undefined) throw new FieldError('bucket', issueReasons.missing);
  throw new FieldError('bucket', parseAddressField(values, 'bucket') ? issueReasons.noBucket : issueReasons.bucket);
}

/** Directory buckets need a different, session-based signature, which Hoist does not support. */
const isDirectoryBucket = (bucket: string): boolean => bucket.endsWith('--x-s3');

function checkBucketName(bucket: string, service: Service): void {
  // Custom servers may still allow the longer names of early S3, with uppercase letters and underscores.
  const namePattern = service.host ? /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/ : /^[A-Za-z0-9][\w.-]{1,254}$/;
  // `tenant:bucket`, as Ceph writes it
  if (/^[\w$-]+:[\w.-]+$/.test(bucket)) throw new FieldError('bucket', issueReasons.tenant);
  if (!namePattern.test(bucket)) throw new FieldError('bucket', issueReasons.bucket);
  if (isDirectoryBucket(bucket)) throw new FieldError('bucket', issueReasons.directoryBucket);
  if (service.bucket && !service.bucket.form.test(bucket)) throw new FieldError('bucket', service.bucket.why);
}

/** The typed region, or the region in a typed endpoint, because some consoles show only the endpoint. */
function normalizeRegion(typed: string | undefined): string | undefined {
  const region = cleanText(typed)?.toLowerCase();
  if (region === undefined || !region.includes('.')) return region;
  const address = region.includes('://') ? region : `https://${region}`;
  const recognized: RecognizedService | undefined = URL.canParse(address)
    ? serviceForHost(new URL(address).hostname)
    : undefined;
  return recognized && recognized.service.id !== 'custom' ? recognized.region : region;
}

/** '' when the user entered no region. */
function parseRegion({ region = '', isAws }: AddressInput): string {
  if (region !== '' && !/^[a-z0-9-]{2,40}$/.test(region)) throw new FieldError('region', issueReasons.region);
  // `auto` may be left over from another service. Amazon has no such region.
  return region === 'auto' && isAws ? '' : region;
}

function parseEndpoint(values: FieldValues, { endpoint, isAws }: AddressInput, region: string, bucket: string): URL {
  if (isAws || endpoint === undefined) return new URL(awsEndpoint('standard', region === '' ? 'us-east-1' : region));
  if (region === '' && needsRegion(endpoint)) throw new FieldError('region', issueReasons.regionNeeded);
  // A placeholder other than `{region}` comes from an address in the bucket field (`r2://photos` has the endpoint
  // `https://{account}.r2…`), so the user cannot replace it there.
  if (cleanText(values.endpoint) === undefined && /\{(?!region\})/.test(endpoint))
    throw new FieldError('endpoint', issueReasons.endpointNeeded);
  const url = parseFormUrl(endpoint.replaceAll('{region}', region), 'endpoint');
  // Removes the bucket from the end of the path: some consoles show the endpoint as `https://host/bucket`.
  if (bucket !== '' && url.pathname.replace(/\/$/, '').endsWith(`/${encodeKey(bucket)}`))
    url.pathname = url.pathname.replace(/\/$/, '').slice(0, -bucket.length - 1);
  return url;
}

const needsRegion = (endpoint: string): boolean =>
  endpoint.includes('{region}') ||
  (URL.canParse(endpoint) && serviceForHost(new URL(endpoint).hostname).isRegionNeeded);

export interface EndpointAddresses {
  endpoint: string;
  /** The endpoint in links, if it differs. */
  linkEndpoint?: string;
  awsEndpoint: AwsVariant;
}

export function parseEndpointAddresses(values: FieldValues, location: BucketLocation): EndpointAddresses {
  const variant = parseVariant(values, location);
  if (!location.isAws) return { endpoint: location.endpoint, awsEndpoint: variant };
  const [endpoint, linkEndpoint] = [awsEndpoint(variant, location.region), awsLinkEndpoint(variant, location.region)];
  return {
    endpoint,
    awsEndpoint: variant,
    ...optionalEntry('linkEndpoint', linkEndpoint === endpoint ? undefined : linkEndpoint),
  };
}

export const variantText = (values: FieldValues): string => cleanText(values.awsEndpoint) ?? 'standard';

function parseVariant(values: FieldValues, location: BucketLocation): AwsVariant {
  const typed = variantText(values);
  if (!isAwsVariant(typed)) throw new FieldError('awsEndpoint', issueReasons.choice);
  const { awsEndpoint: pasted = 'standard' } = readAddressInput(values);
  const variant = typed === 'standard' ? pasted : typed;
  const problem = variantConflict({
    variant,
    region: location.region,
    bucket: location.bucket,
    pathStyle: parseToggle(values.pathStyle) === true,
    isCustomEndpoint: !location.isAws,
  });
  if (problem) throw new FieldError('awsEndpoint', issueReasons[problem]);
  return variant;
}

/** Whether an endpoint's service uses path style when neither the user nor a pasted address decides. */
export function usualPathStyle(endpoint: string | undefined): boolean {
  if (endpoint === undefined || !URL.canParse(endpoint)) return false;
  return ['needed', 'only'].includes(serviceForHost(new URL(endpoint).hostname).service.pathStyle);
}

/**
 * Path style is required where `bucket.host` never works: for IP addresses, local host names and those without a dot,
 * for buckets with a dot, which no wildcard certificate covers, and for buckets with characters that host names cannot
 * contain.
 */
export function parsePathStyle(values: FieldValues, location: BucketLocation, store: StoreTraits): boolean {
  if (store.pathStyle === 'refused') return false;
  if (store.pathStyle === 'only') return true;
  const { host, bucket } = location;
  const isIpAddress = /^[\d.]+$|^\[/.test(host);
  const hasSubdomains = hostReach(host) !== 'this-computer' && host.includes('.') && !isIpAddress;
  if (!hasSubdomains || bucket.includes('.') || /[A-Z_]/.test(bucket)) return true;
  return parseToggle(values.pathStyle) ?? readAddressInput(values).pathStyle ?? store.pathStyle === 'needed';
}

/** An object's key has at most 1024 bytes. This limit leaves half of them for the file's name. */
const maxPrefixBytes = 512;

function parsePrefix(typed: string): string {
  const segments = typed.normalize('NFC').split('/').filter(Boolean);
  const prefix = segments.join('/');
  if (
    segments.some((s) => s === '.' || s === '..') ||
    // Control characters, halves of a surrogate pair, backslashes
    /[\p{Cc}\p{Cs}\\]/u.test(prefix) ||
    Buffer.byteLength(prefix) > maxPrefixBytes
  )
    throw new FieldError('prefix', issueReasons.folder);
  return prefix;
}

/** An invalid folder stays unchanged, so that the user can correct it. */
export const normalizePrefix = (typed: string): string =>
  tryOrReport(
    () => undefined,
    () => parsePrefix(typed),
  ) ?? typed;
