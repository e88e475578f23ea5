/** Where the programs that can be imported from keep their settings on this computer. */
import { statSync } from 'node:fs';
import path from 'node:path';
import type { ImportFile } from './parse.ts';

export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  platform: NodeJS.Platform;
}

export interface Place extends Pick<ImportFile, 'from'> {
  path: string;
  program: string;
}

/** Those that are there. */
export function importPlaces(surroundings: Surroundings): Place[] {
  const seen = new Set<string>();
  return candidates(surroundings).filter(
    (place) => isFile(place.path) && !seen.has(place.path) && seen.add(place.path),
  );
}

/** Whether the program that wrote it reads it there. */
export const isOwnPlace = (file: string, surroundings: Surroundings): Place | undefined =>
  candidates(surroundings).find((place) => path.resolve(place.path) === path.resolve(file));

function candidates({ env, home, platform }: Surroundings): Place[] {
  const config = env['XDG_CONFIG_HOME'] || path.join(home, '.config');
  const apps =
    platform === 'darwin'
      ? path.join(home, 'Library', 'Application Support')
      : platform === 'win32'
        ? (env['APPDATA'] ?? path.join(home, 'AppData', 'Roaming'))
        : config;
  const rclone = platform === 'win32' ? apps : config;
  const of = (program: string, ...paths: (string | undefined)[]): Place[] =>
    paths.filter((one) => one !== undefined && one !== '').map((one) => ({ program, path: one! }));
  return [
    ...of('rclone', env['RCLONE_CONFIG'], path.join(rclone, 'rclone', 'rclone.conf'), path.join(home, '.rclone.conf')),
    ...of('s3cmd', env['S3CMD_CONFIG'], path.join(home, '.s3cfg')),
    ...of(
      'AWS',
      env['AWS_SHARED_CREDENTIALS_FILE'] || path.join(home, '.aws', 'credentials'),
      env['AWS_CONFIG_FILE'] || path.join(home, '.aws', 'config'),
    ),
    ...['PicGo', 'PicList'].flatMap((program) => {
      const name = program.toLowerCase();
      return of(
        program,
        path.join(apps, name, 'data.json'),
        path.join(apps, name, `${name}.db`),
        path.join(home, `.${name}`, 'config.json'),
      ).map((place) => ({ ...place, from: program }));
    }),
  ];
}

const isFile = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
