/**
 * Settings of PicGo and PicList (`data.json`, or `config.json` of their command lines). `picBed` contains the current
 * settings of each uploader, and `uploader` all saved settings by name. Hoist imports the uploaders that use S3: the S3
 * plugin, PicList's built-in S3 uploader, and the storage of Alibaba and Tencent through their S3 endpoints.
 */
import type { FieldValues } from '../../../src-shared/profile.ts';
import { parseTemplate } from '../../../src-shared/name-template.ts';
import { serviceForHost } from '../../providers/s3/presets.ts';
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

type EntryReader = (entry: Entry) => Pick<ImportedProfile, 'settings' | 'secrets'> | undefined;

const readers: Record<string, EntryReader | undefined> = Object.assign(
  Object.create(null) as Record<string, EntryReader>,
  {
    'aws-s3': readS3,
    'aws-s3-plist': readS3,
    aliyun: (entry: Entry) =>
      withKeys(entry, ['accessKeyId', 'accessKeySecret'], {
        bucket: str(entry['bucket']),
        region: str(entry['area']).replace(/^oss-/, ''),
        endpoint: str(entry['area']) && `https://s3.${str(entry['area'])}.aliyuncs.com`,
        ...linkSettings(entry, str(entry['customUrl'])),
        ...nameSettings(str(entry['path'])),
      }),
    tcyun: (entry: Entry) =>
      withKeys(entry, ['secretId', 'secretKey'], {
        bucket: withAppId(str(entry['bucket']), str(entry['appId'])),
        region: str(entry['area']),
        endpoint: str(entry['area']) && `https://cos.${str(entry['area'])}.myqcloud.com`,
        ...linkSettings(entry, str(entry['customUrl'])),
        ...nameSettings(str(entry['path'])),
      }),
  } satisfies Record<string, EntryReader>,
);

function readS3(entry: Entry): ReturnType<EntryReader> {
  const endpoint = str(entry['endpoint']);
  const usesPath = entry['pathStyleAccess'];
  return withKeys(entry, ['accessKeyID', 'secretAccessKey'], {
    bucket: str(entry['bucketName']),
    region: str(entry['region']),
    endpoint,
    // Without this setting PicGo puts the bucket into the host name, which few custom servers support.
    ...(usesPath === true || usesPath === 'true' ? { pathStyle: 'true' } : {}),
    ...linkSettings(entry, str(entry['urlPrefix'])),
    ...nameSettings(str(entry['uploadPath'])),
    ...proxySettings(str(entry['proxy'])),
  });
}

function withKeys(
  entry: Entry,
  [id, secret]: [string, string],
  settings: Record<string, string | undefined>,
): ReturnType<EntryReader> {
  const filled = nonEmptyValues({ credentials: 'keys', accessKeyId: str(entry[id]), ...settings });
  const secrets = nonEmptyValues({ secretAccessKey: str(entry[secret]) });
  return filled?.['accessKeyId'] && secrets ? { settings: filled, secrets } : undefined;
}

/** PicGo's links are public. Hoist's links are public too if the settings have a custom domain. */
function linkSettings(entry: Entry, address: string): FieldValues {
  if (!/^https?:\/\//i.test(address)) return {};
  const bucket = str(entry['bucketName']);
  const isBucketAdded =
    entry['pathStyleAccess'] === true && entry['disableBucketPrefixToURL'] !== true && bucket !== '';
  const base = address.replace(/\/+$/, '');
  return {
    linkKind: 'public',
    publicBaseUrl: isBucketAdded ? `${base}/${encodeURIComponent(bucket)}` : base,
    ...(isAclSent(entry) ? { acl: 'true' } : {}),
  };
}

const isAclSent = (entry: Entry): boolean => {
  const endpoint = str(entry['endpoint']);
  const host = URL.canParse(`https://${endpoint.replace(/^https?:\/\//i, '')}`)
    ? new URL(`https://${endpoint.replace(/^https?:\/\//i, '')}`).hostname
    : '';
  return str(entry['acl']) === 'public-read' && serviceForHost(host).service.acl === 'possible';
};

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

const str = (value: unknown): string =>
  typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '';
