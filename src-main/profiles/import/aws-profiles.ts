/**
 * The AWS tools' `config` and `credentials`. In their own place they are used by reference: the profile is named, its keys
 * stay where they are. From a copy elsewhere the keys themselves are taken over, where there are any.
 */
import { given, nothing, shownName, type Imported, type Parsed } from './imported.ts';
import { parseIni, type Section } from './ini.ts';

const from = 'AWS';

const ownKeys = [
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
      ownKeys.some((key) => values.has(key)) ||
      (name === 'default' && (values.has('region') || values.has('output'))),
  );

export function parseAwsProfiles(text: string, place: 'own' | 'elsewhere'): Parsed {
  const parsed = nothing();
  for (const section of parseIni(text)) {
    const name = profileName(section.name);
    if (name === undefined) continue; // [sso-session …], [services …]: profiles refer to them
    const made = place === 'own' ? reference(name) : copy(name, section);
    if (made) parsed.profiles.push(made);
    else parsed.skipped.push({ name: shownName(name), because: 'unusable' });
  }
  return parsed;
}

/** `[default]` and `[profile work]` in config, `[work]` in credentials. */
function profileName(section: string): string | undefined {
  const named = /^profile\s+(.+)$/.exec(section)?.[1] ?? section;
  const name = /^"(.*)"$/.exec(named)?.[1] ?? named;
  return name === '' || /^(?:sso-session|services|preview|plugins)(?:\s|$)/.test(section) ? undefined : name;
}

/** Region and endpoint are read with the keys, at each use. */
function reference(name: string): Imported | undefined {
  const settings = given({ credentials: 'profile', awsProfile: name });
  return settings && shownName(name) === name
    ? { name: `AWS ${name}`.slice(0, 80), providerId: 's3', settings, secrets: {}, from }
    : undefined;
}

function copy(name: string, { values }: Section): Imported | undefined {
  const get = (key: string): string | undefined =>
    values
      .get(key)
      ?.split(/\s[#;]/)[0]
      ?.trim();
  const settings = given({
    credentials: 'keys',
    accessKeyId: get('aws_access_key_id'),
    region: get('region'),
    endpoint: get('endpoint_url'),
  });
  const secrets = given({ secretAccessKey: get('aws_secret_access_key'), sessionToken: get('aws_session_token') });
  if (!settings?.['accessKeyId'] || !secrets?.['secretAccessKey'] || shownName(name) === '') return undefined;
  return { name: shownName(`AWS ${name}`), providerId: 's3', settings, secrets, from };
}
