/**
 * Finds S3 credentials that this computer already has: environment variables, AWS profiles and rclone remotes. Hoist
 * offers them and never uses them without the user's choice.
 */
import path from 'node:path';
import type { FieldValues } from '../../../src-shared/profile.ts';
import type { Computer } from '../../platform/computer.ts';
import type { DiscoveredCredentials } from '../contract/provider.ts';
import { listAwsProfiles } from './aws-config.ts';
import { parseRcloneConfig } from './rclone-config.ts';
import { discoverFromEnvironment } from './environment-variables.ts';

export const discoverS3Credentials = (computer: Computer): DiscoveredCredentials[] => [
  ...discoverFromEnvironment(computer.env),
  ...fromAwsFiles(computer),
  ...fromRclone(computer),
];

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
  const pathIn = (folder: string | undefined, ...names: string[]): string[] =>
    folder === undefined || folder === '' ? [] : [path.join(folder, ...names)];
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
