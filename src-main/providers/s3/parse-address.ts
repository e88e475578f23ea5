/**
 * Reads what people paste when the form asks for their bucket: a console page, the address or a link of a file,
 * `s3://…`, an ARN or a part of an endpoint. Returns everything that follows from the text; sends no request.
 */
import { hostReach } from '../../platform/host-reach.ts';
import { awsEndpoint, isAwsVariant, type AwsVariant } from './aws-endpoints.ts';
import { partitionById } from './aws-partitions.ts';
import { serviceForHost, services, type RecognizedService } from './presets.ts';
import { consolePages, isAwsConsole, r2Endpoint } from './console-pages.ts';
import { minioConsolePath } from './minio-console.ts';
import { bucketAndPrefix, folderOf, pathSegments, prefixOption, type ParsedAddress } from './parsed-address.ts';
import { addressProblem, type AddressProblem } from './rejected-address.ts';

/** The field that the text was pasted into: `photos` is a bucket in one field and a host in the other. */
export type AddressField = 'bucket' | 'endpoint';

/** @returns undefined for text that is not an address or a name */
export function parseAddress(typed: string, field: AddressField): ParsedAddress | undefined {
  const pasted = withoutQuotes(typed);
  const page = parseConsolePage(pasted);
  if (page) return page;
  if (addressProblem(pasted) !== undefined) return undefined;
  return field === 'endpoint'
    ? (parseR2AccountId(pasted) ?? parseUri(pasted) ?? parseWebAddress(pasted, field))
    : (parseUri(pasted) ?? parseName(pasted) ?? parseWebAddress(pasted, field));
}

/** Why Hoist cannot use an address that it recognizes; undefined for any other text. */
export function rejectedAddress(typed: string): AddressProblem | undefined {
  const pasted = withoutQuotes(typed);
  return parseConsolePage(pasted) ? undefined : addressProblem(pasted);
}

/** Removes quotes, backticks and angle brackets around an address, and `s3://` before an ARN. */
const withoutQuotes = (typed: string): string =>
  typed
    .trim()
    .replace(/^[<`"']+|[>`"']+$/g, '')
    .trim()
    .replace(/^s3:\/\/(?=arn:)/i, '');

function parseConsolePage(pasted: string): ParsedAddress | undefined {
  const url = toUrl(pasted);
  if (!url || url.username + url.password !== '') return undefined;
  for (const parsePage of consolePages) {
    const address = parsePage(url);
    if (address) return address;
  }
  return undefined;
}

/** The id for servers that are not one of the known services. */
const unknownService = 'custom';

// ---------------------------------------------------------------- account IDs, URIs and names

/** Users may paste their account ID, because Cloudflare shows it in more places than the endpoint. */
const parseR2AccountId = (pasted: string): ParsedAddress | undefined =>
  /^[\da-f]{32}$/i.test(pasted) ? { service: 'r2', endpoint: r2Endpoint(pasted) } : undefined;

/** Matches `s3://BUCKET/PATH`, with the schemes of several tools, and `arn:aws:s3:::BUCKET/PATH`. */
const uriPattern = new RegExp(
  [
    /^(?:(?<scheme>s3|s3a|s3n|gs|oss|cos|r2|b2):\/\/|arn:(?<partition>aws(?:-\w+)*):s3:::)/,
    /(?<bucket>[^/:?#]+)(?<path>\/.*)?$/,
  ]
    .map(({ source }) => source)
    .join(''),
  'i',
);

/** The services whose tools have their own scheme. */
const serviceIdByScheme: Readonly<Record<string, string>> = { gs: 'gcs', oss: 'oss', cos: 'cos', r2: 'r2', b2: 'b2' };

/** Parses `s3://name/folder` and its variants in other tools, and `arn:aws:s3:::name/folder`. */
function parseUri(pasted: string): ParsedAddress | undefined {
  const { scheme, partition, bucket, path } = uriPattern.exec(pasted)?.groups ?? {};
  if (bucket === undefined) return undefined;
  const knownPartition = partition === undefined ? undefined : partitionById(partition.toLowerCase());
  const service = services.find(({ id }) => id === serviceIdByScheme[scheme?.toLowerCase() ?? '']);
  return {
    service: service?.id ?? unknownService,
    bucket,
    ...prefixOption(folderOf(path ?? '')),
    ...(knownPartition === undefined || knownPartition.id === 'aws' ? {} : { region: knownPartition.firstRegion }),
    // Has braces where the user has to enter the region or the account.
    ...(service ? { endpoint: service.endpoint } : {}),
  };
}

/** Parses `name` and `name/folder`, unless the name is the host of a service or has a port. */
function parseName(pasted: string): ParsedAddress | undefined {
  const { name, path } = /^(?<name>[^/:\s?#]+)(?<path>\/[^?#]*)?$/.exec(pasted)?.groups ?? {};
  if (
    name === undefined ||
    locateHost(name.toLowerCase()).recognized.service.id !== unknownService ||
    isAwsConsole(name)
  )
    return undefined;
  return { service: unknownService, bucket: name, ...prefixOption(folderOf(path ?? '')) };
}

// ---------------------------------------------------------------- web addresses

function parseWebAddress(pasted: string, field: AddressField): ParsedAddress | undefined {
  const url = toUrl(pasted);
  if (!url || url.username + url.password !== '') return undefined;
  const location = locateHost(url.hostname);
  if (location.recognized.service.id !== unknownService) return fromServiceUrl(url, location);
  const isLink = isPresigned(url);
  // The address of a store has no query and no fragment.
  if (!isLink && url.search + url.hash !== '') return undefined;
  return field === 'bucket' || isLink
    ? fromUnknownUrl(url)
    : { service: unknownService, endpoint: url.origin + url.pathname.replace(/\/+$/, '') };
}

function toUrl(pasted: string): URL | undefined {
  const hasScheme = /^[a-z][a-z\d+.-]*:\/\//i.test(pasted);
  const address = hasScheme ? pasted : `https://${pasted}`;
  if (/[\s\\{}]/.test(address) || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (!hasScheme && hostReach(url.hostname) === 'this-computer') url.protocol = 'http:';
  return /^https?:$/.test(url.protocol) ? url : undefined;
}

/** The host, split into the service's host and the labels before it. */
interface HostLocation {
  host: string;
  bucket?: string;
  recognized: RecognizedService;
  isWebsite?: true;
}

/** Splits a host: `photos.s3.eu-west-1.amazonaws.com` is the bucket `photos` at `s3.eu-west-1.amazonaws.com`. */
function locateHost(hostname: string): HostLocation {
  // A static website at Amazon: `photos.s3-website-eu-west-1.amazonaws.com` or `photos.s3-website.eu-west-1.…`
  const { bucket: websiteBucket, region: siteRegion } =
    /^(?<bucket>.+)\.s3-website[.-](?<region>[\w-]+)\.amazonaws\.(?:com(?:\.cn)?|eu)$/.exec(hostname)?.groups ?? {};
  if (websiteBucket !== undefined && siteRegion !== undefined) {
    const { host } = new URL(awsEndpoint('standard', siteRegion));
    return { host, bucket: websiteBucket, recognized: serviceForHost(host), isWebsite: true };
  }
  // The CDN of DigitalOcean Spaces delivers the same buckets.
  const labels = hostname.replace('.cdn.digitaloceanspaces.com', '.digitaloceanspaces.com').split('.');
  // Starts with the whole host and then omits labels from the left, because a Spaces bucket can have the name of a
  // region.
  for (let count = 0; count <= labels.length - 2; count++) {
    const host = labels.slice(count).join('.');
    const recognized = serviceForHost(host);
    if (recognized.service.id !== unknownService)
      return { host, ...(count === 0 ? {} : { bucket: labels.slice(0, count).join('.') }), recognized };
  }
  return { host: hostname, recognized: serviceForHost(hostname) };
}

function fromServiceUrl(url: URL, { host, bucket, recognized, isWebsite }: HostLocation): ParsedAddress {
  const path = bucket === undefined ? pathSegmentsOf(url) : [bucket, ...folderSegments(url)];
  const isRegionInHost = recognized.isRegionInHost && recognized.service.signedRegion === 'of-bucket';
  const region = isRegionInHost ? recognized.region : regionOfPresignedLink(url);
  const base = {
    service: recognized.service.id,
    ...(region === undefined ? {} : { region }),
    ...bucketAndPrefix(path),
  };
  if (recognized.service.id === 'aws') return { ...base, ...(isWebsite ? {} : hostVariant(host)) };
  return {
    ...base,
    endpoint: `https://${host}${url.port === '' ? '' : `:${url.port}`}`,
    ...(path.length === 0 ? {} : { pathStyle: bucket === undefined }),
  };
}

function fromUnknownUrl(url: URL): ParsedAddress {
  const region = regionOfPresignedLink(url);
  const consolePath = minioConsolePath(url.pathname);
  if (consolePath) {
    const endpoint = new URL(url.origin);
    // MinIO's console usually has port 9001, and the store port 9000.
    if (endpoint.port === '9001') endpoint.port = '9000';
    return {
      service: unknownService,
      endpoint: endpoint.origin,
      ...bucketAndPrefix(consolePath),
      pathStyle: true,
    };
  }
  return {
    service: unknownService,
    endpoint: url.origin,
    ...(region === undefined ? {} : { region }),
    ...bucketAndPrefix(pathSegmentsOf(url)),
    pathStyle: true,
  };
}

/** Finds the variant of Amazon's endpoint in a host. */
function hostVariant(host: string): { awsEndpoint?: AwsVariant } {
  const variant = [
    host.startsWith('s3-fips') && 'fips',
    host.startsWith('s3-accelerate') && 'accelerate',
    host.includes('.dualstack.') && 'dualstack',
  ]
    .filter(Boolean)
    .join('-');
  return isAwsVariant(variant) ? { awsEndpoint: variant } : {};
}

// ---------------------------------------------------------------- presigned links

const isPresigned = ({ searchParams }: URL): boolean =>
  ['X-Amz-Signature', 'X-Goog-Signature', 'Signature'].some((name) => searchParams.has(name));

/** Reads the region from the credential of a presigned link: `AKID/20261128/eu-west-1/s3/aws4_request`. */
const regionOfPresignedLink = ({ searchParams }: URL): string | undefined =>
  /^[^/]+\/\d{8}\/(?<region>[a-z0-9-]{2,40})\/s3\//.exec(searchParams.get('X-Amz-Credential') ?? '')?.groups?.region;

/** Returns the segments of the folder. A presigned link leads to a file, so its last segment is the file name. */
const folderSegments = (url: URL): string[] =>
  isPresigned(url) ? pathSegments(url.pathname).slice(0, -1) : folderOf(url.pathname);

/** Returns the bucket and the segments of the folder. A bucket may have a name like a file. */
function pathSegmentsOf(url: URL): string[] {
  const [bucket] = pathSegments(url.pathname);
  return bucket === undefined ? [] : [bucket, ...folderSegments(url).slice(1)];
}
