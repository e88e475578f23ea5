/**
 * S3-compatible services as data. A service is recognised by its endpoint's host, so what a profile needs to know about
 * it follows from its settings alone. Sources: each vendor's S3 page and rclone's `backend/s3/provider/*.yaml` (2026-08).
 */
import type { Preset } from '../../../src-shared/provider.ts';

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;
const TiB = 1024 * GiB;

/** What differs between stores behind the same API. */
export interface StoreTraits {
  id: string;
  /** How the store checks what it received: `x-amz-checksum-crc32`, or Content-MD5, which every S3 server knows. */
  checksum: 'crc32' | 'md5';
  /** The region that requests are signed for when the user names none. */
  region: string;
  /** `one`: whatever the region field says, requests are signed for {@link region}. */
  signsFor: 'its-region' | 'one';
  /** Does `endpoint/bucket/key` work, or is it `bucket.endpoint/key`? `needed`: unless the user says otherwise; `only`: whatever the user says. */
  pathStyle: 'only' | 'needed' | 'refused' | 'either';
  /** `never`: the store answers every upload that carries an ACL with an error. */
  acl: 'possible' | 'never';
  /**
   * `endpoint`: an object's public address is the one that it was sent to. `base-url`: objects are public only under a domain
   * that cannot be derived from the endpoint. Anything else is the template of it, as in public-url.ts.
   */
  publicLinks: 'endpoint' | 'base-url' | `https://${string}`;
  /** How a write is told that nothing may be there: `generation` is Google's header, because its store passes over `If-None-Match`. */
  condition: 'if-none-match' | 'generation';
  /** Can the store be asked which uploads are unfinished? */
  listsUploads: boolean;
  /** Is the ETag of a part or a single PUT the MD5 of its bytes? */
  etag: 'md5' | 'opaque';
  maxParts: number;
  /** All parts but the last are equal everywhere, because R2 wants it so. */
  preferredPartBytes: number;
  maxPartBytes: number;
  maxObjectBytes: number;
  /** Days for which a signed address may live. Signature Version 4 ends at a week, also where the service would take more (Tigris: 90). */
  maxLinkDays: number;
  /** What a bucket's name has to look like besides. */
  bucket?: { form: RegExp; why: 'cosBucket' };
}

export interface Service extends StoreTraits {
  name: string;
  /**
   * Matches the host of its endpoints; a group `region` in it is the region, `oldRegion` too, and `vhostRegion` where only
   * virtual hosts are served. Absent for servers with a host of their own.
   */
  host?: RegExp;
  /** What has to be asked besides keys and bucket. */
  asks: ('region' | 'endpoint')[];
  /** Where its keys are made, for people. */
  page?: string;
  /** What the endpoint field is filled with; `{region}` follows the region field, other braces are for the user to fill. */
  endpoint: string;
}

/** AWS: 10,000 parts of at most 5 GiB (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html). */
const defaults = {
  checksum: 'md5',
  region: 'us-east-1',
  signsFor: 'its-region',
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

/** A server of one's own. Path style is what works without a DNS entry for every bucket. */
export const customService: Service = {
  ...defaults,
  id: 'custom',
  name: 'Other S3 server',
  asks: ['endpoint', 'region'],
  endpoint: '',
  pathStyle: 'needed',
};

export const services: Service[] = [
  {
    ...defaults,
    id: 'aws',
    name: 'Amazon S3',
    asks: ['region'],
    page: 'https://console.aws.amazon.com/iam/home#/security_credentials',
    endpoint: '',
    checksum: 'crc32',
    host: /^s3(?:-fips)?(?:\.dualstack)?\.(?<region>[a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com(?:\.cn)?$|^s3-(?<oldRegion>[a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com$|^s3(?:-external-1)?\.amazonaws\.com$|^s3-accelerate(?:\.dualstack)?\.amazonaws\.com$/,
  },
  {
    ...defaults,
    id: 'r2',
    name: 'Cloudflare R2',
    asks: ['endpoint'],
    page: 'https://dash.cloudflare.com/?to=/:account/r2/api-tokens',
    endpoint: 'https://{account}.r2.cloudflarestorage.com',
    host: /^[\w-]+(?:\.(?:eu|fedramp))?\.r2\.cloudflarestorage\.com$/,
    region: 'auto',
    signsFor: 'one',
    acl: 'never',
    publicLinks: 'base-url',
    etag: 'opaque',
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
    maxObjectBytes: 10 * TiB,
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
  },
  // Spaces signs for us-east-1 in every region (https://docs.digitalocean.com/products/spaces/how-to/use-aws-sdks/).
  {
    ...defaults,
    id: 'digitalocean',
    name: 'DigitalOcean Spaces',
    asks: ['region'],
    page: 'https://cloud.digitalocean.com/spaces/access_keys',
    endpoint: 'https://{region}.digitaloceanspaces.com',
    signsFor: 'one',
    host: /^[\w-]+\.digitaloceanspaces\.com$/,
  },
  {
    ...defaults,
    id: 'gcs',
    name: 'Google Cloud Storage',
    asks: [],
    page: 'https://console.cloud.google.com/storage/settings;tab=interoperability',
    endpoint: 'https://storage.googleapis.com',
    host: /^storage\.googleapis\.com$/,
    region: 'auto',
    signsFor: 'one',
    condition: 'generation',
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
  },
  { ...defaults, id: 'ceph', name: 'Ceph RADOS Gateway', asks: ['endpoint'], endpoint: '', pathStyle: 'needed' },
  {
    ...defaults,
    id: 'hetzner',
    name: 'Hetzner Object Storage',
    asks: ['region'],
    page: 'https://console.hetzner.com/projects',
    endpoint: 'https://{region}.your-objectstorage.com',
    host: /^(?<region>[\w-]+)\.your-objectstorage\.com$/,
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
    maxObjectBytes: 5 * TiB,
  },
  {
    ...defaults,
    id: 'ovh',
    name: 'OVHcloud',
    asks: ['region'],
    page: 'https://www.ovh.com/manager/#/public-cloud/',
    endpoint: 'https://s3.{region}.io.cloud.ovh.net',
    host: /^s3\.(?<region>[\w-]+)\.(?:io|perf)\.cloud\.ovh\.(?:net|us)$/,
  },
  {
    ...defaults,
    id: 'linode',
    name: 'Akamai (Linode)',
    asks: ['region'],
    page: 'https://cloud.linode.com/object-storage/access-keys',
    endpoint: 'https://{region}.linodeobjects.com',
    host: /^(?<region>[\w-]+)\.linodeobjects\.com$/,
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
    signsFor: 'one',
    pathStyle: 'refused',
    etag: 'opaque',
    maxObjectBytes: 5 * TiB,
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
    host: /^(?<namespace>[\w-]+)\.compat\.objectstorage\.(?<region>[\w-]+)\.(?:oci\.customer-oci|oraclecloud)\.com$|^vhcompat\.objectstorage\.(?<vhostRegion>[\w-]+)\.oci\.customer-oci\.com$/,
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
    host: /^(?:s3\.)?oss-(?!accelerate)(?<region>[\w-]+?)(?:-internal)?\.aliyuncs\.com$|^oss-accelerate(?:-overseas)?\.aliyuncs\.com$/,
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
    host: /^cos\.(?!accelerate)(?<region>[\w-]+)\.myqcloud\.com$|^cos\.accelerate\.myqcloud\.com$/,
    bucket: { form: /-\d{5,}$/, why: 'cosBucket' },
    etag: 'opaque',
  },
  customService,
];

/** `namesRegion`: whether the host says where it is, or `region` is only the usual one. */
export interface RecognizedService {
  service: Service;
  region: string;
  isRegionInHost: boolean;
  namespace?: string;
}

/** The service behind an endpoint's host, and the region that the host names. */
export function serviceForHost(host: string): RecognizedService {
  for (const service of services) {
    const match = service.host?.exec(host);
    if (match) return toRecognizedService(service, match.groups ?? {});
  }
  return { service: customService, region: customService.region, isRegionInHost: false };
}

function toRecognizedService(
  service: Service,
  { region, oldRegion, vhostRegion, namespace }: Record<string, string | undefined>,
): RecognizedService {
  const regionInHost = region ?? oldRegion ?? vhostRegion;
  // Oracle serves virtual hosts under another name than paths, and only one of the two under each.
  const effectiveService: Service = vhostRegion === undefined ? service : { ...service, pathStyle: 'refused' };
  return {
    service: effectiveService,
    region: regionInHost ?? service.region,
    isRegionInHost: regionInHost !== undefined,
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** Choosing a service fills these fields; the user's bucket, keys and region stay. */
export const presets: Preset[] = services.map((service) => ({
  id: service.id,
  name: service.name,
  values: {
    endpoint: service.endpoint,
    pathStyle: String(['needed', 'only'].includes(service.pathStyle)),
    ...(service.region === 'auto' ? { region: 'auto' } : {}),
  },
  asks: service.asks,
  ...(service.page === undefined ? {} : { page: service.page }),
}));
