/**
 * Settings of PicGo and PicList (`data.json`, or `config.json` of their command lines). `picBed` contains the current
 * settings of each uploader, and `uploader` all saved settings by name. Hoist imports the uploaders that use S3: the S3
 * plugin, PicList's built-in S3 uploader, and the storage of Alibaba and Tencent through their S3 endpoints.
 */
import type { FieldValues } from '../../../src-shared/profile.ts';
import { parseTemplate } from '../../../src-shared/name-template.ts';
import { hasPublicAddress, importedAcl, isCustomServer } from '../../providers/s3/imported-links.ts';
import { nonEmptyValues, sanitizeName } from '../../platform/foreign-values.ts';
import { emptyImport, type ImportedProfile, type ParsedImport } from './parsed-import.ts';

type Entry = Record<string, unknown>;

export const isPicGo = (file: Entry): boolean => isEntry(file['picBed']);

/** @param from the program's name as users know it */
export function parsePicGo(file: Entry, from: string): ParsedImport {
  const parsed = emptyImport();
  for (const { type, name, entry } of readEntries(file)) {
    const displayName = sanitizeName(name === '' || name === 'Default' ? `${from} ${type}` : name);
    const result = readers[type]?.(entry) ?? (type in readers ? 'unusable' : 'unknown-kind');
    if (typeof result === 'string') parsed.skipped.push({ name: displayName, because: result });
    else parsed.profiles.push({ name: displayName, providerId: 's3', ...result, from });
  }
  return parsed;
}

/** The settings that were saved by name, or else the current settings. */
function readEntries(file: Entry): { type: string; name: string; entry: Entry }[] {
  const saved = isEntry(file['uploader']) ? file['uploader'] : {};
  const inUse = isEntry(file['picBed']) ? file['picBed'] : {};
  const types = new Set([...Object.keys(saved), ...Object.keys(inUse)]);
  return [...types].flatMap((type) => {
    const list =
      isEntry(saved[type]) && Array.isArray(saved[type]['configList']) ? saved[type]['configList'].filter(isEntry) : [];
    const entries =
      list.length > 0
        ? list
        : [inUse[type]].filter(isEntry).filter((entry) => type in readers || Object.keys(entry).length > 0);
    // `list` is not an uploader. It names the visible uploaders.
    return type === 'list' ? [] : entries.map((entry) => ({ type, name: str(entry['_configName']), entry }));
  });
}

type ReadEntry = Pick<ImportedProfile, 'settings' | 'secrets' | 'publicLinkSettings'>;
/** Undefined when the settings of the uploader are unusable. */
type EntryReader = (entry: Entry) => ReadEntry | undefined;

/** Reads the settings of an uploader, by its type. */
const readers: Record<string, EntryReader | undefined> = Object.assign(
  Object.create(null) as Record<string, EntryReader>,
  {
    // Without an ACL the links of the plugin have no signature. The links of PicList expire after an hour.
    'aws-s3': (entry: Entry) => readS3(entry, ['', 'public-read', 'public-read-write']),
    'aws-s3-plist': (entry: Entry) => readS3(entry, ['public-read', 'public-read-write']),
    aliyun: (entry: Entry) =>
      withKeys(
        entry,
        ['accessKeyId', 'accessKeySecret'],
        {
          bucket: str(entry['bucket']),
          region: str(entry['area']).replace(/^oss-/, ''),
          endpoint: str(entry['area']) && `https://s3.${str(entry['area'])}.aliyuncs.com`,
          ...nameSettings(str(entry['path'])),
        },
        publicLinks({
          domain: webAddress(entry['customUrl']),
          address: `https://${str(entry['bucket'])}.${str(entry['area'])}.aliyuncs.com`,
          suffix: str(entry['options']),
        }),
      ),
    tcyun: (entry: Entry) =>
      withKeys(
        entry,
        ['secretId', 'secretKey'],
        {
          bucket: withAppId(str(entry['bucket']), str(entry['appId'])),
          region: str(entry['area']),
          endpoint: str(entry['area']) && `https://cos.${str(entry['area'])}.myqcloud.com`,
          ...nameSettings(str(entry['path'])),
        },
        publicLinks({
          domain: webAddress(entry['customUrl']),
          address: 'https://{bucket}.{host}',
          suffix: str(entry['options']),
        }),
      ),
  } satisfies Record<string, EntryReader>,
);

/** @param permanentAcls the ACLs with which the program makes permanent links although no domain is set */
function readS3(entry: Entry, permanentAcls: readonly string[]): ReadEntry | undefined {
  const [endpoint, bucket] = [str(entry['endpoint']), str(entry['bucketName'])];
  const acl = str(entry['acl']) === 'auto' ? '' : str(entry['acl']);
  const usesPath = isTrue(entry['pathStyleAccess']);
  const isPermanent = permanentAcls.includes(acl) && hasPublicAddress(endpoint);
  const domain = customDomain(entry) || (isPermanent ? virtualHost({ endpoint, bucket, usesPath }) : '');
  const scheme = /^http:/i.test(endpoint) ? 'http' : 'https';
  return withKeys(
    entry,
    ['accessKeyID', 'secretAccessKey'],
    {
      bucket,
      region: str(entry['region']),
      endpoint,
      // Without this setting PicGo puts the bucket into the host name, which few custom servers support.
      ...(usesPath ? { pathStyle: 'true' } : {}),
      acl: importedAcl(acl, endpoint),
      ...nameSettings(str(entry['uploadPath'])),
      ...proxySettings(str(entry['proxy'])),
    },
    domain || isPermanent
      ? publicLinks({
          domain,
          address: `${scheme}://${usesPath ? '{host}/{bucket}' : '{bucket}.{host}'}`,
          suffix: str(entry['options']),
        })
      : undefined,
  );
}

/**
 * Adds the keys to the settings.
 * @param fields the names of the access key ID and the secret key in the entry
 */
function withKeys(
  entry: Entry,
  [id, secret]: [string, string],
  settings: Record<string, string | undefined>,
  publicLinkSettings: FieldValues | undefined,
): ReadEntry | undefined {
  const filled = nonEmptyValues({ credentials: 'keys', accessKeyId: str(entry[id]), ...settings });
  const secrets = nonEmptyValues({ secretAccessKey: str(entry[secret]) });
  if (!filled?.['accessKeyId'] || !secrets) return undefined;
  return { settings: filled, secrets, ...(publicLinkSettings ? { publicLinkSettings } : {}) };
}

/** The custom domain of the links, with the bucket if PicGo adds it; '' without a custom domain. */
function customDomain(entry: Entry): string {
  const base = webAddress(entry['urlPrefix']);
  const bucket = str(entry['bucketName']);
  const isBucketAdded =
    isTrue(entry['pathStyleAccess']) && !isTrue(entry['disableBucketPrefixToURL']) && base !== '' && bucket !== '';
  return isBucketAdded ? `${base}/${encodeURIComponent(bucket)}` : base;
}

/**
 * The address of a bucket in the host name of a custom server: PicGo makes such links, Hoist does not. '' when both
 * make the same links.
 */
function virtualHost(entry: { endpoint: string; bucket: string; usesPath: boolean }): string {
  const { endpoint, bucket, usesPath } = entry;
  const [, scheme = 'https://', host = ''] = /^(https?:\/\/)?(.*?)\/*$/i.exec(endpoint) ?? [];
  return host !== '' && bucket !== '' && !usesPath && isCustomServer(endpoint) && !isIpAddress(host)
    ? `${scheme}${bucket}.${host}`
    : '';
}

/** The AWS SDK puts no bucket in front of an IP address. Matches `[::1]`, `10.0.0.1` and `10.0.0.1:9000`. */
const isIpAddress = (host: string): boolean => /^(?:\[|\d+\.\d+\.\d+\.\d+(?::|$))/.test(host);

/**
 * The settings with which Hoist makes the public links of the program.
 * @param links.domain the address before the object keys; '' when it is Hoist's default
 * @param links.address Hoist's default address, needed only with a suffix
 * @param links.suffix the text after each link, such as a query that resizes images
 */
function publicLinks({ domain, address, suffix }: { domain: string; address: string; suffix: string }): FieldValues {
  const query = suffix === '' || suffix.startsWith('?') ? suffix : `?${suffix}`;
  const base = domain || (query === '' ? '' : address);
  const publicBaseUrl = query === '' || /[{}#\s]/.test(domain + query) ? base : `${base}/{key}${query}`;
  return { linkKind: 'public', ...(publicBaseUrl === '' ? {} : { publicBaseUrl }) };
}

/** An address or a host without its final slash; '' for any other value. */
function webAddress(value: unknown): string {
  const text = str(value).replace(/\/+$/, '');
  return /^https?:\/\/[^/]/i.test(text) || /^[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:\/|$)/.test(text) ? text : '';
}

/** The placeholders of the S3 plugin, and the same placeholders in Hoist. */
const templateParts: Record<string, string | undefined> = {
  year: '{date:yyyy}',
  month: '{date:MM}',
  day: '{date:dd}',
  hour: '{time:HH}',
  minute: '{time:mm}',
  second: '{time:ss}',
  millisecond: '{time:SSS}',
  fullName: '{name}',
  fileName: '{stem}',
  extName: '{ext}',
  md5: '{hash:32}',
  sha1: '{hash:40}',
  sha256: '{hash:64}',
  uuid: '{uuid}',
};

/** Translates PicGo's path template. If Hoist cannot express the template, keeps only its folder. */
function nameSettings(template: string): FieldValues {
  const path = template.replace(/^\/+/, '');
  const translated = path.replace(/\{([^{}]*)\}/g, (braces, name: string) =>
    Object.hasOwn(templateParts, name) ? templateParts[name]! : braces,
  );
  const isWhole = path.includes('{') && !path.endsWith('/') && parseTemplate(translated).template !== undefined;
  return isWhole ? { nameTemplate: translated } : { prefix: prefixOf(path) };
}

/** The part of a path template before its first placeholder. */
const prefixOf = (template: string): string =>
  template
    .split('{')[0]!
    .split('/')
    .slice(0, template.includes('{') ? -1 : undefined)
    .filter((part) => part !== '' && part !== '.' && part !== '..')
    .join('/');

/** The names of Tencent's buckets end with the account number, which PicGo may store separately. */
const withAppId = (bucket: string, appId: string): string =>
  bucket === '' || appId === '' || bucket.endsWith(`-${appId}`) ? bucket : `${bucket}-${appId}`;

function proxySettings(address: string): FieldValues {
  if (!/^(?:https?|socks5):\/\//i.test(address) || !URL.canParse(address) || new URL(address).username !== '')
    return {};
  return { proxy: 'address', proxyAddress: address };
}

export const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isTrue = (value: unknown): boolean => value === true || (typeof value === 'string' && /^true$/i.test(value));

/** A text or a number as text; '' for any other value. */
function str(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value.trim() : '';
}
