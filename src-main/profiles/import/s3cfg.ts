/** Parses `.s3cfg`, which `s3cmd --configure` writes. Some of its values are in quotes. */
import { nonEmptyValues, sanitizeName } from '../../platform/foreign-values.ts';
import { hasPublicAddress, importedAcl } from '../../providers/s3/imported-links.ts';
import { emptyImport, unusableFile, type ParsedImport } from './parsed-import.ts';
import { parseIni, type Section } from '../../platform/ini.ts';

const from = 's3cmd';

export const isS3cfg = (sections: readonly Section[]): boolean =>
  sections.some(
    ({ values }) =>
      values.has('host_base') || values.has('host_bucket') || (values.has('access_key') && values.has('secret_key')),
  );

export function parseS3cfg(text: string, fileName: string): ParsedImport {
  const sections = parseIni(text).filter((section) => isS3cfg([section]));
  if (sections.length === 0) return unusableFile(fileName, 'unreadable');
  const parsed = emptyImport();
  for (const { name, values } of sections) {
    const get = (key: string): string => unquoted(values.get(key) ?? '');
    const endpoint = get('host_base');
    const acl = /^(true|yes|on|1)$/i.test(get('acl_public')) ? 'public-read' : '';
    const settings = nonEmptyValues({
      credentials: 'keys',
      accessKeyId: get('access_key'),
      region: readRegion(get('bucket_location')),
      ...endpointSettings(get),
      acl: importedAcl(acl, endpoint),
    });
    const secrets = nonEmptyValues({ secretAccessKey: get('secret_key'), sessionToken: get('access_token') });
    const displayName = sanitizeName(name === 'default' || name === '' ? from : `${from} ${name}`);
    if (!settings || !secrets || !settings['accessKeyId'])
      parsed.skipped.push({ name: displayName, because: 'unusable' });
    else
      parsed.profiles.push({
        name: displayName,
        providerId: 's3',
        settings,
        secrets,
        from,
        ...(settings['acl'] && hasPublicAddress(endpoint) ? { publicLinkSettings: { linkKind: 'public' } } : {}),
      });
  }
  return parsed;
}

/**
 * `host_bucket` is the address of a bucket. If its host contains `%(bucket)s`, the bucket is part of the host name,
 * otherwise of the path.
 */
function endpointSettings(get: (key: string) => string): Record<string, string | undefined> {
  const base = get('host_base');
  const scheme = /^(false|no|off|0)$/i.test(get('use_https')) ? 'http' : 'https';
  const pattern = get('host_bucket').toLowerCase();
  const isAmazon = base === '' || base === 's3.amazonaws.com';
  return {
    endpoint: isAmazon ? undefined : `${scheme}://${base.replace(/^[a-z]+:\/\//i, '')}`,
    pathStyle: isAmazon ? undefined : String(!/^[^/]*%\(bucket\)s?[^/]*/.test(pattern)),
  };
}

/** `US` is an old name of the default region, `EU` one of eu-west-1. */
function readRegion(location: string): string | undefined {
  if (/^us$/i.test(location)) return undefined;
  return /^eu$/i.test(location) ? 'eu-west-1' : location;
}

const unquoted = (value: string): string => /^"(.*)"$/s.exec(value)?.[1] ?? value;
