/**
 * S3 remotes in rclone.conf. Their keys are plain text, because rclone obscures only passwords and S3 has none. A
 * remote has no bucket; an alias of it does: `remote = r2:photos/shared`.
 */
import type { FieldValues } from '../../../src-shared/profile.ts';
import { nonEmptyValues, sanitizeName } from '../../platform/foreign-values.ts';
import { hasPublicAddress, importedAcl, isPublicAcl } from './imported-links.ts';
import { parseIni, type Section } from '../../platform/ini.ts';

/** A remote, or an alias of one, as form values. `secrets` never leaves the main process. */
interface RcloneRemote {
  name: string;
  settings: FieldValues;
  secrets: FieldValues;
  /** Present if the remote makes its objects public, with the settings that make public links. */
  publicLinkSettings?: FieldValues;
}

export interface RcloneConfig {
  remotes: RcloneRemote[];
  /** Sections for other services (`unknown-kind`), and S3 remotes with unusable values. */
  skipped: { name: string; because: 'unusable' | 'unknown-kind' }[];
}

/** Every section of rclone.conf has a `type`. */
export const isRcloneConfig = (sections: readonly Section[]): boolean =>
  sections.some(({ values }) => values.has('type'));

/** `rclone config` can encrypt the whole file with a password. */
export const isEncryptedRcloneConfig = (text: string): boolean => /^RCLONE_ENCRYPT_V\d+:/m.test(text.slice(0, 4096));

export function parseRcloneConfig(text: string): RcloneConfig | 'encrypted' {
  if (isEncryptedRcloneConfig(text)) return 'encrypted';
  const sections = parseIni(text);
  const s3Sections = new Map(
    sections.filter(({ values }) => values.get('type') === 's3').map((section) => [section.name, section]),
  );
  const config: RcloneConfig = { remotes: [], skipped: [] };
  for (const section of sections) {
    const remote = s3Sections.has(section.name) ? readRemote(section) : readAlias(section, s3Sections);
    if (typeof remote === 'string') config.skipped.push({ name: sanitizeName(section.name), because: remote });
    else config.remotes.push(remote);
  }
  return config;
}

function readRemote({ name, values }: Section): RcloneRemote | 'unusable' {
  const [endpoint, acl] = [values.get('endpoint') ?? '', values.get('acl') ?? ''];
  const settings = nonEmptyValues({
    ...(usesAwsCredentials(values)
      ? { credentials: 'profile', awsProfile: values.get('profile') || 'default' }
      : { credentials: 'keys', accessKeyId: values.get('access_key_id') }),
    region: readRegion(values),
    endpoint: values.get('endpoint'),
    pathStyle: values.get('force_path_style'),
    acl: importedAcl(acl, endpoint),
  });
  const secrets = usesAwsCredentials(values)
    ? {}
    : nonEmptyValues({ secretAccessKey: values.get('secret_access_key'), sessionToken: values.get('session_token') });
  if (!settings || !secrets || sanitizeName(name) === '') return 'unusable';
  const isPublic = isPublicAcl(acl) && importedAcl(acl, endpoint) !== undefined && hasPublicAddress(endpoint);
  return {
    name: sanitizeName(name),
    settings,
    secrets,
    ...(isPublic ? { publicLinkSettings: { linkKind: 'public' } } : {}),
  };
}

/** Reads an alias of a folder, at any depth, in an S3 remote. */
function readAlias(
  { name, values }: Section,
  s3Sections: ReadonlyMap<string, Section>,
): RcloneRemote | 'unusable' | 'unknown-kind' {
  const aliasTarget = values.get('type') === 'alias' ? (values.get('remote') ?? '') : '';
  // `REMOTE:BUCKET/FOLDER`
  const target = /^(?<remote>[^:]+):(?<bucket>[^/]+)(?:\/(?<prefix>.*))?$/.exec(aliasTarget)?.groups;
  const section = target && s3Sections.get(target['remote'] ?? '');
  if (!section) return 'unknown-kind';
  const remote = readRemote(section);
  const location = nonEmptyValues({ bucket: target['bucket'], prefix: target['prefix'] });
  if (remote === 'unusable' || !location || sanitizeName(name) === '') return 'unusable';
  return { ...remote, name: sanitizeName(name), settings: { ...remote.settings, ...location } };
}

/** rclone looks for the credentials of the AWS tools only when the remote has no key. */
const usesAwsCredentials = (values: Section['values']): boolean =>
  /^(true|1|yes)$/i.test(values.get('env_auth') ?? '') && !values.get('access_key_id');

/** Ignores the placeholders that rclone writes for servers without regions, for example `other-v2-signature`. */
function readRegion(values: Section['values']): string | undefined {
  const region = values.get('region');
  if (region === undefined || region === 'other-v2-signature') return undefined;
  return /^[a-z0-9-]{2,40}$/.test(region) ? region : undefined;
}
