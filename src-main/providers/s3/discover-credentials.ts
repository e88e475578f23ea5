/**
 * Finds S3 credentials that this computer already has: environment variables, AWS profiles and rclone remotes. Hoist
 * offers them and never uses them without the user's choice.
 */
import path from 'node:path';
import * as v from 'valibot';
import type { FieldValues } from '../../../src-shared/profile.ts';
import type { Computer } from '../../platform/computer.ts';
import type { DiscoveredCredentials } from '../contract/provider.ts';
import { listAwsProfiles } from './aws-config.ts';
import { parseRcloneConfig } from './rclone-config.ts';
import { normalizeS3Settings } from './normalize-settings.ts';
import { s3SettingsSchema } from './settings.ts';

export const discoverS3Credentials = (computer: Computer): DiscoveredCredentials[] => [
  ...fromEnvironment(computer.env),
  ...fromAwsFiles(computer),
  ...fromRclone(computer),
];

/** Environment variables by setting. */
const settingVariables: Record<string, string> = {
  bucket: 'AWS_S3_BUCKET',
  region: 'AWS_DEFAULT_REGION',
  endpoint: 'AWS_ENDPOINT_URL',
  pathStyle: 'AWS_S3_PATH_STYLE',
  accessKeyId: 'AWS_ACCESS_KEY_ID',
  secretAccessKey: 'AWS_SECRET_ACCESS_KEY',
  sessionToken: 'AWS_SESSION_TOKEN',
};

/** Returns a destination if the environment has an access key and a secret key. */
function fromEnvironment(env: Computer['env']): DiscoveredCredentials[] {
  const entries = Object.entries(settingVariables).map(
    ([key, variable]) => [key, (env[variable] || (key === 'region' && env['AWS_REGION']) || '').trim()] as const,
  );
  const expiration = env['AWS_CREDENTIAL_EXPIRATION']?.trim();
  const values = Object.fromEntries(entries.filter(([, value]) => value !== ''));
  if (!values.accessKeyId || !values.secretAccessKey) return [];
  const formValues = {
    ...values,
    linkKind: 'expiring',
  };
  // Invalid variables are offered too: when the user chooses them, the form shows which one is wrong.
  const settings = v.is(s3SettingsSchema, formValues) ? normalizeS3Settings(formValues) : formValues;
  const name = settings.bucket ?? values.bucket;
  const discovered = {
    ...settings,
    ...(expiration && settings.sessionToken !== undefined ? { keysEnd: expiration } : {}),
  };
  return [
    {
      id: 's3-environment',
      name: name ?? 'AWS_ACCESS_KEY_ID',
      from: name === undefined ? 'AWS_ACCESS_KEY_ID' : 'AWS_S3_BUCKET',
      values: discovered,
      use: 'environment',
      needs: name === undefined ? ['bucket'] : [],
    },
  ];
}

/** Profiles are offered by reference: their region, endpoint and keys are read from the files at each use. */
function fromAwsFiles(computer: Computer): DiscoveredCredentials[] {
  return listAwsProfiles(computer)
    .filter(({ hasSignIn, name }) => hasSignIn && name.length <= 200)
    .map(({ name, from }) => ({
      id: `s3-aws-${name}`,
      name,
      from,
      values: { credentials: 'profile', awsProfile: name, linkKind: 'expiring' },
      use: 'reference',
      needs: ['bucket'],
    }));
}

function fromRclone(computer: Computer): DiscoveredCredentials[] {
  const { file, displayPath } = rcloneFile(computer) ?? {};
  if (file === undefined || displayPath === undefined) return [];
  const config = parseRcloneConfig(computer.read(file) ?? '');
  if (config === 'encrypted') return [];
  return config.remotes.flatMap(({ name, settings, secrets }) => {
    const values: FieldValues = {
      ...settings,
      ...secrets,
      linkKind: 'expiring',
    };
    const isReference = values.credentials === 'profile';
    const isComplete = isReference || (values.accessKeyId !== undefined && values.secretAccessKey !== undefined);
    if (!isComplete) return [];
    return {
      id: `s3-rclone-${name}`,
      name,
      from: displayPath,
      values,
      use: isReference ? 'reference' : 'copy',
      ...(values.bucket === undefined ? { needs: ['bucket'] } : {}),
    };
  });
}

/** Returns the first existing file at the paths that rclone uses (https://rclone.org/docs/#config-string). */
function rcloneFile({ env, home, platform, read }: Computer): { file: string; displayPath: string } | undefined {
  const pathIn = (folder: string | undefined, ...rest: string[]): string[] =>
    folder === undefined || folder === '' ? [] : [path.join(folder, ...rest)];
  const files = [
    ...pathIn(env['RCLONE_CONFIG']),
    ...(platform === 'win32' ? pathIn(env['APPDATA'], 'rclone', 'rclone.conf') : []),
    ...pathIn(env['XDG_CONFIG_HOME'], 'rclone', 'rclone.conf'),
    ...pathIn(home, '.config', 'rclone', 'rclone.conf'),
    ...pathIn(home, '.rclone.conf'),
  ];
  const file = files.find((candidate) => read(candidate) !== undefined);
  if (file === undefined) return undefined;
  const isAtHome = home !== '' && file.startsWith(home + path.sep);
  return { file, displayPath: isAtHome ? `~/${path.relative(home, file).replaceAll('\\', '/')}` : path.basename(file) };
}
