/**
 * The AWS tools' `config` and `credentials`: which profiles there are, and where each one goes. Their keys stay where they
 * are; the driver has the SDK read them at each use.
 */
import path from 'node:path';
import { parseIni, type Section } from '../../profiles/import/ini.ts';
import type { Computer } from '../contract/provider.ts';

export interface AwsProfile {
  name: string;
  /** The file that names it, as people write it: `~/.aws/credentials`. */
  from: string;
  /** Something in it says who one is. */
  hasSignIn: boolean;
  region?: string;
  endpoint?: string;
  /** `path` or `virtual`; `auto` is as good as nothing */
  addressing?: string;
}

const signInKeys = [
  'aws_access_key_id',
  'role_arn',
  'sso_session',
  'sso_start_url',
  'credential_process',
  'web_identity_token_file',
  'login_session',
];

/** Where the two files are, as the AWS tools look for them. */
export const awsConfigPaths = (computer: Pick<Computer, 'env' | 'home'>): Record<'credentials' | 'config', string> => ({
  credentials: configFilePath('credentials', computer).file,
  config: configFilePath('config', computer).file,
});

/** In the order of the files, `default` first. */
export function listAwsProfiles(computer: Pick<Computer, 'env' | 'home' | 'read'>): AwsProfile[] {
  const { profiles: entries, services } = readFiles(computer);
  const profiles = [...entries].map(([name, entry]) => toAwsProfile(name, entry, services));
  return [...profiles.filter(({ name }) => name === 'default'), ...profiles.filter(({ name }) => name !== 'default')];
}

/** What both files say, key by key. It holds secrets: it goes to nobody but who signs. */
export interface AwsConfig {
  profile(name: string): AwsSectionReader | undefined;
  session(name: string): AwsSectionReader | undefined;
  /** Where a profile says that one of Amazon's services is: `sts`, `sso`, `sso_oidc`. */
  endpointOf(profile: AwsSectionReader, service: string): string | undefined;
}

/** One key's value without the comment behind it; undefined when nothing is left. */
export type AwsSectionReader = (key: string) => string | undefined;

export function readAwsConfig(computer: Pick<Computer, 'env' | 'home' | 'read'>): AwsConfig {
  const { profiles, services, sessions } = readFiles(computer);
  const sectionReader = (values: Section['values'] | undefined): AwsSectionReader | undefined =>
    values && ((key) => withoutComment(values.get(key)));
  return {
    profile: (name) => sectionReader(profiles.get(name)?.values),
    session: (name) => sectionReader(sessions.get(name)),
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
  for (const which of ['credentials', 'config'] as const) {
    const { file, displayPath } = configFilePath(which, computer);
    for (const section of parseIni(computer.read(file) ?? '')) {
      const { kind, other: otherName } =
        /^(?<kind>services|sso-session)\s+(?<other>.+)$/.exec(section.name)?.groups ?? {};
      if (otherName !== undefined) (kind === 'services' ? services : sessions).set(unquote(otherName), section.values);
      const name = otherName === undefined ? profileName(section.name, which) : undefined;
      if (name === undefined) continue;
      const known = profiles.get(name) ?? { from: displayPath, values: new Map<string, string>() };
      // Of two files the credentials one wins, as in the AWS tools.
      profiles.set(name, { from: known.from, values: new Map([...section.values, ...known.values]) });
    }
  }
  return { profiles, services, sessions };
}

interface ProfileEntry {
  from: string;
  values: Section['values'];
}

function toAwsProfile(
  name: string,
  { from, values }: ProfileEntry,
  services: ReadonlyMap<string, Section['values']>,
): AwsProfile {
  const get = (key: string): string | undefined => withoutComment(values.get(key));
  const service = services.get(get('services') ?? '');
  return {
    name,
    from,
    hasSignIn: signInKeys.some((key) => get(key) !== undefined),
    ...optionalEntry('region', get('region')),
    ...optionalEntry(
      'endpoint',
      withoutComment(service?.get('s3.endpoint_url')) ?? get('s3.endpoint_url') ?? get('endpoint_url'),
    ),
    ...optionalEntry('addressing', get('s3.addressing_style')),
  };
}

const optionalEntry = <K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> =>
  value === undefined ? {} : ({ [key]: value } as Record<K, string>);

/** Without the comment behind it; undefined when nothing is left. */
function withoutComment(value: string | undefined): string | undefined {
  const trimmed = value?.split(/\s[#;]/)[0]?.trim();
  return trimmed === '' ? undefined : trimmed;
}

/** `[default]` and `[profile work]` in config, `[work]` in credentials. */
function profileName(section: string, which: 'credentials' | 'config'): string | undefined {
  if (which === 'credentials' || section === 'default') return unquote(section) || undefined;
  const named = /^profile\s+(.+)$/.exec(section)?.[1];
  return named === undefined ? undefined : unquote(named);
}

const unquote = (name: string): string => /^"(.*)"$/.exec(name)?.[1] ?? name;

/** `~` in what is shown: a path names its user. */
function configFilePath(
  which: 'credentials' | 'config',
  { env, home }: Pick<Computer, 'env' | 'home'>,
): { file: string; displayPath: string } {
  const named = env[which === 'config' ? 'AWS_CONFIG_FILE' : 'AWS_SHARED_CREDENTIALS_FILE'];
  if (named !== undefined && named !== '') {
    const file = /^~[/\\]/.test(named) ? path.join(home, named.slice(2)) : named;
    return {
      file,
      displayPath:
        file.startsWith(home + path.sep) && home !== ''
          ? `~/${path.relative(home, file).replaceAll('\\', '/')}`
          : path.basename(file),
    };
  }
  return { file: path.join(home, '.aws', which), displayPath: `~/.aws/${which}` };
}
