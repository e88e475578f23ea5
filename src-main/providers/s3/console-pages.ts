/** Parses addresses that are not S3 endpoints: pages of buckets in consoles, and addresses of public files. */
import { regionsByService } from './known-regions.ts';
import {
  bucketAndPrefix,
  folderOf,
  folderOfEncodedFile,
  pathSegments,
  prefixOption,
  type ParsedAddress,
} from './parsed-address.ts';

export const r2Endpoint = (account: string, jurisdiction = 'default'): string =>
  `https://${account.toLowerCase()}${jurisdiction === 'default' ? '' : `.${jurisdiction}`}.r2.cloudflarestorage.com`;

const awsConsoleDomains = ['aws.amazon.com', 'amazonaws.cn', 'amazonaws-us-gov.com', 'amazonaws-eusc.eu']
  .join('|')
  .replaceAll('.', '\\.');
// The host of the AWS console, such as `eu-west-1.console.aws.amazon.com`. If the user is signed in to several
// accounts, the host begins with the account, as in `111122223333-abcdefgh`.
const awsConsole = new RegExp(
  `^(?:\\d{12}-\\w+\\.)?(?:(?<region>[a-z]{2,4}(?:-[a-z]+)+-\\d)\\.)?(?:s3\\.)?console\\.(?:${awsConsoleDomains})$`,
);
/** The path of a page about access points, object Lambda access points or multi-Region access points. */
const awsAccessPointPage = /^\/s3\/(?:ap|olap|mrap)s?(?:\/|$)/;
export const isAwsConsole = (host: string): boolean => awsConsole.test(host);

const r2Object = '(?:/objects/(?<key>[^/]+))?';
/** `/ACCOUNT/r2`, `/ACCOUNT/r2/eu/buckets/BUCKET` or `/ACCOUNT/r2/eu/buckets/BUCKET/objects/ENCODED-KEY` */
const r2Page = new RegExp(
  `^/(?<account>[\\da-f]{32})/r2(?:/(?<jurisdiction>default|eu|fedramp)/buckets/(?<bucket>[^/]+)${r2Object})?`,
  'i',
);

/**
 * Parsers for the pages of buckets in consoles, and for other addresses that are not S3 endpoints. The first parser
 * that recognizes the address is used.
 */
export const consolePages: readonly ((url: URL) => ParsedAddress | undefined)[] = [
  (url) => {
    const match = awsConsole.exec(url.hostname);
    const region = url.searchParams.get('region') ?? match?.groups?.region;
    return match && !awsAccessPointPage.test(url.pathname)
      ? { service: 'aws', ...(region === undefined ? {} : { region }), ...bucketAndPrefix(awsConsoleSegments(url)) }
      : undefined;
  },
  consolePage('dash.cloudflare.com', r2Page, ({ account = '', jurisdiction, bucket = '', key }, query) => ({
    service: 'r2',
    endpoint: r2Endpoint(account, jurisdiction),
    ...bucketAndPrefix([
      ...pathSegments(bucket),
      ...(key === undefined ? folderIn(query, 'prefix') : folderOfEncodedFile(key)),
    ]),
  })),
  // https://f004.backblazeb2.com/file/BUCKET/FOLDER/FILE. The host names the last part of the region `us-west-004`.
  consolePage(
    /^f(?<cluster>\d{3})\.backblazeb2\.com$/,
    /^\/(?:file\/(?<path>.+)|b2api\/)/,
    ({ cluster, path = '' }) => {
      const region = regionsByService.b2?.find((b2Region) => b2Region.endsWith(`-${cluster}`));
      return {
        service: 'b2',
        ...(region === undefined ? {} : { region, endpoint: `https://s3.${region}.backblazeb2.com` }),
        ...bucketAndPrefix(folderOf(path)),
      };
    },
  ),
  consolePage('cloud.digitalocean.com', /^\/spaces\/(?<path>[^/]+)/, ({ path = '' }, query) => ({
    service: 'digitalocean',
    endpoint: 'https://{region}.digitaloceanspaces.com',
    ...bucketAndPrefix([...pathSegments(path), ...folderIn(query, 'path')]),
  })),
  // /storage/browser/BUCKET/FOLDER, or /storage/browser/_details/BUCKET/FOLDER/FILE for the page of a file
  consolePage(
    'console.cloud.google.com',
    /^\/storage\/browser\/(?<details>_details\/)?(?<path>[^;]+)/,
    ({ details, path = '' }) =>
      inGoogleBucket(details === undefined ? pathSegments(path) : pathSegments(path).slice(0, -1)),
  ),
  // The JSON API of Google (/storage/v1/b/BUCKET/o/ENCODED-KEY) and of Firebase (/v0/b/BUCKET/o/ENCODED-KEY). Other
  // paths of storage.googleapis.com belong to the S3 endpoint.
  consolePage(
    /^(?:storage|www|firebasestorage)\.googleapis\.com$/,
    /^\/(?:(?:download\/|upload\/)?storage\/v1|v0)\/b\/(?<bucket>[^/]+)(?:\/o(?:\/(?<key>[^/]+))?)?\/?$/,
    ({ bucket = '', key = '' }) => inGoogleBucket([...pathSegments(bucket), ...folderOfEncodedFile(key)]),
  ),
  // Other hosts for Google's objects: /BUCKET/FOLDER/FILE
  consolePage(/^(?:storage\.cloud\.google|commondatastorage\.googleapis)\.com$/, /^\/(?<path>.+)/, ({ path = '' }) =>
    inGoogleBucket(folderOf(path)),
  ),
  consolePage('console.wasabisys.com', /\/file_manager\/(?<path>.+)/, ({ path = '' }, query) => ({
    service: 'wasabi',
    endpoint: 'https://s3.{region}.wasabisys.com',
    ...regionIn(query),
    ...bucketAndPrefix(pathSegments(path)),
  })),
  consolePage(
    'console.scaleway.com',
    /^\/object-storage\/buckets\/(?<region>[a-z]{2}-[a-z]{3})\/(?<path>[^/]+)(?:\/explorer\/(?<folder>.+))?/,
    ({ region = '', path = '', folder = '' }) => ({
      service: 'scaleway',
      region,
      endpoint: `https://s3.${region}.scw.cloud`,
      ...bucketAndPrefix([...pathSegments(path), ...folderOf(folder)]),
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
  // A shared link of Storj: /s/ACCESS-KEY/BUCKET/FOLDER/FILE, or /raw/… for the file itself
  consolePage('link.storjshare.io', /^\/(?:s|raw)\/\w+\/(?<path>.+)/, ({ path = '' }) => ({
    service: 'storj',
    endpoint: 'https://gateway.storjshare.io',
    ...bucketAndPrefix(folderOf(path)),
  })),
  // Storj's console
  consolePage(/^(?:eu1|us1|ap1)\.storj\.io$/, /^\/projects\/[^/]+\/buckets\/(?<path>.+)/, ({ path = '' }) => ({
    service: 'storj',
    endpoint: 'https://gateway.storjshare.io',
    ...bucketAndPrefix(folderOf(path)),
  })),
  // Supabase's S3 endpoint (/storage/v1/s3), and its addresses of files (/storage/v1/object/public/BUCKET/FILE).
  consolePage(
    /^(?<project>[a-z\d]+)\.(?:storage\.)?supabase\.co$/,
    /^\/storage\/v1\/(?:s3|object\/(?:public|sign|authenticated))(?<path>(?:\/.*)?)$/,
    ({ project = '', path = '' }) => ({
      service: 'custom',
      endpoint: `https://${project}.storage.supabase.co/storage/v1/s3`,
      ...bucketAndPrefix(folderOf(path)),
      pathStyle: true,
    }),
  ),
  // Vultr has no preset. Its addresses have the bucket in the host name.
  consolePage(
    /^(?<bucket>[\w.-]+)\.(?<endpointHost>[a-z]{3}\d\.vultrobjects\.com)$/,
    /^(?<path>\/.*)$/,
    ({ bucket = '', endpointHost = '', path = '' }) => ({
      service: 'custom',
      endpoint: `https://${endpointHost}`,
      bucket,
      ...prefixOption(folderOf(path)),
      pathStyle: false,
    }),
  ),
  // The domain of Tigris' public objects. Requests with a key go to t3.storage.dev.
  consolePage(/^(?<bucket>.+)\.t3\.tigrisfiles\.io$/, /^(?<path>\/.*)$/, ({ bucket = '', path = '' }) => ({
    service: 'tigris',
    endpoint: 'https://t3.storage.dev',
    bucket,
    ...prefixOption(folderOf(path)),
  })),
  // Oracle's own API: /n/NAMESPACE/b/BUCKET/o/ENCODED-KEY, after /p/TOKEN in a pre-authenticated link
  consolePage(
    /^(?:[\w-]+\.)?objectstorage\.(?<region>[\w-]+)\.(?:oraclecloud|oci\.customer-oci)\.com$/,
    /^(?:\/p\/[^/]+)?\/n\/(?<account>[\w-]+)\/b\/(?<bucket>[^/]+)(?:\/o\/(?<key>.+))?/,
    ({ region = '', account = '', bucket = '', key = '' }) => ({
      service: 'oracle',
      region,
      endpoint: `https://${account}.compat.objectstorage.${region}.oci.customer-oci.com`,
      ...bucketAndPrefix([...pathSegments(bucket), ...folderOfEncodedFile(key)]),
    }),
  ),
  consolePage(
    'oss.console.aliyun.com',
    /^\/bucket\/oss-(?<region>[\w-]+)\/(?<path>[^/]+)/,
    ({ region = '', path = '' }, query) => ({
      service: 'oss',
      region,
      endpoint: `https://s3.oss-${region}.aliyuncs.com`,
      ...bucketAndPrefix([...pathSegments(path), ...folderIn(query, 'path')]),
    }),
  ),
  // Tencent's hosts of websites, such as BUCKET.cos-website.ap-guangzhou.myqcloud.com, and its CDN,
  // BUCKET.file.myqcloud.com, whose host does not name the region.
  consolePage(
    /^(?<bucket>[\w-]+)\.(?:cos-website\.(?<region>[\w-]+)|file)\.myqcloud\.com$/,
    /^(?<path>\/.*)$/,
    ({ bucket = '', region, path = '' }) => ({
      service: 'cos',
      ...(region === undefined ? {} : { region }),
      endpoint: `https://cos.${region ?? '{region}'}.myqcloud.com`,
      bucket,
      ...prefixOption(folderOf(path)),
    }),
  ),
  // Tencent's console, which has the bucket and the region in the query.
  ({ hostname, searchParams }) => {
    const [bucket, region] = [searchParams.get('bucket'), searchParams.get('region')];
    if (!/^console\.(?:cloud\.tencent\.com|tencentcloud\.com)$/.test(hostname) || bucket === null) return undefined;
    return {
      service: 'cos',
      bucket,
      ...(region === null ? {} : { region, endpoint: `https://cos.${region}.myqcloud.com` }),
    };
  },
];

const inGoogleBucket = (segments: string[]): ParsedAddress => ({
  service: 'gcs',
  endpoint: 'https://storage.googleapis.com',
  ...bucketAndPrefix(segments),
});

const folderIn = (query: URLSearchParams, parameter: string): string[] => pathSegments(query.get(parameter) ?? '');

function regionIn(query: URLSearchParams): Pick<ParsedAddress, 'region'> {
  const region = query.get('region') ?? '';
  return region === '' ? {} : { region };
}

/** Returns the bucket and the segments of the folder. On the page of a file, this is the file's folder. */
function awsConsoleSegments({ pathname, searchParams }: URL): string[] {
  const { view, bucket } = /\/s3\/(?<view>buckets|object|upload)\/(?<bucket>[^/]+)/.exec(pathname)?.groups ?? {};
  const prefix = pathSegments(searchParams.get('prefix') ?? '');
  return bucket === undefined ? [] : [bucket, ...(view === 'object' ? prefix.slice(0, -1) : prefix)];
}

/**
 * Creates a parser for the pages of one console.
 * @param host the host name, or a pattern for it
 * @param toAddress gets the named groups of `host` and `path`, and the page's query
 */
function consolePage(
  host: string | RegExp,
  path: RegExp,
  toAddress: (groups: Record<string, string | undefined>, query: URLSearchParams) => ParsedAddress,
): (url: URL) => ParsedAddress | undefined {
  const hostPattern = typeof host === 'string' ? new RegExp(`^${host.replaceAll('.', '\\.')}$`) : host;
  return (url) => {
    const hostMatch = hostPattern.exec(url.hostname);
    if (!hostMatch) return undefined;
    for (const { pathname, searchParams } of [url, ...pageAfterHash(url)]) {
      const match = path.exec(pathname);
      if (match) return toAddress({ ...hostMatch.groups, ...match.groups }, searchParams);
    }
    return undefined;
  };
}

/** The addresses of some consoles have the path and the query after the `#`. */
function pageAfterHash({ hash, origin }: URL): URL[] {
  const page = origin + hash.replace(/^#/, '');
  return hash.startsWith('#/') && URL.canParse(page) ? [new URL(page)] : [];
}
