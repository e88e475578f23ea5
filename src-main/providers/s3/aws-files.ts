/**
 * The AWS tools' `config` and `credentials`: which profiles there are, and where each one goes. Their keys stay where they
 * are; the driver has the SDK read them at each use.
 */
import path from 'node:path';
import { parseIni, type Section } from '../../profiles/import/ini.ts';
import type { Computer } from '../provider.ts';

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

const signIns = [
  'aws_access_key_id',
  'role_arn',
  'sso_session',
  'sso_start_url',
  'credential_process',
  'web_identity_token_file',
  'login_session',
];

/** Where the two files are, as the AWS tools look for them. */
export const awsFiles = (computer: Pick<Computer, 'env' | 'home'>): Record<'credentials' | 'config', string> => ({
  credentials: placeOf('credentials', computer).file,
  config: placeOf('config', computer).file,
});

/** In the order of the files, `default` first. */
export function awsProfiles(computer: Pick<Computer, 'env' | 'home' | 'read'>): AwsProfile[] {
  const { found, services } = readFiles(computer);
  const profiles = [...found].map(([name, entry]) => profileOf(name, entry, services));
  return [...profiles.filter(({ name }) => name === 'default'), ...profiles.filter(({ name }) => name !== 'default')];
}

/** What both files say, key by key. It holds secrets: it goes to nobody but who signs. */
export interface AwsSections {
  profile(name: string): AwsValues | undefined;
  session(name: string): AwsValues | undefined;
  /** Where a profile says that one of Amazon's services is: `sts`, `sso`, `sso_oidc`. */
  endpointOf(profile: AwsValues, service: string): string | undefined;
}

/** One key's value without the comment behind it; undefined when nothing is left. */
export type AwsValues = (key: string) => string | undefined;

export function awsSections(computer: Pick<Computer, 'env' | 'home' | 'read'>): AwsSections {
  const { found, services, sessions } = readFiles(computer);
  const valuesOf = (values: Section['values'] | undefined): AwsValues | undefined =>
    values && ((key) => plain(values.get(key)));
  return {
    profile: (name) => valuesOf(found.get(name)?.values),
    session: (name) => valuesOf(sessions.get(name)),
    endpointOf: (profile, service) => plain(services.get(profile('services') ?? '')?.get(`${service}.endpoint_url`)),
  };
}

interface Files {
  found: Map<string, Entry>;
  services: Map<string, Section['values']>;
  sessions: Map<string, Section['values']>;
}

function readFiles(computer: Pick<Computer, 'env' | 'home' | 'read'>): Files {
  const found = new Map<string, Entry>();
  const services = new Map<string, Section['values']>();
  const sessions = new Map<string, Section['values']>();
  for (const which of ['credentials', 'config'] as const) {
    const { file, shown } = placeOf(which, computer);
    for (const section of parseIni(computer.read(file) ?? '')) {
      const { kind, other } = /^(?<kind>services|sso-session)\s+(?<other>.+)$/.exec(section.name)?.groups ?? {};
      if (other !== undefined) (kind === 'services' ? services : sessions).set(unquoted(other), section.values);
      const name = other === undefined ? nameOf(section.name, which) : undefined;
      if (name === undefined) continue;
      const known = found.get(name) ?? { from: shown, values: new Map<string, string>() };
      // Of two files the credentials one wins, as in the AWS tools.
      found.set(name, { from: known.from, values: new Map([...section.values, ...known.values]) });
    }
  }
  return { found, services, sessions };
}

interface Entry {
  from: string;
  values: Section['values'];
}

function profileOf(
  name: string,
  { from, values }: Entry,
  services: ReadonlyMap<string, Section['values']>,
): AwsProfile {
  const get = (key: string): string | undefined => plain(values.get(key));
  const service = services.get(get('services') ?? '');
  return {
    name,
    from,
    hasSignIn: signIns.some((key) => get(key) !== undefined),
    ...present('region', get('region')),
    ...present('endpoint', plain(service?.get('s3.endpoint_url')) ?? get('s3.endpoint_url') ?? get('endpoint_url')),
    ...present('addressing', get('s3.addressing_style')),
  };
}

const present = <K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> =>
  value === undefined ? {} : ({ [key]: value } as Record<K, string>);

/** Without the comment behind it; undefined when nothing is left. */
function plain(value: string | undefined): string | undefined {
  const trimmed = value?.split(/\s[#;]/)[0]?.trim();
  return trimmed === '' ? undefined : trimmed;
}

/** `[default]` and `[profile work]` in config, `[work]` in credentials. */
function nameOf(section: string, which: 'credentials' | 'config'): string | undefined {
  if (which === 'credentials' || section === 'default') return unquoted(section) || undefined;
  const named = /^profile\s+(.+)$/.exec(section)?.[1];
  return named === undefined ? undefined : unquoted(named);
}

const unquoted = (name: string): string => /^"(.*)"$/.exec(name)?.[1] ?? name;

/** `~` in what is shown: a path names its user. */
function placeOf(
  which: 'credentials' | 'config',
  { env, home }: Pick<Computer, 'env' | 'home'>,
): { file: string; shown: string } {
  const named = env[which === 'config' ? 'AWS_CONFIG_FILE' : 'AWS_SHARED_CREDENTIALS_FILE'];
  if (named !== undefined && named !== '') {
    const file = /^~[/\\]/.test(named) ? path.join(home, named.slice(2)) : named;
    return {
      file,
      shown:
        file.startsWith(home + path.sep) && home !== ''
          ? `~/${path.relative(home, file).replaceAll('\\', '/')}`
          : path.basename(file),
    };
  }
  return { file: path.join(home, '.aws', which), shown: `~/.aws/${which}` };
}
