/**
 * S3-compatible services as data. The endpoint's host identifies the service, so all facts about a profile's service
 * follow from its settings. Sources: each vendor's S3 page and rclone's `backend/s3/provider/*.yaml` (2026-12).
 */
import type { Preset } from '../../../src-shared/provider.ts';
import type { TextKey } from '../../../src-shared/text/text.ts';

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;
const TiB = 1024 * GiB;
/** Several vendors state their limits in decimal terabytes. */
const TB = 1000 ** 4;

/** Differences between stores that share the S3 API. */
export interface StoreTraits {
  id: string;
  /**
   * How the store verifies the bytes it receives: `x-amz-checksum-crc32`, or Content-MD5, which every S3 server
   * supports. If the store answers 501 to CRC32, Hoist uses Content-MD5.
   */
  checksum: 'crc32' | 'md5';
  /** The region to sign for when the user enters none. */
  region: string;
  /**
   * The region in the signature of each request: the region of the bucket, or always {@link region}, whatever the
   * region field says.
   */
  signedRegion: 'of-bucket' | 'fixed';
  /**
   * Whether the address is `endpoint/bucket/key` (path style) or `bucket.endpoint/key`. `needed`: path style unless
   * the user chooses otherwise. `only`: always path style.
   */
  pathStyle: 'only' | 'needed' | 'refused' | 'either';
  /** `never`: the store rejects every upload with an ACL. */
  acl: 'possible' | 'never';
  /**
   * `endpoint`: an object's public address is its upload address. `base-url`: objects are public only under a domain
   * that cannot be derived from the endpoint. Any other value is a template of the public address, as in
   * public-url.ts.
   */
  publicLinks: 'endpoint' | 'base-url' | `https://${string}`;
  /**
   * How a write requires that the key is free. `none`: the store ignores or refuses every condition, so Hoist asks
   * right before the write whether the key is free.
   */
  condition: 'if-none-match' | 'none';
  /** Whether the store lists unfinished uploads. */
  listsUploads: boolean;
  /** Whether the ETag of a part or of a single PUT is the MD5 of its bytes. */
  etag: 'md5' | 'opaque';
  maxParts: number;
  /** All parts except the last have the same size at every store, because R2 requires it. */
  preferredPartBytes: number;
  maxPartBytes: number;
  maxObjectBytes: number;
  /**
   * Maximum lifetime of a presigned link in days. Signature Version 4 allows a week, even at services that would
   * accept more (Tigris: 90).
   */
  maxLinkDays: number;
  /** An additional rule for bucket names. */
  bucket?: { form: RegExp; why: 'cosBucket' };
}

export interface Service extends StoreTraits {
  name: string;
  /**
   * Matches the host of the service's endpoints; absent for services with custom hosts. Named groups:
   * - `region`, `oldRegion`: the region; `oldRegion` in Amazon's older hosts, such as `s3-eu-west-1.amazonaws.com`
   * - `vhostRegion`: the region in a host that serves only virtual hosts (`bucket.host`)
   * - `anyRegion`: set for a host that serves the buckets of all regions, although each request is signed for the
   *   bucket's region
   * - `namespace`: the account in Oracle's hosts
   */
  host?: RegExp;
  /** Fields that the user must fill besides keys and bucket. */
  asks: ('region' | 'endpoint')[];
  /** The page where users create keys. */
  page?: string;
  help?: TextKey;
  /** The value for the endpoint field. `{region}` follows the region field; the user replaces other braces. */
  endpoint: string;
}

/** AWS: 10,000 parts of at most 5 GiB (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html). */
const defaults = {
  checksum: 'md5',
  region: 'us-east-1',
  signedRegion: 'of-bucket',
  pathStyle: 'either',
  acl: 'possible',
  publicLinks: 'endpoint',
  condition: 'if-none-match',
  listsUploads: true,
  etag: 'md5',
  maxParts: 10_000,
  preferredPartBytes: 16 * MiB,
  maxPartBytes: 5 * GiB,
  maxObjectBytes: 10_000 * 5 * GiB,
  maxLinkDays: 7,
} as const satisfies Omit<StoreTraits, 'id'>;

/** Matches text that any of the patterns matches. */
const anyOf = (...patterns: RegExp[]): RegExp => new RegExp(patterns.map(({ source }) => source).join('|'));

/** A custom server. Path style works without a DNS entry per bucket. */
export const customService: Service = {
  ...defaults,
  id: 'custom',
  name: 'Other S3 server',
  asks: ['endpoint'],
  endpoint: '',
  pathStyle: 'needed',
};

/** A server that users run themselves, on its usual port. `region`: the region in the server's example settings. */
const selfHosted = (id: string, name: string, port: number, region: string = defaults.region): Service => ({
  ...defaults,
  id,
  name,
  asks: ['endpoint'],
  endpoint: `http://127.0.0.1:${port}`,
  pathStyle: 'needed',
  region,
});

export const services: Service[] = [
  {
    ...defaults,
    id: 'aws',
    name: 'Amazon S3',
    asks: ['region'],
    page: 'https://console.aws.amazon.com/iam/home#/security_credentials',
    endpoint: '',
    checksum: 'crc32',
    host: anyOf(
      /^s3(?:-fips)?(?:\.dualstack)?\.(?<region>[a-z]{2,4}(?:-[a-z]+)+-\d)\.amazonaws\.(?:com(?:\.cn)?|eu)$/,
      /^s3-(?<oldRegion>[a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com$/,
      /^s3(?:-external-1)?\.amazonaws\.com$/,
      /^s3-accelerate(?:\.dualstack)?\.amazonaws\.com$/,
    ),
  },
  {
    ...defaults,
    id: 'r2',
    name: 'Cloudflare R2',
    asks: ['endpoint'],
    page: 'https://dash.cloudflare.com/?to=/:account/r2/api-tokens',
    endpoint: 'https://{account}.r2.cloudflarestorage.com',
    host: /^[\w-]+(?:\.(?:eu|fedramp))?\.r2\.cloudflarestorage\.com$/,
    checksum: 'crc32',
    region: 'auto',
    signedRegion: 'fixed',
    acl: 'never',
    publicLinks: 'base-url',
    etag: 'opaque',
    // R2's limits are slightly below 5 GiB and 5 TiB.
    maxPartBytes: 4.995 * GiB,
    maxObjectBytes: 4.995 * TiB,
  },
  {
    ...defaults,
    id: 'b2',
    name: 'Backblaze B2',
    asks: ['region'],
    page: 'https://secure.backblaze.com/app_keys.htm',
    endpoint: 'https://s3.{region}.backblazeb2.com',
    host: /^s3\.(?<region>[\w-]+)\.backblazeb2\.com$/,
    acl: 'never',
    maxObjectBytes: 10 * TB,
  },
  {
    ...defaults,
    id: 'wasabi',
    name: 'Wasabi',
    asks: ['region'],
    page: 'https://console.wasabisys.com/access_keys',
    endpoint: 'https://s3.{region}.wasabisys.com',
    host: /^s3\.(?:(?<region>[\w-]+)\.)?wasabisys\.com$/,
    publicLinks: 'https://s3.{region}.wasabisys.com/{bucket}/{key}',
    maxObjectBytes: 5 * TB,
  },
  // Spaces signs for us-east-1 in every region (https://docs.digitalocean.com/products/spaces/how-to/use-aws-sdks/).
  {
    ...defaults,
    id: 'digitalocean',
    name: 'DigitalOcean Spaces',
    asks: ['region'],
    page: 'https://cloud.digitalocean.com/spaces/access_keys',
    endpoint: 'https://{region}.digitaloceanspaces.com',
    signedRegion: 'fixed',
    host: /^[\w-]+\.digitaloceanspaces\.com$/,
    maxObjectBytes: 5 * TB,
  },
  // Google ignores If-None-Match on PUT, and refuses its own x-goog- headers beside those of Signature Version 4.
  {
    ...defaults,
    id: 'gcs',
    name: 'Google Cloud Storage',
    asks: [],
    page: 'https://console.cloud.google.com/storage/settings;tab=interoperability',
    endpoint: 'https://storage.googleapis.com',
    host: /^storage\.googleapis\.com$/,
    region: 'auto',
    signedRegion: 'fixed',
    condition: 'none',
    pathStyle: 'needed',
    maxObjectBytes: 5 * TiB,
  },
  {
    ...defaults,
    id: 'minio',
    name: 'MinIO',
    asks: ['endpoint'],
    endpoint: 'http://127.0.0.1:9000',
    pathStyle: 'needed',
    help: 's3.preset.minio.help',
  },
  selfHosted('rustfs', 'RustFS', 9000),
  selfHosted('garage', 'Garage', 3900, 'garage'),
  selfHosted('seaweedfs', 'SeaweedFS', 8333),
  selfHosted('versitygw', 'VersityGW', 7070),
  { ...defaults, id: 'ceph', name: 'Ceph RADOS Gateway', asks: ['endpoint'], endpoint: '', pathStyle: 'needed' },
  {
    ...defaults,
    id: 'hetzner',
    name: 'Hetzner Object Storage',
    asks: ['region'],
    page: 'https://console.hetzner.com/projects',
    endpoint: 'https://{region}.your-objectstorage.com',
    host: /^(?<region>[\w-]+)\.your-objectstorage\.com$/,
    maxObjectBytes: 5 * TB,
  },
  {
    ...defaults,
    id: 'scaleway',
    name: 'Scaleway',
    asks: ['region'],
    page: 'https://console.scaleway.com/iam/api-keys',
    endpoint: 'https://s3.{region}.scw.cloud',
    host: /^s3\.(?<region>[\w-]+)\.scw\.cloud$/,
    maxParts: 1000,
    maxObjectBytes: 5 * TB,
  },
  {
    ...defaults,
    id: 'ovh',
    name: 'OVHcloud',
    asks: ['region'],
    page: 'https://www.ovh.com/manager/#/public-cloud/',
    endpoint: 'https://s3.{region}.io.cloud.ovh.net',
    host: /^s3\.(?<region>[\w-]+)\.(?:io|perf)\.cloud\.ovh\.(?:net|us)$/,
    maxObjectBytes: 5 * TB,
  },
  {
    ...defaults,
    id: 'linode',
    name: 'Akamai (Linode)',
    asks: ['region'],
    page: 'https://cloud.linode.com/object-storage/access-keys',
    endpoint: 'https://{region}.linodeobjects.com',
    host: /^(?<region>[\w-]+)\.linodeobjects\.com$/,
    maxObjectBytes: 5 * TB,
  },
  {
    ...defaults,
    id: 'storj',
    name: 'Storj',
    asks: [],
    page: 'https://storj.dev/dcs/api/s3/credentials',
    endpoint: 'https://gateway.storjshare.io',
    host: /^gateway\.(?:[\w-]+\.)?storjshare\.io$/,
    acl: 'never',
    publicLinks: 'base-url',
    etag: 'opaque',
    preferredPartBytes: 64 * MiB,
  },
  {
    ...defaults,
    id: 'tigris',
    name: 'Tigris',
    asks: [],
    page: 'https://console.storage.dev/',
    endpoint: 'https://t3.storage.dev',
    host: /^(?:t3|fly)\.storage(?:\.tigris)?\.dev$/,
    region: 'auto',
    signedRegion: 'fixed',
    pathStyle: 'refused',
    publicLinks: 'https://{bucket}.t3.tigrisfiles.io/{key}',
    etag: 'opaque',
    maxObjectBytes: 5 * TB,
  },
  {
    ...defaults,
    id: 'idrive',
    name: 'IDrive e2',
    asks: ['region', 'endpoint'],
    page: 'https://app.idrivee2.com/',
    endpoint: 'https://s3.{region}.idrivee2.com',
    host: /^s3\.(?<region>[\w-]+)\.idrivee2\.com$|^[\w-]+\.[\w-]+\.idrivee2-\d+\.com$/,
    pathStyle: 'needed',
  },
  {
    ...defaults,
    id: 'oracle',
    name: 'Oracle Cloud',
    asks: ['region', 'endpoint'],
    page: 'https://cloud.oracle.com/identity/domains/my-profile/secret-keys',
    endpoint: 'https://{namespace}.compat.objectstorage.{region}.oci.customer-oci.com',
    host: anyOf(
      /^(?<namespace>[\w-]+)\.compat\.objectstorage\.(?<region>[\w-]+)\.(?:oci\.customer-oci|oraclecloud)\.com$/,
      /^vhcompat\.objectstorage\.(?<vhostRegion>[\w-]+)\.oci\.customer-oci\.com$/,
    ),
    pathStyle: 'only',
    acl: 'never',
    publicLinks: 'https://objectstorage.{region}.oraclecloud.com/n/{namespace}/b/{bucket}/o/{key-encoded}',
    maxObjectBytes: 10 * TiB,
  },
  {
    ...defaults,
    id: 'oss',
    name: 'Alibaba Cloud OSS',
    asks: ['region'],
    page: 'https://ram.console.aliyun.com/manage/ak',
    endpoint: 'https://s3.oss-{region}.aliyuncs.com',
    host: anyOf(
      /^(?:s3\.)?oss-(?!accelerate)(?<region>[\w-]+?)(?:-internal)?\.aliyuncs\.com$/,
      /^oss-(?<anyRegion>accelerate(?:-overseas)?)\.aliyuncs\.com$/,
    ),
    pathStyle: 'refused',
    publicLinks: 'https://{bucket}.oss-{region}.aliyuncs.com/{key}',
    listsUploads: false,
    etag: 'opaque',
  },
  {
    ...defaults,
    id: 'cos',
    name: 'Tencent Cloud COS',
    asks: ['region'],
    page: 'https://console.cloud.tencent.com/cam/capi',
    endpoint: 'https://cos.{region}.myqcloud.com',
    host: /^cos\.(?!accelerate)(?<region>[\w-]+)\.myqcloud\.com$|^cos\.(?<anyRegion>accelerate)\.myqcloud\.com$/,
    bucket: { form: /-\d{5,}$/, why: 'cosBucket' },
    etag: 'opaque',
  },
  customService,
];

/**
 * `isRegionInHost`: the host names the region; otherwise `region` is the service's default. `isRegionNeeded`: neither
 * the host nor the default is the region, so the user must enter it.
 */
export interface RecognizedService {
  service: Service;
  region: string;
  isRegionInHost: boolean;
  isRegionNeeded: boolean;
  namespace?: string;
}

/** Finds the service of an endpoint's host, and the region in the host. */
export function serviceForHost(host: string): RecognizedService {
  for (const service of services) {
    const match = service.host?.exec(host);
    if (match) return toRecognizedService(service, match.groups ?? {});
  }
  return { service: customService, region: customService.region, isRegionInHost: false, isRegionNeeded: false };
}

function toRecognizedService(
  service: Service,
  { region, oldRegion, vhostRegion, anyRegion, namespace }: Record<string, string | undefined>,
): RecognizedService {
  const regionInHost = region ?? oldRegion ?? vhostRegion;
  // Oracle has separate hosts for virtual hosts and for paths; each host serves only one of them.
  const effectiveService: Service = vhostRegion === undefined ? service : { ...service, pathStyle: 'refused' };
  return {
    service: effectiveService,
    region: regionInHost ?? service.region,
    isRegionInHost: regionInHost !== undefined,
    isRegionNeeded: anyRegion !== undefined,
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** Choosing a service fills these fields. The user's bucket, keys and region stay. */
export const presets: Preset[] = services.map((service) => ({
  id: service.id,
  name: service.name,
  values: {
    endpoint: service.endpoint,
    ...(service.region === defaults.region ? {} : { region: service.region }),
  },
  asks: service.asks,
  ...(service.page === undefined ? {} : { page: service.page }),
  ...(service.help === undefined ? {} : { help: service.help }),
}));
