/**
 * Builds the object key of a file, relative to the destination's folder or prefix, from the name template. All files of
 * a dropped folder get the same base key, followed by their paths in the folder.
 */
import { createHash } from 'node:crypto';
import { failure } from '../../../src-shared/errors.ts';
import {
  fillTemplate,
  isDifferentEachTime,
  isUnique,
  parseTemplate,
  usesHash,
  defaultTemplate as defaultTemplateText,
  type TemplateValues,
  type Template,
} from '../../../src-shared/name-template.ts';
import { byteLength, maxNameBytes, splitExtension, safeName, truncateName } from '../../../src-shared/safe-name.ts';
import type { Collision, FolderLocation } from '../../../src-shared/upload.ts';
import type { FileSource, KeyOptions, Source } from '../../engine/ports.ts';
import type { DriverPorts, KeyBuilder } from '../contract/provider.ts';

export interface KeyBuilderOptions {
  template: Template;
  collision: Collision;
  /** The destination's name. */
  profile: string;
  naming: KeyOptions;
  /** The file; its bytes are read only if the template contains a hash. */
  source: Pick<Source, 'name' | 'size'> & Partial<Pick<FileSource, 'read' | 'folder'>>;
  signal: AbortSignal;
  randomBytes: DriverPorts['randomBytes'];
}

const defaultTemplate = parseTemplate(defaultTemplateText).template!;

/** The key builder for an upload without name settings. */
export const defaultKeyBuilder = (
  source: KeyBuilderOptions['source'],
  { now, randomBytes }: DriverPorts,
  signal: AbortSignal,
): KeyBuilder =>
  createKeyBuilder({
    template: defaultTemplate,
    collision: 'new-name',
    profile: '',
    naming: { createdAt: now(), folderName: '' },
    source,
    signal,
    randomBytes,
  });

/**
 * Attempts up to this one append a number to a taken name. Later attempts append random characters, so that even a name
 * that is taken a thousand times needs few attempts.
 */
const maxNumberedAttempts = 9;

/** @throws AppFailure invalid-input when the template in `naming` is invalid */
export function createKeyBuilder({
  template: configuredTemplate,
  collision,
  profile,
  naming,
  source,
  signal,
  randomBytes,
}: KeyBuilderOptions): KeyBuilder {
  const template = naming.keyTemplate === undefined ? configuredTemplate : parseKeyTemplate(naming.keyTemplate);
  const { folder } = source;
  const ifTaken = isUnique(template) ? 'new-name' : ifTakenByCollision[naming.collision ?? collision];
  const valuesWithoutHash: Omit<TemplateValues, 'hash'> = {
    ...(folder ? folderValues(folder) : fileValues(source.name, naming, randomBytes)),
    profile,
    folder: naming.folderName,
  };
  const random = (count: number): string => Buffer.from(randomBytes(count)).toString('base64url').slice(0, count);
  let hash: Promise<string> | undefined;
  const getHash = (): Promise<string> => {
    if (!usesHash(template)) return Promise.resolve('');
    return (hash ??= folder
      ? Promise.resolve(sha256Hex(`hash ${folder.token}`))
      : sha256OfSource(source, signal, randomBytes));
  };
  return {
    isUnique: isUnique(template),
    ifTaken,
    async path(attempt, maxBytes) {
      const values = { ...valuesWithoutHash, hash: await getHash() };
      // The template may contain random characters, which differ in each attempt for a file but not for a folder.
      const isAlreadyDistinct =
        attempt === 1 || (isDifferentEachTime(template) && !folder && attempt <= maxNumberedAttempts);
      const suffixOfAttempt = attempt <= maxNumberedAttempts ? `-${attempt}` : `-${random(6)}`;
      const suffix = isAlreadyDistinct ? '' : suffixOfAttempt;
      return folder
        ? keyInFolder(folder, (bytes) => fillTemplate(template, values, { maxBytes: bytes }), { maxBytes, suffix })
        : fillTemplate(template, values, { maxBytes, ending: suffix });
    },
  };
}

const ifTakenByCollision: Record<Collision, KeyBuilder['ifTaken']> = {
  'new-name': 'new-name',
  ask: 'refuse',
  replace: 'replace',
};

function parseKeyTemplate(pattern: string): Template {
  const { template } = parseTemplate(pattern, 'key');
  if (!template) throw failure('invalid-input');
  return template;
}

// ---------------------------------------------------------------- template values

type NameValues = Pick<TemplateValues, 'name' | 'kind' | 'at' | 'random' | 'uuid'>;

function fileValues(name: string, { createdAt: at }: KeyOptions, randomBytes: DriverPorts['randomBytes']): NameValues {
  return {
    name,
    kind: 'file',
    at,
    uuid: () => formatUuid(Buffer.from(randomBytes(16))),
    // 6 bits per character, so 12 bytes give 16 characters.
    random: (count) =>
      Buffer.from(randomBytes(Math.ceil((count * 3) / 4)))
        .toString('base64url')
        .slice(0, count),
  };
}

/** Derives all random parts from the folder's token, so that all its files get the same base key in every attempt. */
function folderValues({ name, token, at }: FolderLocation): NameValues {
  const extraRandom = (count: number): string => {
    // A SHA-256 hash has 43 characters in base64url.
    const hashes = Array.from({ length: Math.ceil(count / 43) }, (_, i) => sha256(`random ${i} ${token}`));
    return hashes.map((hash) => hash.toString('base64url')).join('');
  };
  return {
    name,
    kind: 'folder',
    at,
    uuid: () => formatUuid(sha256(`uuid ${token}`)),
    random: (count) => (safeName(token) + extraRandom(count)).slice(0, count),
  };
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
const sha256Hex = (text: string): string => sha256(text).toString('hex');

/** Turns 16 random bytes into a UUID of version 4 (RFC 9562), which has fixed bits in two bytes. */
function formatUuid(bytes: Buffer): string {
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Small enough not to block the event loop for long. */
const chunkBytes = 512 * 1024;

/**
 * SHA-256 of a file. For a pipe it returns random characters, because the content is not known in advance.
 * @throws AppFailure canceled, source-changed, source-unreadable
 */
export async function sha256OfSource(
  source: Pick<KeyBuilderOptions['source'], 'size' | 'read'>,
  signal: AbortSignal,
  randomBytes: DriverPorts['randomBytes'],
): Promise<string> {
  const { size } = source;
  if (size === undefined || !source.read) return Buffer.from(randomBytes(32)).toString('hex');
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, Math.max(1, size)));
  for (let done = 0; done < size;) {
    if (signal.aborted) throw failure('canceled');
    const count = await source.read(buffer.subarray(0, Math.min(buffer.length, size - done)), done);
    if (count <= 0) throw failure('source-changed');
    hash.update(buffer.subarray(0, count));
    done += count;
  }
  return hash.digest('hex');
}

// ---------------------------------------------------------------- files of a folder

/** The length of the hash that replaces a path that is too long, in characters. */
const shortHashLength = 16;

/** Different relative paths always get different keys; otherwise files of a folder would overwrite each other. */
function keyInFolder(
  { relativePath }: FolderLocation,
  folderKey: (maxBytes: number) => string,
  { maxBytes, suffix }: { maxBytes: number; suffix: string },
): string {
  const segments = relativePath.split('/').filter((segment) => segment !== '');
  const fileName = distinctName(segments.at(-1) ?? '');
  const path = [folderKey(maxBytes), ...segments.slice(0, -1).map(distinctName), withSuffix(fileName, suffix)].join(
    '/',
  );
  if (byteLength(path) <= maxBytes) return path;
  // The relative path is too long, so a hash replaces its folders. Two bytes are for the slashes.
  return [
    folderKey(maxBytes - shortHashLength - maxNameBytes - 2),
    shortHash(segments.join('/')),
    withSuffix(safeName(segments.at(-1) ?? ''), suffix),
  ].join('/');
}

function withSuffix(name: string, suffix: string): string {
  if (suffix === '') return name;
  const { stem, extension } = splitExtension(name);
  return `${truncateName(stem, maxNameBytes - byteLength(extension) - suffix.length)}${suffix}${extension}`;
}

/** A sanitized name could equal the name of another file, so it gets a hash of the original name as a suffix. */
function distinctName(name: string): string {
  const safe = safeName(name);
  if (safe === name) return safe;
  return withSuffix(safe, `~${shortHash(name).slice(0, 8)}`);
}

const shortHash = (text: string): string =>
  createHash('sha256').update(text, 'utf16le').digest('base64url').slice(0, shortHashLength);
