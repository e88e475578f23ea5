/**
 * The files `config` and `credentials` of the AWS tools. If a file is at its standard path, Hoist stores only the names
 * of its profiles. From any other path Hoist copies the keys, if the file contains keys.
 */
import { nonEmptyValues, sanitizeName } from '../../platform/foreign-values.ts';
import { emptyImport, type ImportedProfile, type ParsedImport } from './parsed-import.ts';
import { parseIni, type Section } from '../../platform/ini.ts';

const from = 'AWS';

const profileKeys = [
  'aws_access_key_id',
  'aws_secret_access_key',
  'role_arn',
  'sso_session',
  'sso_start_url',
  'credential_process',
  'source_profile',
  'credential_source',
  'web_identity_token_file',
  'login_session',
];

export const isAwsProfiles = (sections: readonly Section[]): boolean =>
  sections.some(
    ({ name, values }) =>
      name.startsWith('profile ') ||
      profileKeys.some((key) => values.has(key)) ||
      (name === 'default' && (values.has('region') || values.has('output'))),
  );

export function parseAwsProfiles(text: string, location: 'own' | 'elsewhere'): ParsedImport {
  const parsed = emptyImport();
  for (const section of parseIni(text)) {
    const name = profileName(section.name);
    if (name === undefined) continue; // [sso-session …], [services …]: profiles refer to them
    const profile = location === 'own' ? importByReference(name) : importByCopy(name, section);
    if (profile) parsed.profiles.push(profile);
    else parsed.skipped.push({ name: sanitizeName(name), because: 'unusable' });
  }
  return parsed;
}

/** The section of a profile is `[default]`, `[profile work]` (in config) or `[work]` (in credentials). */
function profileName(section: string): string | undefined {
  const named = /^profile\s+(.+)$/.exec(section)?.[1] ?? section;
  const name = /^"(.*)"$/.exec(named)?.[1] ?? named;
  return name === '' || /^(?:sso-session|services|preview|plugins)(?:\s|$)/.test(section) ? undefined : name;
}

/** Hoist reads region, endpoint and keys of the profile at each use. */
function importByReference(name: string): ImportedProfile | undefined {
  const settings = nonEmptyValues({ credentials: 'profile', awsProfile: name });
  return settings && sanitizeName(name) === name
    ? { name: `AWS ${name}`.slice(0, 80), providerId: 's3', settings, secrets: {}, from }
    : undefined;
}

function importByCopy(name: string, { values }: Section): ImportedProfile | undefined {
  // Without a comment that follows the value.
  const get = (key: string): string | undefined =>
    values
      .get(key)
      ?.split(/\s[#;]/)[0]
      ?.trim();
  const settings = nonEmptyValues({
    credentials: 'keys',
    accessKeyId: get('aws_access_key_id'),
    region: get('region'),
    endpoint: get('endpoint_url'),
  });
  const secrets = nonEmptyValues({
    secretAccessKey: get('aws_secret_access_key'),
    sessionToken: get('aws_session_token'),
  });
  if (!settings?.['accessKeyId'] || !secrets?.['secretAccessKey'] || sanitizeName(name) === '') return undefined;
  return { name: sanitizeName(`AWS ${name}`), providerId: 's3', settings, secrets, from };
}
