/**
 * Decides whether the user must confirm a file before Hoist uploads it. Hoist asks in a native dialog that the page
 * can't answer. A sensitive location is recognized by its listed path and by its real path: HOME, `~/.aws` or `~/.ssh`
 * can be symbolic links.
 */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import type { FileRef } from '../../src-shared/upload.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import { mapConcurrent } from './map-concurrent.ts';
import { systemCodeOf } from './file-errors.ts';
import type { SensitivePathKind } from './sensitive-app-data.ts';
import { absolutePaths, homePaths, sensitiveNames } from './sensitive-locations.ts';

export interface SensitivePathContext {
  /** The user's home folder. */
  home: string;
  /** Hoist's data folder. */
  userData: string;
  /** Defaults to the running platform. */
  platform?: NodeJS.Platform;
}

/**
 * Whether the user must confirm a file, given all paths that lead to it: the path that the user gave and its real path.
 */
export type SensitivePathRule = (...paths: string[]) => Promise<boolean>;

/** All paths that lead to the file. */
export const pathsOf = ({ source, givenPath = source.path }: AcceptedFile<FileRef>): string[] => [
  givenPath,
  source.path,
];

/** Marks a file that the user agreed to upload. A later version of it at the same place needs no second question. */
export const confirmedFile = (file: AcceptedFile<FileRef>): AcceptedFile<FileRef> => ({
  ...file,
  source: { ...file.source, confirmed: true },
});

/** The sensitive locations by their normalized paths. */
type Locations = ReadonlyMap<string, SensitivePathKind>;

/** The links of locations are resolved again after this time, in ms. */
const locationsValidMs = 1000;
/** File system calls at once. */
const concurrency = 16;

export function sensitivePathRule(context: SensitivePathContext): SensitivePathRule {
  let locations: Promise<Locations> | undefined;
  let resolvedAt = -Infinity;
  return async (...paths) => {
    if (performance.now() - resolvedAt > locationsValidMs) {
      locations = resolveLocations(context);
      resolvedAt = performance.now();
    }
    const currentLocations = await locations!;
    return paths.some((file) => kindIn(currentLocations, path.resolve(file), context) !== undefined);
  };
}

/** Why the user must confirm a file; undefined when no confirmation is needed. Does not resolve symbolic links. */
export const sensitivePathKind = (file: string, context: SensitivePathContext): SensitivePathKind | undefined =>
  kindIn(byPath(locationsOf(context), context), file, context);

type Location = readonly [SensitivePathKind, string];

const locationsOf = ({ home, userData }: SensitivePathContext): Location[] => [
  ...absolutePaths.flatMap(([kind, locations]) => locations.map((location): Location => [kind, location])),
  ...homePaths.flatMap(([kind, locations]) => locations.map((location): Location => [kind, `${home}/${location}`])),
  ['hoist', userData],
];

async function resolveLocations(context: SensitivePathContext): Promise<Locations> {
  const given = locationsOf(context);
  const real = await mapConcurrent(given, concurrency, async ([kind, location]): Promise<Location[]> => {
    const realLocation = await realPathIfExists(location);
    return realLocation === undefined ? [] : [[kind, realLocation]];
  });
  return byPath([...real.flat(), ...given], context);
}

/** Undefined also when a folder on the way can't be read. */
async function realPathIfExists(location: string): Promise<string | undefined> {
  try {
    return await realpath(location);
  } catch (thrown) {
    if (systemCodeOf(thrown) !== undefined) return undefined;
    throw thrown;
  }
}

const byPath = (locations: readonly Location[], { platform }: SensitivePathContext): Locations => {
  const normalize = pathNormalizer(platform);
  return new Map(
    locations
      .map(([kind, location]) => [normalize(location).replace(/\/$/u, ''), kind] as const)
      .filter(([location]) => location !== ''),
  );
};

/** Looks up the file and each folder above it. The outermost sensitive location decides, else the file's name. */
function kindIn(locations: Locations, file: string, { platform }: SensitivePathContext): SensitivePathKind | undefined {
  const normalized = pathNormalizer(platform)(file).replace(/\/$/u, '');
  let kind: SensitivePathKind | undefined;
  for (let end = normalized.length; end > 0; end = normalized.lastIndexOf('/', end - 1))
    kind = locations.get(normalized.slice(0, end)) ?? kind;
  if (kind) return kind;
  const name = normalized.slice(normalized.lastIndexOf('/') + 1);
  return sensitiveNames.find(([, pattern]) => pattern.test(name))?.[0];
}

/** Normalizes slashes, and on Windows and macOS also case and Unicode form, because these systems ignore them. */
function pathNormalizer(platform: NodeJS.Platform = process.platform): (path: string) => string {
  if (platform === 'win32')
    return (path) =>
      path
        // The prefix of long paths: `\\?\C:\…` or `\\?\UNC\server\…`.
        .replace(/^\\\\\?\\(?:UNC\\)?/u, '')
        .replace(/[\\/]+/gu, '/')
        .normalize('NFC')
        .toLowerCase();
  const plain = (path: string) => path.replace(/\/+/gu, '/');
  return platform === 'darwin' ? (path) => plain(path).normalize('NFC').toLowerCase() : plain;
}
