/**
 * rclone.conf. Its S3 remotes keep their keys in plain text (rclone obscures only passwords, and S3 has none).
 * A remote has no bucket, but an alias of it has one: `remote = r2:photos/shared`.
 */
import {
  nonEmptyValues,
  emptyImport,
  sanitizeName,
  unusableFile,
  type ImportedProfile,
  type ParsedImport,
} from './parsed-import.ts';
import { parseIni, type Section } from './ini.ts';

const from = 'rclone';

/** Each section is a remote; `type` is its kind. */
export const isRclone = (sections: readonly Section[]): boolean => sections.some(({ values }) => values.has('type'));

/** `rclone config` can encrypt the whole file with a password. */
export const isEncrypted = (text: string): boolean => /^RCLONE_ENCRYPT_V\d+:/m.test(text.slice(0, 4096));

export function parseRclone(text: string, fileName: string): ParsedImport {
  if (isEncrypted(text)) return unusableFile(fileName, 'encrypted');
  const sections = parseIni(text);
  const remotes = new Map(
    sections.filter(({ values }) => values.get('type') === 's3').map((section) => [section.name, section]),
  );
  const parsed = emptyImport();
  for (const section of sections) {
    const { name } = section;
    const profile = remotes.has(name) ? readRemote(section) : readAlias(section, remotes);
    if (profile === undefined || profile === 'unusable')
      parsed.skipped.push({ name: sanitizeName(name), because: profile ?? 'unknown-kind' });
    else parsed.profiles.push(profile);
  }
  return parsed;
}

function readRemote({ name, values }: Section): ImportedProfile | 'unusable' {
  const settings = nonEmptyValues({
    ...(isByReference(values)
      ? { credentials: 'profile', awsProfile: values.get('profile') || 'default' }
      : { credentials: 'keys', accessKeyId: values.get('access_key_id') }),
    region: readRegion(values),
    endpoint: values.get('endpoint'),
    pathStyle: values.get('force_path_style'),
  });
  const secrets = isByReference(values)
    ? {}
    : nonEmptyValues({ secretAccessKey: values.get('secret_access_key'), sessionToken: values.get('session_token') });
  if (!settings || !secrets || sanitizeName(name) === '') return 'unusable';
  return { name: sanitizeName(name), providerId: 's3', settings, secrets, from };
}

/** An alias, at any depth, of a bucket or prefix in an S3 remote. */
function readAlias(
  { name, values }: Section,
  remotes: ReadonlyMap<string, Section>,
): ImportedProfile | 'unusable' | undefined {
  const target = /^(?<remote>[^:]+):(?<bucket>[^/]+)(?:\/(?<prefix>.*))?$/.exec(
    values.get('type') === 'alias' ? (values.get('remote') ?? '') : '',
  )?.groups;
  const section = target && remotes.get(target['remote'] ?? '');
  if (!section) return undefined;
  const remote = readRemote(section);
  const location = nonEmptyValues({ bucket: target['bucket'], prefix: target['prefix'] });
  if (remote === 'unusable' || !location || sanitizeName(name) === '') return 'unusable';
  return { ...remote, name: sanitizeName(name), settings: { ...remote.settings, ...location } };
}

/** rclone looks for the keys of the AWS tools only if the remote has no keys. */
const isByReference = (values: Section['values']): boolean =>
  /^(true|1|yes)$/i.test(values.get('env_auth') ?? '') && !values.get('access_key_id');

/** rclone writes placeholder regions for servers without regions. */
function readRegion(values: Section['values']): string | undefined {
  const region = values.get('region');
  return region === undefined || (/^[a-z0-9-]{2,40}$/.test(region) && region !== 'other-v2-signature')
    ? region
    : undefined;
}
