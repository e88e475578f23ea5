/** Parses addresses that are not S3 endpoints: pages of buckets in consoles, and addresses of public files. */
import { regionsByService } from './known-regions.ts';
import { bucketAndPrefix, folderOf, pathSegments, prefixOption, type ParsedAddress } from './parsed-address.ts';

export const r2Endpoint = (account: string, jurisdiction = 'default'): string =>
  `https://${account.toLowerCase()}${jurisdiction === 'default' ? '' : `.${jurisdiction}`}.r2.cloudflarestorage.com`;

const awsConsoleDomains = ['aws.amazon.com', 'amazonaws.cn', 'amazonaws-us-gov.com', 'amazonaws-eusc.eu']
  .join('|')
  .replaceAll('.', '\\.');
const awsConsole = new RegExp(
  `^(?:(?<region>[a-z]{2,4}(?:-[a-z]+)+-\\d)\\.)?(?:s3\\.)?console\\.(?:${awsConsoleDomains})$`,
);
export const isAwsConsole = (host: string): boolean => awsConsole.test(host);

/** Addresses of buckets in consoles, and other addresses that are not S3 endpoints. */
export const consolePages: readonly ((url: URL) => ParsedAddress | undefined)[] = [
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
      ...bucketAndPrefix(folderOf(path)),
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
    ...bucketAndPrefix(folderOf(path)),
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
    ...bucketAndPrefix(folderOf(path)),
  })),
  // The domain of Tigris' public objects. Requests with a key go to t3.storage.dev.
  consolePage(/^(?<bucket>.+)\.t3\.tigrisfiles\.io$/, /^(?<path>\/.*)$/, ({ bucket = '', path = '' }) => ({
    service: 'tigris',
    endpoint: 'https://t3.storage.dev',
    bucket,
    ...prefixOption(folderOf(path)),
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
