/**
 * Where a file goes below what the destination's own settings say: the template is filled in with what is known of the
 * upload. A folder that was given as a whole gets one place, and what is in it keeps its place below that.
 */
import { createHash } from 'node:crypto';
import { failure } from '../../src-shared/errors.ts';
import {
  fillTemplate,
  isFresh,
  isUnique,
  parseTemplate,
  usesHash,
  usualTemplate,
  type NameFacts,
  type Template,
} from '../../src-shared/name-template.ts';
import { byteLength, maxNameBytes, nameParts, safeName, shortened } from '../../src-shared/safe-name.ts';
import type { Collision, FolderPlace } from '../../src-shared/upload.ts';
import type { FileSource, Naming, Source } from '../engine/ports.ts';
import type { DriverPorts, Place } from './provider.ts';

export interface PlaceOptions {
  template: Template;
  collision: Collision;
  /** The destination's name. */
  profile: string;
  naming: Naming;
  /** What is sent; its bytes are read where the template asks for what they amount to. */
  source: Pick<Source, 'name' | 'size'> & Partial<Pick<FileSource, 'read' | 'folder'>>;
  signal: AbortSignal;
  randomBytes: DriverPorts['randomBytes'];
}

const usual = parseTemplate(usualTemplate).template!;

/** Of an upload whose destination says nothing about names. */
export const usualPlace = (
  source: PlaceOptions['source'],
  { now, randomBytes }: DriverPorts,
  signal: AbortSignal,
): Place =>
  placeOf({
    template: usual,
    collision: 'new-name',
    profile: '',
    naming: { at: now(), folder: '' },
    source,
    signal,
    randomBytes,
  });

/** The same numbers of a first few; more hang on chance, so that a name that is taken a thousand times is not asked for as often. */
const numbered = 9;

/** @throws AppFailure invalid-input when what the upload itself asks for is no template */
export function placeOf({
  template: pattern,
  collision,
  profile,
  naming,
  source,
  signal,
  randomBytes,
}: PlaceOptions): Place {
  const template = naming.place === undefined ? pattern : given(naming.place);
  const { folder } = source;
  const onTaken = isUnique(template) ? 'new-name' : onTakenBy[naming.collision ?? collision];
  const facts: Omit<NameFacts, 'hash'> = {
    ...(folder ? ofFolder(folder) : ofFile(source.name, naming, randomBytes)),
    profile,
    folder: naming.folder,
  };
  const random = (count: number): string => Buffer.from(randomBytes(count)).toString('base64url').slice(0, count);
  let hash: Promise<string> | undefined;
  const hashOnce = (): Promise<string> => {
    if (!usesHash(template)) return Promise.resolve('');
    return (hash ??= folder
      ? Promise.resolve(sumOf(`hash ${folder.token}`))
      : contentHash(source, signal, randomBytes));
  };
  return {
    isUnique: isUnique(template),
    onTaken,
    async path(tries, maxBytes) {
      const all = { ...facts, hash: await hashOnce() };
      const isAnother = tries === 1 || (isFresh(template) && !folder && tries <= numbered);
      const ending = isAnother ? '' : tries <= numbered ? `-${tries}` : `-${random(6)}`;
      return folder
        ? inFolder(folder, (bytes) => fillTemplate(template, all, { maxBytes: bytes }), { maxBytes, ending })
        : fillTemplate(template, all, { maxBytes, ending });
    },
  };
}

const onTakenBy: Record<Collision, Place['onTaken']> = { 'new-name': 'new-name', ask: 'refuse', replace: 'replace' };

function given(place: string): Template {
  const { template } = parseTemplate(place, 'place');
  if (!template) throw failure('invalid-input');
  return template;
}

// ---------------------------------------------------------------- what is filled in

type Filling = Pick<NameFacts, 'name' | 'kind' | 'at' | 'random' | 'uuid'>;

function ofFile(name: string, { at }: Naming, randomBytes: DriverPorts['randomBytes']): Filling {
  return {
    name,
    kind: 'file',
    at,
    uuid: () => uuidOf(Buffer.from(randomBytes(16))),
    // Six bits a character: 12 bytes are 16 characters.
    random: (count) =>
      Buffer.from(randomBytes(Math.ceil((count * 3) / 4)))
        .toString('base64url')
        .slice(0, count),
  };
}

/** All its files share the token, so what is random comes of it; they find the same place whenever they are sent. */
function ofFolder({ name, token, at }: FolderPlace): Filling {
  const more = (count: number): string =>
    Array.from({ length: Math.ceil(count / 43) }, (_, i) => digest(`random ${i} ${token}`).toString('base64url')).join(
      '',
    );
  return {
    name,
    kind: 'folder',
    at,
    uuid: () => uuidOf(digest(`uuid ${token}`)),
    random: (count) => (safeName(token) + more(count)).slice(0, count),
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const sumOf = (text: string): string => digest(text).toString('hex');

/** Version 4 (RFC 9562). */
function uuidOf(bytes: Buffer): string {
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Slices small enough to let others have their turn. */
const sliceBytes = 512 * 1024;

/**
 * SHA-256 of a file; of a pipe, whose bytes are not known before they are gone, something random.
 * @throws AppFailure canceled, source-changed, source-unreadable
 */
export async function contentHash(
  source: Pick<PlaceOptions['source'], 'size' | 'read'>,
  signal: AbortSignal,
  randomBytes: DriverPorts['randomBytes'],
): Promise<string> {
  const { size } = source;
  if (size === undefined || !source.read) return Buffer.from(randomBytes(32)).toString('hex');
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(Math.min(sliceBytes, Math.max(1, size)));
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
const sumLength = 16;

/** The same place always has the same path, and no two places of a folder have one: files would overwrite each other. */
function inFolder(
  { below }: FolderPlace,
  place: (maxBytes: number) => string,
  { maxBytes, ending }: { maxBytes: number; ending: string },
): string {
  const ways = below.split('/').filter((segment) => segment !== '');
  const last = ownName(ways.at(-1) ?? '');
  const path = [place(maxBytes), ...ways.slice(0, -1).map(ownName), before(last, ending)].join('/');
  if (byteLength(path) <= maxBytes) return path;
  // The way there is too long: a sum of it stands for it.
  return [
    place(maxBytes - sumLength - maxNameBytes - 2),
    shortSum(ways.join('/')),
    before(safeName(ways.at(-1) ?? ''), ending),
  ].join('/');
}

function before(name: string, ending: string): string {
  if (ending === '') return name;
  const { stem, extension } = nameParts(name);
  return `${shortened(stem, maxNameBytes - byteLength(extension) - ending.length)}${ending}${extension}`;
}

/** A name that cannot stay as it is might become that of its neighbour; what it was goes into a mark behind it. */
function ownName(name: string): string {
  const safe = safeName(name);
  if (safe === name) return safe;
  return before(safe, `~${shortSum(name).slice(0, 8)}`);
}

const shortSum = (text: string): string =>
  createHash('sha256').update(text, 'utf16le').digest('base64url').slice(0, sumLength);
