/**
 * Reads the AWS tools' `config` and `credentials`: the profiles and their settings. The keys stay in the files; the
 * driver reads them at each use.
 */
import path from 'node:path';
import type { Computer } from '../../platform/computer.ts';
import { parseIni, type Section } from '../../platform/ini.ts';
import { variantFromSwitches, type AwsVariant } from './aws-endpoints.ts';
import { optionalEntry } from './optional-entry.ts';

export interface AwsProfile {
  name: string;
  /** The file that names the profile, as users write it: `~/.aws/credentials`. */
  from: string;
  /** Whether the profile has any kind of credentials. */
  hasSignIn: boolean;
  region?: string;
  endpoint?: string;
  /** `path` or `virtual`; `auto` means the same as no value */
  addressing?: string;
  /** The variant of Amazon's endpoint: `use_fips_endpoint` and `use_dualstack_endpoint`. */
  awsEndpoint?: AwsVariant;
}

/** A profile with any of these entries can provide credentials. */
const signInKeys = [
  'aws_access_key_id',
  'role_arn',
  'sso_session',
  'sso_start_url',
  'credential_process',
  'web_identity_token_file',
  'login_session',
];

/** Returns the paths of the two files, as the AWS tools determine them. */
export const awsConfigPaths = (computer: Pick<Computer, 'env' | 'home'>): Record<'credentials' | 'config', string> => ({
  credentials: configFilePath('credentials', computer).file,
  config: configFilePath('config', computer).file,
});

/** Returns the profiles, `default` first and the others in the order of the files. */
export function listAwsProfiles(computer: Pick<Computer, 'env' | 'home' | 'read'>): AwsProfile[] {
  const { profiles: entries, services } = readFiles(computer);
  const profiles = [...entries].map(([name, entry]) => toAwsProfile(name, entry, services));
  return [...profiles.filter(({ name }) => name === 'default'), ...profiles.filter(({ name }) => name !== 'default')];
}

/** The entries of both files. They include secrets: only the code that signs may read them. */
export interface AwsConfig {
  profile(name: string): AwsSectionReader | undefined;
  session(name: string): AwsSectionReader | undefined;
  /** The path of the file with this entry of a profile. A path in the home folder begins with `~`. */
  fileOf(profile: string, key: string): string | undefined;
  /** Returns the endpoint that a profile names for a service: `sts`, `sso` or `sso_oidc`. */
  endpointOf(profile: AwsSectionReader, service: string): string | undefined;
}

/** Returns a key's value without a trailing comment, except in {@link freeTextKeys}; undefined when it is empty. */
export type AwsSectionReader = (key: string) => string | undefined;

export function readAwsConfig(computer: Pick<Computer, 'env' | 'home' | 'read'>): AwsConfig {
  const { profiles, services, sessions } = readFiles(computer);
  const sectionReader = (values: Section['values'] | undefined): AwsSectionReader | undefined =>
    values && ((key) => readValue(values, key));
  return {
    profile: (name) => sectionReader(profiles.get(name)?.values),
    session: (name) => sectionReader(sessions.get(name)),
    fileOf: (name, key) => profiles.get(name)?.files.get(key),
    endpointOf: (profile, service) =>
      withoutComment(services.get(profile('services') ?? '')?.get(`${service}.endpoint_url`)),
  };
}

interface AwsConfigFiles {
  profiles: Map<string, ProfileEntry>;
  services: Map<string, Section['values']>;
  sessions: Map<string, Section['values']>;
}

function readFiles(computer: Pick<Computer, 'env' | 'home' | 'read'>): AwsConfigFiles {
  const profiles = new Map<string, ProfileEntry>();
  const services = new Map<string, Section['values']>();
  const sessions = new Map<string, Section['values']>();
  for (const fileKind of ['credentials', 'config'] as const) {
    const { file, displayPath } = configFilePath(fileKind, computer);
    for (const section of parseIni(computer.read(file) ?? '')) {
      // Sections that are not profiles: `[services NAME]` and `[sso-session NAME]`.
      const { kind, sectionName } =
        /^(?<kind>services|sso-session)\s+(?<sectionName>.+)$/.exec(section.name)?.groups ?? {};
      if (sectionName !== undefined) {
        const sectionsOfKind = kind === 'services' ? services : sessions;
        sectionsOfKind.set(unquote(sectionName), section.values);
        continue;
      }
      const name = profileName(section.name, fileKind);
      if (name === undefined) continue;
      const earlierEntry = profiles.get(name) ?? { from: displayPath, values: new Map(), files: new Map() };
      const path = displayPath.startsWith('~') ? displayPath : file;
      // The credentials file, which is read first, wins over the config file, as in the AWS tools.
      profiles.set(name, {
        from: earlierEntry.from,
        values: new Map([...section.values, ...earlierEntry.values]),
        files: new Map([...[...section.values.keys()].map((key) => [key, path] as const), ...earlierEntry.files]),
      });
    }
  }
  return { profiles, services, sessions };
}

interface ProfileEntry {
  from: string;
  values: Section['values'];
  /** The path of the file with each value. */
  files: Map<string, string>;
}

function toAwsProfile(
  name: string,
  { from, values }: ProfileEntry,
  services: ReadonlyMap<string, Section['values']>,
): AwsProfile {
  const get = (key: string): string | undefined => readValue(values, key);
  const isOn = (key: string): boolean => get(key)?.toLowerCase() === 'true';
  const service = services.get(get('services') ?? '');
  const variant = variantFromSwitches({ fips: isOn('use_fips_endpoint'), dualStack: isOn('use_dualstack_endpoint') });
  const endpoint = withoutComment(service?.get('s3.endpoint_url')) ?? get('s3.endpoint_url') ?? get('endpoint_url');
  return {
    name,
    from,
    hasSignIn: signInKeys.some((key) => get(key) !== undefined),
    ...optionalEntry('region', get('region')),
    ...optionalEntry('endpoint', isOn('ignore_configured_endpoint_urls') ? undefined : endpoint),
    ...optionalEntry('addressing', get('s3.addressing_style')),
    ...(variant === undefined ? {} : { awsEndpoint: variant }),
  };
}

/**
 * Settings whose values may contain ` #` or ` ;`: commands and paths. The AWS SDKs treat ` #` and ` ;` after a value as
 * the start of a comment, the AWS command line does not. Hoist removes such comments from all other values, because
 * those cannot contain blanks.
 */
const freeTextKeys: ReadonlySet<string> = new Set(['credential_process', 'web_identity_token_file', 'ca_bundle']);

const readValue = (values: Section['values'], key: string): string | undefined =>
  freeTextKeys.has(key) ? values.get(key)?.trim() || undefined : withoutComment(values.get(key));

/** Removes a trailing comment; undefined when nothing is left. */
function withoutComment(value: string | undefined): string | undefined {
  const trimmed = value?.split(/\s[#;]/)[0]?.trim();
  return trimmed === '' ? undefined : trimmed;
}

/** Reads the profile's name from `[default]` and `[profile work]` in config, and from `[work]` in credentials. */
function profileName(section: string, fileKind: 'credentials' | 'config'): string | undefined {
  if (fileKind === 'credentials' || section === 'default') return unquote(section) || undefined;
  const named = /^profile\s+(.+)$/.exec(section)?.[1];
  return named === undefined ? undefined : unquote(named);
}

/** Replaces a leading `~/` by the home folder. */
export const expandHome = (file: string, home: string): string =>
  /^~[/\\]/.test(file) ? path.join(home, file.slice(2)) : file;

const unquote = (name: string): string => /^"(.*)"$/.exec(name)?.[1] ?? name;

/** The displayed path begins with `~`, because the full path contains the user's name. */
function configFilePath(
  fileKind: 'credentials' | 'config',
  { env, home }: Pick<Computer, 'env' | 'home'>,
): { file: string; displayPath: string } {
  const configuredPath = env[fileKind === 'config' ? 'AWS_CONFIG_FILE' : 'AWS_SHARED_CREDENTIALS_FILE'];
  if (configuredPath === undefined || configuredPath === '')
    return { file: path.join(home, '.aws', fileKind), displayPath: `~/.aws/${fileKind}` };
  const file = expandHome(configuredPath, home);
  const isAtHome = home !== '' && file.startsWith(home + path.sep);
  return { file, displayPath: isAtHome ? `~/${path.relative(home, file).replaceAll('\\', '/')}` : path.basename(file) };
}
