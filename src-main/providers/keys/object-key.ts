/**
 * Where a file goes below what the destination's own settings say: the template is filled in with what is known of the
 * upload. A folder that was given as a whole gets one place, and what is in it keeps its place below that.
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
  /** What is sent; its bytes are read where the template asks for what they amount to. */
  source: Pick<Source, 'name' | 'size'> & Partial<Pick<FileSource, 'read' | 'folder'>>;
  signal: AbortSignal;
  randomBytes: DriverPorts['randomBytes'];
}

const defaultTemplate = parseTemplate(defaultTemplateText).template!;

/** Of an upload whose destination says nothing about names. */
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

/** The same numbers of a first few; more hang on chance, so that a name that is taken a thousand times is not asked for as often. */
const maxNumberedAttempts = 9;

/** @throws AppFailure invalid-input when what the upload itself asks for is no template */
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
  const facts: Omit<TemplateValues, 'hash'> = {
    ...(folder ? folderFacts(folder) : fileFacts(source.name, naming, randomBytes)),
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
      const allFacts = { ...facts, hash: await getHash() };
      const isAlreadyDistinct =
        attempt === 1 || (isDifferentEachTime(template) && !folder && attempt <= maxNumberedAttempts);
      const suffix = isAlreadyDistinct ? '' : attempt <= maxNumberedAttempts ? `-${attempt}` : `-${random(6)}`;
      return folder
        ? keyInFolder(folder, (bytes) => fillTemplate(template, allFacts, { maxBytes: bytes }), { maxBytes, suffix })
        : fillTemplate(template, allFacts, { maxBytes, ending: suffix });
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

// ---------------------------------------------------------------- what is filled in

type FillFacts = Pick<TemplateValues, 'name' | 'kind' | 'at' | 'random' | 'uuid'>;

function fileFacts(name: string, { createdAt: at }: KeyOptions, randomBytes: DriverPorts['randomBytes']): FillFacts {
  return {
    name,
    kind: 'file',
    at,
    uuid: () => formatUuid(Buffer.from(randomBytes(16))),
    // Six bits a character: 12 bytes are 16 characters.
    random: (count) =>
      Buffer.from(randomBytes(Math.ceil((count * 3) / 4)))
        .toString('base64url')
        .slice(0, count),
  };
}

/** All its files share the token, so what is random comes of it; they find the same place whenever they are sent. */
function folderFacts({ name, token, at }: FolderLocation): FillFacts {
  const extraRandom = (count: number): string =>
    Array.from({ length: Math.ceil(count / 43) }, (_, i) => sha256(`random ${i} ${token}`).toString('base64url')).join(
      '',
    );
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

/** Version 4 (RFC 9562). */
function formatUuid(bytes: Buffer): string {
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Slices small enough to let others have their turn. */
const chunkBytes = 512 * 1024;

/**
 * SHA-256 of a file; of a pipe, whose bytes are not known before they are gone, something random.
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

// ---------------------------------------------------------------- below a folder

/** Of the sum that stands for a way that is too long, in characters. */
const shortHashLength = 16;

/** The same place always has the same path, and no two places of a folder have one: files would overwrite each other. */
function keyInFolder(
  { relativePath: below }: FolderLocation,
  folderKey: (maxBytes: number) => string,
  { maxBytes, suffix }: { maxBytes: number; suffix: string },
): string {
  const segments = below.split('/').filter((segment) => segment !== '');
  const fileName = distinctName(segments.at(-1) ?? '');
  const path = [folderKey(maxBytes), ...segments.slice(0, -1).map(distinctName), withSuffix(fileName, suffix)].join(
    '/',
  );
  if (byteLength(path) <= maxBytes) return path;
  // The way there is too long: a sum of it stands for it.
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

/** A name that cannot stay as it is might become that of its neighbour; what it was goes into a mark behind it. */
function distinctName(name: string): string {
  const safe = safeName(name);
  if (safe === name) return safe;
  return withSuffix(safe, `~${shortHash(name).slice(0, 8)}`);
}

const shortHash = (text: string): string =>
  createHash('sha256').update(text, 'utf16le').digest('base64url').slice(0, shortHashLength);
