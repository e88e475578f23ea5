/**
 * Reads what people paste when the form asks for their bucket: a console page, the address or a link of a file,
 * `s3://…`, an ARN or a part of an endpoint. Returns everything that follows from the text; sends no request.
 */
import { hostReach } from '../../platform/host-reach.ts';
import { isAwsVariant, type AwsVariant } from './aws-endpoints.ts';
import { serviceForHost, type RecognizedService } from './presets.ts';
import { regionsByService } from './known-regions.ts';

/**
 * Holds only values from the text. Amazon has no `endpoint`: its address follows from `region` and `awsEndpoint`.
 * `endpoint` is `https://host`, with the port and path if there are any, and with `{region}` where the user has to
 * enter the region. `prefix` is unchanged except that it has no slash at either end.
 */
export interface ParsedAddress {
  service: string;
  endpoint?: string;
  awsEndpoint?: AwsVariant;
  region?: string;
  bucket?: string;
  prefix?: string;
  pathStyle?: boolean;
}

/** The field that the text was pasted into: `photos` is a bucket in one field and a host in the other. */
export type AddressField = 'bucket' | 'endpoint';

/** @returns undefined for text that is not an address or a name */
export function parseAddress(typed: string, field: AddressField): ParsedAddress | undefined {
  const pasted = typed
    .trim()
    .replace(/^[<`"']+|[>`"']+$/g, '')
    .trim();
  return field === 'endpoint'
    ? (parseR2AccountId(pasted) ?? parseUri(pasted) ?? parseWebAddress(pasted, field))
    : (parseUri(pasted) ?? parseName(pasted) ?? parseWebAddress(pasted, field));
}

const unknownService = 'custom';

// ---------------------------------------------------------------- account IDs, URIs and names

/** Users may paste their account ID, because Cloudflare shows it in more places than the endpoint. */
const parseR2AccountId = (pasted: string): ParsedAddress | undefined =>
  /^[\da-f]{32}$/i.test(pasted) ? { service: 'r2', endpoint: r2Endpoint(pasted) } : undefined;

const r2Endpoint = (account: string, jurisdiction = 'default'): string =>
  `https://${account.toLowerCase()}${jurisdiction === 'default' ? '' : `.${jurisdiction}`}.r2.cloudflarestorage.com`;

/** Parses `s3://name/folder` and its variants in other tools, and `arn:aws:s3:::name/folder`. */
function parseUri(pasted: string): ParsedAddress | undefined {
  const { scheme, bucket, path } =
    /^(?:(?<scheme>s3|s3a|s3n|gs|oss|cos|r2|b2):\/\/|arn:aws(?:-\w+)*:s3:::)(?<bucket>[^/:?#]+)(?<path>\/.*)?$/i.exec(
      pasted,
    )?.groups ?? {};
  if (bucket === undefined) return undefined;
  return {
    service: unknownService,
    bucket,
    ...prefixOption(pathSegments(path ?? '')),
    ...(scheme?.toLowerCase() === 'gs' ? { service: 'gcs', endpoint: 'https://storage.googleapis.com' } : {}),
  };
}

/** Parses `name` and `name/folder`, unless the name is the host of a service or has a port. */
function parseName(pasted: string): ParsedAddress | undefined {
  const { name, path } = /^(?<name>[^/:\s?#]+)(?<path>\/[^?#]*)?$/.exec(pasted)?.groups ?? {};
  if (name === undefined || locateHost(name.toLowerCase()).recognized.service.id !== unknownService || isConsole(name))
    return undefined;
  return { service: unknownService, bucket: name, ...prefixOption(pathSegments(path ?? '')) };
}

// ---------------------------------------------------------------- web addresses

function parseWebAddress(pasted: string, field: AddressField): ParsedAddress | undefined {
  const url = toUrl(pasted);
  if (!url || url.username + url.password !== '') return undefined;
  for (const parsePage of consolePages) {
    const address = parsePage(url);
    if (address) return address;
  }
  const location = locateHost(url.hostname);
  if (location.recognized.service.id !== unknownService) return fromServiceUrl(url, location);
  const signed = isSigned(url);
  // The address of a store has no query and no fragment.
  if (!signed && url.search + url.hash !== '') return undefined;
  return field === 'bucket' || signed
    ? fromUnknownUrl(url, signed)
    : { service: unknownService, endpoint: url.origin + url.pathname.replace(/\/+$/, '') };
}

function toUrl(pasted: string): URL | undefined {
  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(pasted) ? pasted : `https://${pasted}`;
  if (/[\s\\{}]/.test(address) || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (address !== pasted && hostReach(url.hostname) === 'this-computer') url.protocol = 'http:';
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
  const { bucket: websiteBucket, region: siteRegion } =
    /^(?<bucket>.+)\.s3-website[.-](?<region>[\w-]+)\.amazonaws\.com(?:\.cn)?$/.exec(hostname)?.groups ?? {};
  if (websiteBucket !== undefined)
    return {
      host: `s3.${siteRegion}.amazonaws.com`,
      bucket: websiteBucket,
      recognized: serviceForHost(`s3.${siteRegion}.amazonaws.com`),
      isWebsite: true,
    };
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
  const segments = folderSegments(url);
  const path = bucket === undefined ? segments : [bucket, ...segments];
  const region =
    recognized.isRegionInHost && recognized.service.signsFor === 'its-region' ? recognized.region : signedRegion(url);
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

function fromUnknownUrl(url: URL, signed: boolean): ParsedAddress {
  const region = signedRegion(url);
  const segments = signed ? folderSegments(url) : pathSegments(url.pathname);
  // A page of MinIO's console, which has a different port than the store.
  const [first, bucket] = segments;
  if (first === 'browser' && bucket !== undefined)
    return {
      service: unknownService,
      endpoint: `${url.protocol}//${url.hostname}${url.port === '9001' ? ':9000' : url.port && `:${url.port}`}`,
      ...bucketAndPrefix(segments.slice(1)),
      pathStyle: true,
    };
  return {
    service: unknownService,
    endpoint: url.origin,
    ...(region === undefined ? {} : { region }),
    ...bucketAndPrefix(segments),
    pathStyle: true,
  };
}

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

const isSigned = ({ searchParams }: URL): boolean =>
  ['X-Amz-Signature', 'X-Goog-Signature', 'Signature'].some((name) => searchParams.has(name));

/** Reads the region from the credential of a presigned link: `AKID/20261128/eu-west-1/s3/aws4_request`. */
const signedRegion = ({ searchParams }: URL): string | undefined =>
  /^[^/]+\/\d{8}\/(?<region>[a-z0-9-]{2,40})\/s3\//.exec(searchParams.get('X-Amz-Credential') ?? '')?.groups?.region;

/** Returns the segments of the folder. A presigned link leads to a file, so its last segment is the file name. */
const folderSegments = (url: URL): string[] =>
  isSigned(url) ? pathSegments(url.pathname).slice(0, -1) : pathSegments(url.pathname);

// ---------------------------------------------------------------- console pages

const awsConsoleDomains = ['aws.amazon.com', 'amazonaws.cn', 'amazonaws-us-gov.com'].join('|').replaceAll('.', '\\.');
const awsConsole = new RegExp(
  `^(?:(?<region>[a-z]{2}(?:-[a-z]+)+-\\d)\\.)?(?:s3\\.)?console\\.(?:${awsConsoleDomains})$`,
);
const isConsole = (host: string): boolean => awsConsole.test(host);

/** Addresses of buckets in consoles, and other addresses that are not S3 endpoints. */
const consolePages: readonly ((url: URL) => ParsedAddress | undefined)[] = [
  (url) => {
    const match = awsConsole.exec(url.hostname);
    const region = url.searchParams.get('region') ?? match?.groups?.region;
    return match
      ? { service: 'aws', ...(region === undefined ? {} : { region }), ...bucketAndPrefix(awsConsoleSegments(url)) }
      : undefined;
  },
  consolePage(
    'dash.cloudflare.com',
    /^\/(?<account>[\da-f]{32})\/r2(?:\/(?<jurisdiction>default|eu|fedramp)\/buckets\/(?<path>[^/]+))?/i,
    ({ account = '', jurisdiction, path }) => ({
      service: 'r2',
      endpoint: r2Endpoint(account, jurisdiction),
      ...bucketAndPrefix(pathSegments(path ?? '')),
    }),
  ),
  consolePage(/^f(?<region>\d{3})\.backblazeb2\.com$/, /^\/file\/(?<path>.+)/, ({ region: cluster, path = '' }) => {
    const region = regionsByService.b2?.find((b2Region) => b2Region.endsWith(`-${cluster}`));
    return {
      service: 'b2',
      ...(region === undefined ? {} : { region, endpoint: `https://s3.${region}.backblazeb2.com` }),
      ...bucketAndPrefix(pathSegments(path)),
    };
  }),
  consolePage('cloud.digitalocean.com', /^\/spaces\/(?<path>[^/]+)/, ({ path = '' }) => ({
    service: 'digitalocean',
    endpoint: 'https://{region}.digitaloceanspaces.com',
    ...bucketAndPrefix(pathSegments(path)),
  })),
  consolePage('console.cloud.google.com', /^\/storage\/browser\/(?:_details\/)?(?<path>[^;]+)/, ({ path = '' }) => ({
    service: 'gcs',
    endpoint: 'https://storage.googleapis.com',
    ...bucketAndPrefix(pathSegments(path)),
  })),
  consolePage('storage.cloud.google.com', /^\/(?<path>.+)/, ({ path = '' }) => ({
    service: 'gcs',
    endpoint: 'https://storage.googleapis.com',
    ...bucketAndPrefix(pathSegments(path)),
  })),
  consolePage('console.wasabisys.com', /\/file_manager\/(?<path>.+)/, ({ path = '' }) => ({
    service: 'wasabi',
    endpoint: 'https://s3.{region}.wasabisys.com',
    ...bucketAndPrefix(pathSegments(path)),
  })),
  consolePage(
    'console.scaleway.com',
    /^\/object-storage\/buckets\/(?<region>[a-z]{2}-[a-z]{3})\/(?<path>[^/]+)/,
    ({ region = '', path = '' }) => ({
      service: 'scaleway',
      region,
      endpoint: `https://s3.${region}.scw.cloud`,
      ...bucketAndPrefix(pathSegments(path)),
    }),
  ),
  consolePage(
    'cloud.linode.com',
    /^\/object-storage\/buckets\/(?<region>[\w-]+)\/(?<path>[^/]+)/,
    ({ region = '', path = '' }) => ({
      service: 'linode',
      region,
      endpoint: `https://${region}.linodeobjects.com`,
      ...bucketAndPrefix(pathSegments(path)),
    }),
  ),
  consolePage('link.storjshare.io', /^\/(?:s|raw)\/\w+\/(?<path>.+)/, ({ path = '' }) => ({
    service: 'storj',
    endpoint: 'https://gateway.storjshare.io',
    ...bucketAndPrefix(pathSegments(path)),
  })),
  consolePage(
    /^objectstorage\.(?<region>[\w-]+)\.oraclecloud\.com$/,
    /^\/n\/(?<account>[\w-]+)\/b\/(?<path>[^/]+)/,
    ({ region = '', account = '', path = '' }) => ({
      service: 'oracle',
      region,
      endpoint: `https://${account}.compat.objectstorage.${region}.oci.customer-oci.com`,
      ...bucketAndPrefix(pathSegments(path)),
    }),
  ),
  consolePage(
    'oss.console.aliyun.com',
    /^\/bucket\/oss-(?<region>[\w-]+)\/(?<path>[^/]+)/,
    ({ region = '', path = '' }) => ({
      service: 'oss',
      region,
      endpoint: `https://s3.oss-${region}.aliyuncs.com`,
      ...bucketAndPrefix(pathSegments(path)),
    }),
  ),
  (url) => {
    const { hostname, searchParams } = url;
    const [bucket, region] = [searchParams.get('bucket'), searchParams.get('region')];
    if (!/^console\.(?:cloud\.tencent\.com|tencentcloud\.com)$/.test(hostname) || bucket === null) return undefined;
    return {
      service: 'cos',
      bucket,
      ...(region === null ? {} : { region, endpoint: `https://cos.${region}.myqcloud.com` }),
    };
  },
];

/** Returns the bucket and the segments of the folder. On the page of a file, this is the file's folder. */
function awsConsoleSegments({ pathname, searchParams }: URL): string[] {
  const { view, bucket } = /\/s3\/(?<view>buckets|object|upload)\/(?<bucket>[^/]+)/.exec(pathname)?.groups ?? {};
  const prefix = pathSegments(searchParams.get('prefix') ?? '');
  return bucket === undefined ? [] : [bucket, ...(view === 'object' ? prefix.slice(0, -1) : prefix)];
}

/** Creates a parser for the pages of a console. `toAddress` gets the named groups of both patterns. */
function consolePage(
  host: string | RegExp,
  path: RegExp,
  toAddress: (groups: Record<string, string | undefined>) => ParsedAddress,
): (url: URL) => ParsedAddress | undefined {
  return ({ hostname, pathname, hash }) => {
    const hostGroups = typeof host === 'string' ? (hostname === host ? {} : undefined) : host.exec(hostname)?.groups;
    // The addresses of some consoles have the path after the `#`.
    const pathGroups = hostGroups && (path.exec(pathname) ?? path.exec(hash.replace(/^#/, '')))?.groups;
    return pathGroups && toAddress({ ...hostGroups, ...pathGroups });
  };
}

// ---------------------------------------------------------------- helpers

const pathSegments = (path: string): string[] =>
  path
    .split('/')
    .filter((segment) => segment !== '' && segment !== '*')
    .map(decodeSegment);

const bucketAndPrefix = ([bucket, ...rest]: string[]): Pick<ParsedAddress, 'bucket' | 'prefix'> =>
  bucket === undefined ? {} : { bucket, ...prefixOption(rest) };
const prefixOption = (segments: string[]): Pick<ParsedAddress, 'prefix'> =>
  segments.length === 0 ? {} : { prefix: segments.join('/') };

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    if (!(cause instanceof URIError)) throw cause;
    return segment;
  }
}
