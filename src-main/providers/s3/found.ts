/** What this computer already has for S3: variables, profiles of the AWS tools, remotes of rclone. Offered, never used unasked. */
import path from 'node:path';
import * as v from 'valibot';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { parseRclone } from '../../profiles/import/rclone.ts';
import type { Computer, Found } from '../provider.ts';
import { awsProfiles } from './aws-files.ts';
import { serviceOf } from './presets.ts';
import { isOn, settingsSchema, tidySettings } from './settings.ts';

export const foundOn = (computer: Computer): Found[] => [
  ...fromEnvironment(computer.env),
  ...fromAwsFiles(computer),
  ...fromRclone(computer),
];

/** Settings by the variables that hold them. */
const variables: Record<string, string> = {
  bucket: 'AWS_S3_BUCKET',
  region: 'AWS_DEFAULT_REGION',
  endpoint: 'AWS_ENDPOINT_URL',
  pathStyle: 'AWS_S3_PATH_STYLE',
  accessKeyId: 'AWS_ACCESS_KEY_ID',
  secretAccessKey: 'AWS_SECRET_ACCESS_KEY',
  sessionToken: 'AWS_SESSION_TOKEN',
};

/** The variables that make a destination together; without keys there is nothing to offer. */
function fromEnvironment(env: Computer['env']): Found[] {
  const given = Object.entries(variables).map(
    ([key, variable]) => [key, (env[variable] || (key === 'region' && env['AWS_REGION']) || '').trim()] as const,
  );
  const end = env['AWS_CREDENTIAL_EXPIRATION']?.trim();
  const values = Object.fromEntries(given.filter(([, value]) => value !== ''));
  if (!values.accessKeyId || !values.secretAccessKey) return [];
  const asked = {
    ...values,
    pathStyle: String(isOn(values.pathStyle) ?? wantsPathStyle(values.endpoint)),
    linkKind: 'expiring',
  };
  // Variables that make no sense are offered too: using them says which one is wrong.
  const settings = v.is(settingsSchema, asked) ? tidySettings(asked) : asked;
  const name = settings.bucket ?? values.bucket;
  const known = { ...settings, ...(end && settings.sessionToken !== undefined ? { keysEnd: end } : {}) };
  return [
    {
      id: 's3-environment',
      name: name ?? 'AWS_ACCESS_KEY_ID',
      from: name === undefined ? 'AWS_ACCESS_KEY_ID' : 'AWS_S3_BUCKET',
      values: known,
      use: 'environment',
      needs: name === undefined ? ['bucket'] : [],
    },
  ];
}

/** Where nothing is said, a server with a host of its own gets what works without DNS entries. */
function wantsPathStyle(endpoint: string | undefined): boolean {
  if (endpoint === undefined) return false;
  const address = endpoint.includes('://') ? endpoint : `https://${endpoint}`;
  return URL.canParse(address) && serviceOf(new URL(address).hostname).service.pathStyle === 'needed';
}

/** By name: region, endpoint and keys stay in the files, and are read there at each use. */
function fromAwsFiles(computer: Computer): Found[] {
  return awsProfiles(computer)
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

function fromRclone(computer: Computer): Found[] {
  const { file, shown } = rcloneFile(computer) ?? {};
  if (file === undefined || shown === undefined) return [];
  return parseRclone(computer.read(file) ?? '', path.basename(file))
    .profiles.filter(({ providerId }) => providerId === 's3')
    .flatMap(({ name, settings, secrets }) => {
      const values: FieldValues = {
        ...settings,
        ...secrets,
        linkKind: 'expiring',
        ...(settings.pathStyle === undefined ? { pathStyle: String(wantsPathStyle(settings.endpoint)) } : {}),
      };
      const isWhole =
        values.credentials === 'profile' || (values.accessKeyId !== undefined && values.secretAccessKey !== undefined);
      const use = values.credentials === 'profile' ? 'reference' : 'copy';
      return isWhole
        ? [
            {
              id: `s3-rclone-${name}`,
              name,
              from: shown,
              values,
              use,
              ...(values.bucket === undefined ? { needs: ['bucket'] } : {}),
            } satisfies Found,
          ]
        : [];
    });
}

/** Where rclone itself looks (https://rclone.org/docs/#config-string); the first that is there. */
function rcloneFile({ env, home, platform, read }: Computer): { file: string; shown: string } | undefined {
  const at = (folder: string | undefined, ...rest: string[]): string[] =>
    folder === undefined || folder === '' ? [] : [path.join(folder, ...rest)];
  const files = [
    ...at(env['RCLONE_CONFIG']),
    ...(platform === 'win32' ? at(env['APPDATA'], 'rclone', 'rclone.conf') : []),
    ...at(env['XDG_CONFIG_HOME'], 'rclone', 'rclone.conf'),
    ...at(home, '.config', 'rclone', 'rclone.conf'),
    ...at(home, '.rclone.conf'),
  ];
  const file = files.find((one) => read(one) !== undefined);
  if (file === undefined) return undefined;
  const isAtHome = home !== '' && file.startsWith(home + path.sep);
  return { file, shown: isAtHome ? `~/${path.relative(home, file).replaceAll('\\', '/')}` : path.basename(file) };
}
