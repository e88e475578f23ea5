/**
 * What people copy when they are asked where their bucket is: its page in a console, the address of a file in it, a link
 * that somebody sent, `s3://…`, an ARN, half an endpoint. What can be known of it without asking anybody is read out of it.
 */
import { reachOf } from '../../platform/address.ts';
import { isAwsVariant, type AwsVariant } from './aws-endpoints.ts';
import { serviceOf, type Recognised } from './presets.ts';
import { regionsOf } from './regions.ts';

/**
 * Only what was said. Amazon has no `endpoint`: its address is made of `region` and `awsEndpoint`. `endpoint` is
 * `https://host`, with port and path where there are any, and with `{region}` where that has to be asked for. `prefix` is as it was written, without slashes at its ends.
 */
export interface ReadAddress {
  service: string;
  endpoint?: string;
  awsEndpoint?: AwsVariant;
  region?: string;
  bucket?: string;
  prefix?: string;
  pathStyle?: boolean;
}

/** Into which field it was pasted: `photos` is a bucket in one and a host in the other. */
export type PastedInto = 'bucket' | 'endpoint';

/** @returns undefined for what is neither an address nor a name */
export function readAddress(typed: string, into: PastedInto): ReadAddress | undefined {
  const pasted = typed
    .trim()
    .replace(/^[<`"']+|[>`"']+$/g, '')
    .trim();
  return into === 'endpoint'
    ? (readAccount(pasted) ?? readUri(pasted) ?? readUrl(pasted, into))
    : (readUri(pasted) ?? readName(pasted) ?? readUrl(pasted, into));
}

const unknown = 'custom';

// ---------------------------------------------------------------- not a web address

/** Cloudflare shows the account's id more often than the address that is made of it. */
const readAccount = (pasted: string): ReadAddress | undefined =>
  /^[\da-f]{32}$/i.test(pasted) ? { service: 'r2', endpoint: r2Endpoint(pasted) } : undefined;

const r2Endpoint = (account: string, jurisdiction = 'default'): string =>
  `https://${account.toLowerCase()}${jurisdiction === 'default' ? '' : `.${jurisdiction}`}.r2.cloudflarestorage.com`;

/** `s3://name/folder` and how other tools write it, or `arn:aws:s3:::name/folder`. An access point has no name that a bucket could have. */
function readUri(pasted: string): ReadAddress | undefined {
  const { scheme, bucket, path } =
    /^(?:(?<scheme>s3|s3a|s3n|gs|oss|cos|r2|b2):\/\/|arn:aws(?:-\w+)*:s3:::)(?<bucket>[^/:?#]+)(?<path>\/.*)?$/i.exec(
      pasted,
    )?.groups ?? {};
  if (bucket === undefined) return undefined;
  return {
    service: unknown,
    bucket,
    ...prefixIn(segmentsOf(path ?? '')),
    ...(scheme?.toLowerCase() === 'gs' ? { service: 'gcs', endpoint: 'https://storage.googleapis.com' } : {}),
  };
}

/** `name` or `name/folder`, unless it begins with the host of a service or a port. */
function readName(pasted: string): ReadAddress | undefined {
  const { name, path } = /^(?<name>[^/:\s?#]+)(?<path>\/[^?#]*)?$/.exec(pasted)?.groups ?? {};
  if (name === undefined || locate(name.toLowerCase()).recognised.service.id !== unknown || isConsole(name))
    return undefined;
  return { service: unknown, bucket: name, ...prefixIn(segmentsOf(path ?? '')) };
}

// ---------------------------------------------------------------- web addresses

function readUrl(pasted: string, into: PastedInto): ReadAddress | undefined {
  const url = urlOf(pasted);
  if (!url || url.username + url.password !== '') return undefined;
  for (const read of pages) {
    const found = read(url);
    if (found) return found;
  }
  const at = locate(url.hostname);
  if (at.recognised.service.id !== unknown) return ofService(url, at);
  const signed = isSigned(url);
  // What else a web address has behind its path belongs to no store.
  if (!signed && url.search + url.hash !== '') return undefined;
  return into === 'bucket' || signed
    ? ofUnknown(url, signed)
    : { service: unknown, endpoint: url.origin + url.pathname.replace(/\/+$/, '') };
}

function urlOf(pasted: string): URL | undefined {
  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(pasted) ? pasted : `https://${pasted}`;
  if (/[\s\\{}]/.test(address) || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (address !== pasted && reachOf(url.hostname) === 'this-computer') url.protocol = 'http:';
  return /^https?:$/.test(url.protocol) ? url : undefined;
}

/** Of a host: the service's own part, and what is before it. */
interface Located {
  host: string;
  bucket?: string;
  recognised: Recognised;
  isWebsite?: true;
}

/** `photos.s3.eu-west-1.amazonaws.com` is the bucket `photos` at `s3.eu-west-1.amazonaws.com`. */
function locate(hostname: string): Located {
  const { bucket: site, region: siteRegion } =
    /^(?<bucket>.+)\.s3-website[.-](?<region>[\w-]+)\.amazonaws\.com(?:\.cn)?$/.exec(hostname)?.groups ?? {};
  if (site !== undefined)
    return {
      host: `s3.${siteRegion}.amazonaws.com`,
      bucket: site,
      recognised: serviceOf(`s3.${siteRegion}.amazonaws.com`),
      isWebsite: true,
    };
  const labels = hostname.replace('.cdn.digitaloceanspaces.com', '.digitaloceanspaces.com').split('.');
  // The longest host that a service has; whole first, because Spaces calls a bucket as it calls a region.
  for (let count = 0; count <= labels.length - 2; count++) {
    const host = labels.slice(count).join('.');
    const recognised = serviceOf(host);
    if (recognised.service.id !== unknown)
      return { host, ...(count === 0 ? {} : { bucket: labels.slice(0, count).join('.') }), recognised };
  }
  return { host: hostname, recognised: serviceOf(hostname) };
}

function ofService(url: URL, { host, bucket, recognised, isWebsite }: Located): ReadAddress {
  const segments = folderOf(url);
  const path = bucket === undefined ? segments : [bucket, ...segments];
  const region =
    recognised.namesRegion && recognised.service.signsFor === 'its-region' ? recognised.region : signedRegion(url);
  const isHere = { service: recognised.service.id, ...(region === undefined ? {} : { region }), ...inBucket(path) };
  if (recognised.service.id === 'aws') return { ...isHere, ...(isWebsite ? {} : variantOf(host)) };
  return {
    ...isHere,
    endpoint: `https://${host}${url.port === '' ? '' : `:${url.port}`}`,
    ...(bucket === undefined ? {} : { pathStyle: false }),
  };
}

function ofUnknown(url: URL, signed: boolean): ReadAddress {
  const region = signedRegion(url);
  const segments = signed ? folderOf(url) : segmentsOf(url.pathname);
  // The page of a bucket in MinIO's console, which has a port of its own beside that of the store.
  const [first, bucket] = segments;
  if (first === 'browser' && bucket !== undefined)
    return {
      service: unknown,
      endpoint: `${url.protocol}//${url.hostname}${url.port === '9001' ? ':9000' : url.port && `:${url.port}`}`,
      ...inBucket(segments.slice(1)),
      pathStyle: true,
    };
  return {
    service: unknown,
    endpoint: url.origin,
    ...(region === undefined ? {} : { region }),
    ...inBucket(segments),
    pathStyle: true,
  };
}

function variantOf(host: string): { awsEndpoint?: AwsVariant } {
  const variant = [
    host.startsWith('s3-fips') && 'fips',
    host.startsWith('s3-accelerate') && 'accelerate',
    host.includes('.dualstack.') && 'dualstack',
  ]
    .filter(Boolean)
    .join('-');
  return isAwsVariant(variant) ? { awsEndpoint: variant } : {};
}

// ---------------------------------------------------------------- links that somebody signed

const isSigned = ({ searchParams }: URL): boolean =>
  ['X-Amz-Signature', 'X-Goog-Signature', 'Signature'].some((name) => searchParams.has(name));

/** `AKID/20261128/eu-west-1/s3/aws4_request` */
const signedRegion = ({ searchParams }: URL): string | undefined =>
  /^[^/]+\/\d{8}\/(?<region>[a-z0-9-]{2,40})\/s3\//.exec(searchParams.get('X-Amz-Credential') ?? '')?.groups?.region;

/** A link is to a file: what is before it is the folder. */
const folderOf = (url: URL): string[] =>
  isSigned(url) ? segmentsOf(url.pathname).slice(0, -1) : segmentsOf(url.pathname);

// ---------------------------------------------------------------- pages for people

const awsConsole =
  /^(?:(?<region>[a-z]{2}(?:-[a-z]+)+-\d)\.)?(?:s3\.)?console\.(?:aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com)$/;
const isConsole = (host: string): boolean => awsConsole.test(host);

/** Addresses of buckets in the consoles of services, and other addresses that are not their S3 endpoints. */
const pages: readonly ((url: URL) => ReadAddress | undefined)[] = [
  (url) => {
    const match = awsConsole.exec(url.hostname);
    const region = url.searchParams.get('region') ?? match?.groups?.region;
    return match
      ? { service: 'aws', ...(region === undefined ? {} : { region }), ...inBucket(shownByAws(url)) }
      : undefined;
  },
  page(
    'dash.cloudflare.com',
    /^\/(?<account>[\da-f]{32})\/r2(?:\/(?<jurisdiction>default|eu|fedramp)\/buckets\/(?<path>[^/]+))?/i,
    ({ account = '', jurisdiction, path }) => ({
      service: 'r2',
      endpoint: r2Endpoint(account, jurisdiction),
      ...inBucket(segmentsOf(path ?? '')),
    }),
  ),
  page(/^f(?<region>\d{3})\.backblazeb2\.com$/, /^\/file\/(?<path>.+)/, ({ region: cluster, path = '' }) => {
    const region = regionsOf.b2?.find((one) => one.endsWith(`-${cluster}`));
    return {
      service: 'b2',
      ...(region === undefined ? {} : { region, endpoint: `https://s3.${region}.backblazeb2.com` }),
      ...inBucket(segmentsOf(path)),
    };
  }),
  page('cloud.digitalocean.com', /^\/spaces\/(?<path>[^/]+)/, ({ path = '' }) => ({
    service: 'digitalocean',
    endpoint: 'https://{region}.digitaloceanspaces.com',
    ...inBucket(segmentsOf(path)),
  })),
  page('console.cloud.google.com', /^\/storage\/browser\/(?:_details\/)?(?<path>[^;]+)/, ({ path = '' }) => ({
    service: 'gcs',
    endpoint: 'https://storage.googleapis.com',
    ...inBucket(segmentsOf(path)),
  })),
  page('storage.cloud.google.com', /^\/(?<path>.+)/, ({ path = '' }) => ({
    service: 'gcs',
    endpoint: 'https://storage.googleapis.com',
    ...inBucket(segmentsOf(path)),
  })),
  page('console.wasabisys.com', /\/file_manager\/(?<path>.+)/, ({ path = '' }) => ({
    service: 'wasabi',
    endpoint: 'https://s3.{region}.wasabisys.com',
    ...inBucket(segmentsOf(path)),
  })),
  page(
    'console.scaleway.com',
    /^\/object-storage\/buckets\/(?<region>[a-z]{2}-[a-z]{3})\/(?<path>[^/]+)/,
    ({ region = '', path = '' }) => ({
      service: 'scaleway',
      region,
      endpoint: `https://s3.${region}.scw.cloud`,
      ...inBucket(segmentsOf(path)),
    }),
  ),
  page(
    'cloud.linode.com',
    /^\/object-storage\/buckets\/(?<region>[\w-]+)\/(?<path>[^/]+)/,
    ({ region = '', path = '' }) => ({
      service: 'linode',
      region,
      endpoint: `https://${region}.linodeobjects.com`,
      ...inBucket(segmentsOf(path)),
    }),
  ),
  page('link.storjshare.io', /^\/(?:s|raw)\/\w+\/(?<path>.+)/, ({ path = '' }) => ({
    service: 'storj',
    endpoint: 'https://gateway.storjshare.io',
    ...inBucket(segmentsOf(path)),
  })),
  page(
    /^objectstorage\.(?<region>[\w-]+)\.oraclecloud\.com$/,
    /^\/n\/(?<account>[\w-]+)\/b\/(?<path>[^/]+)/,
    ({ region = '', account = '', path = '' }) => ({
      service: 'oracle',
      region,
      endpoint: `https://${account}.compat.objectstorage.${region}.oci.customer-oci.com`,
      ...inBucket(segmentsOf(path)),
    }),
  ),
  page('oss.console.aliyun.com', /^\/bucket\/oss-(?<region>[\w-]+)\/(?<path>[^/]+)/, ({ region = '', path = '' }) => ({
    service: 'oss',
    region,
    endpoint: `https://s3.oss-${region}.aliyuncs.com`,
    ...inBucket(segmentsOf(path)),
  })),
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

/** The bucket and the folder; of the page of a file, the folder that it is in. */
function shownByAws({ pathname, searchParams }: URL): string[] {
  const { what, bucket } = /\/s3\/(?<what>buckets|object|upload)\/(?<bucket>[^/]+)/.exec(pathname)?.groups ?? {};
  const prefix = segmentsOf(searchParams.get('prefix') ?? '');
  return bucket === undefined ? [] : [bucket, ...(what === 'object' ? prefix.slice(0, -1) : prefix)];
}

/** Groups of host and path together. */
function page(
  host: string | RegExp,
  path: RegExp,
  read: (groups: Record<string, string | undefined>) => ReadAddress,
): (url: URL) => ReadAddress | undefined {
  return ({ hostname, pathname, hash }) => {
    const inHost = typeof host === 'string' ? (hostname === host ? {} : undefined) : host.exec(hostname)?.groups;
    // Some consoles keep where one is behind the `#`.
    const inPath = inHost && (path.exec(pathname) ?? path.exec(hash.replace(/^#/, '')))?.groups;
    return inPath && read({ ...inHost, ...inPath });
  };
}

// ---------------------------------------------------------------- words

const segmentsOf = (path: string): string[] =>
  path
    .split('/')
    .filter((segment) => segment !== '' && segment !== '*')
    .map(decoded);

const inBucket = ([bucket, ...rest]: string[]): Pick<ReadAddress, 'bucket' | 'prefix'> =>
  bucket === undefined ? {} : { bucket, ...prefixIn(rest) };
const prefixIn = (segments: string[]): Pick<ReadAddress, 'prefix'> =>
  segments.length === 0 ? {} : { prefix: segments.join('/') };

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    if (!(cause instanceof URIError)) throw cause;
    return segment;
  }
}
