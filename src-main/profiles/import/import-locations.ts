/** The paths at which other programs store their settings on this computer. */
import { statSync } from 'node:fs';
import path from 'node:path';
import type { ImportFile } from './parse-import.ts';

export interface ImportEnvironment {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  platform: NodeJS.Platform;
}

export interface ImportLocation extends Pick<ImportFile, 'from'> {
  path: string;
  program: string;
}

/** The settings files that exist, without duplicates. */
export function findImportLocations(environment: ImportEnvironment): ImportLocation[] {
  const seen = new Set<string>();
  return candidateLocations(environment).filter(
    (location) => isFile(location.path) && !seen.has(location.path) && seen.add(location.path),
  );
}

/** The known location of a file; undefined when no program reads its settings from this path. */
export const findKnownLocation = (file: string, environment: ImportEnvironment): ImportLocation | undefined =>
  candidateLocations(environment).find((location) => path.resolve(location.path) === path.resolve(file));

function candidateLocations({ env, home, platform }: ImportEnvironment): ImportLocation[] {
  const config = env['XDG_CONFIG_HOME'] || path.join(home, '.config');
  const apps =
    platform === 'darwin'
      ? path.join(home, 'Library', 'Application Support')
      : platform === 'win32'
        ? (env['APPDATA'] ?? path.join(home, 'AppData', 'Roaming'))
        : config;
  const rclone = platform === 'win32' ? apps : config;
  const locationsFor = (program: string, ...paths: (string | undefined)[]): ImportLocation[] =>
    paths.filter((file) => file !== undefined && file !== '').map((file) => ({ program, path: file! }));
  return [
    ...locationsFor(
      'rclone',
      env['RCLONE_CONFIG'],
      path.join(rclone, 'rclone', 'rclone.conf'),
      path.join(home, '.rclone.conf'),
    ),
    ...locationsFor('s3cmd', env['S3CMD_CONFIG'], path.join(home, '.s3cfg')),
    ...locationsFor(
      'AWS',
      env['AWS_SHARED_CREDENTIALS_FILE'] || path.join(home, '.aws', 'credentials'),
      env['AWS_CONFIG_FILE'] || path.join(home, '.aws', 'config'),
    ),
    ...['PicGo', 'PicList'].flatMap((program) => {
      const name = program.toLowerCase();
      return locationsFor(
        program,
        path.join(apps, name, 'data.json'),
        path.join(apps, name, `${name}.db`),
        path.join(home, `.${name}`, 'config.json'),
      ).map((location) => ({ ...location, from: program }));
    }),
  ];
}

const isFile = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
