/** What this computer already has for S3: variables, profiles of the AWS tools, remotes of rclone. Offered, never used unasked. */
import path from 'node:path';
import * as v from 'valibot';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { parseRclone } from '../../profiles/import/rclone.ts';
import type { Computer, DiscoveredCredentials } from '../contract/provider.ts';
import { listAwsProfiles } from './aws-config.ts';
import { serviceForHost } from './presets.ts';
import { parseToggle, s3SettingsSchema, normalizeS3Settings } from './settings.ts';

export const discoverS3Credentials = (computer: Computer): DiscoveredCredentials[] => [
  ...fromEnvironment(computer.env),
  ...fromAwsFiles(computer),
  ...fromRclone(computer),
];

/** Settings by the variables that hold them. */
const settingVariables: Record<string, string> = {
  bucket: 'AWS_S3_BUCKET',
  region: 'AWS_DEFAULT_REGION',
  endpoint: 'AWS_ENDPOINT_URL',
  pathStyle: 'AWS_S3_PATH_STYLE',
  accessKeyId: 'AWS_ACCESS_KEY_ID',
  secretAccessKey: 'AWS_SECRET_ACCESS_KEY',
  sessionToken: 'AWS_SESSION_TOKEN',
};

/** The variables that make a destination together; without keys there is nothing to offer. */
function fromEnvironment(env: Computer['env']): DiscoveredCredentials[] {
  const entries = Object.entries(settingVariables).map(
    ([key, variable]) => [key, (env[variable] || (key === 'region' && env['AWS_REGION']) || '').trim()] as const,
  );
  const end = env['AWS_CREDENTIAL_EXPIRATION']?.trim();
  const values = Object.fromEntries(entries.filter(([, value]) => value !== ''));
  if (!values.accessKeyId || !values.secretAccessKey) return [];
  const formValues = {
    ...values,
    pathStyle: String(parseToggle(values.pathStyle) ?? defaultsToPathStyle(values.endpoint)),
    linkKind: 'expiring',
  };
  // Variables that make no sense are offered too: using them says which one is wrong.
  const settings = v.is(s3SettingsSchema, formValues) ? normalizeS3Settings(formValues) : formValues;
  const name = settings.bucket ?? values.bucket;
  const discovered = { ...settings, ...(end && settings.sessionToken !== undefined ? { keysEnd: end } : {}) };
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

/** Where nothing is said, a server with a host of its own gets what works without DNS entries. */
function defaultsToPathStyle(endpoint: string | undefined): boolean {
  if (endpoint === undefined) return false;
  const address = endpoint.includes('://') ? endpoint : `https://${endpoint}`;
  return URL.canParse(address) && serviceForHost(new URL(address).hostname).service.pathStyle === 'needed';
}

/** By name: region, endpoint and keys stay in the files, and are read there at each use. */
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
  return parseRclone(computer.read(file) ?? '', path.basename(file))
    .profiles.filter(({ providerId }) => providerId === 's3')
    .flatMap(({ name, settings, secrets }) => {
      const values: FieldValues = {
        ...settings,
        ...secrets,
        linkKind: 'expiring',
        ...(settings.pathStyle === undefined ? { pathStyle: String(defaultsToPathStyle(settings.endpoint)) } : {}),
      };
      const isComplete =
        values.credentials === 'profile' || (values.accessKeyId !== undefined && values.secretAccessKey !== undefined);
      const use = values.credentials === 'profile' ? 'reference' : 'copy';
      return isComplete
        ? [
            {
              id: `s3-rclone-${name}`,
              name,
              from: displayPath,
              values,
              use,
              ...(values.bucket === undefined ? { needs: ['bucket'] } : {}),
            } satisfies DiscoveredCredentials,
          ]
        : [];
    });
}

/** Where rclone itself looks (https://rclone.org/docs/#config-string); the first that is there. */
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
