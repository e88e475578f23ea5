/**
 * The content of a Dropbox account: files and folders by lowercase path, upload sessions, shared links, and the limits
 * of its plan.
 */
import { randomBytes } from 'node:crypto';
import { dropboxContentHash } from './content-hash.ts';
import { routeError, tagged, type Tagged } from './error-response.ts';

export interface StoredFile {
  kind: 'file';
  id: string;
  /** As the client wrote it, with slashes. */
  path: string;
  rev: string;
  content: readonly Uint8Array[];
  size: number;
  hash: string;
  /** `2026-11-28T20:15:37Z` */
  clientModified: string;
  serverModified: string;
}
export interface StoredFolder {
  kind: 'folder';
  id: string;
  path: string;
}
export type AccountEntry = StoredFile | StoredFolder;

export interface UploadSession {
  kind: 'sequential' | 'concurrent';
  chunks: { offset: number; bytes: Uint8Array }[];
  isClosed: boolean;
  /** When the session started, in ms since 1970. */
  at: number;
}

export interface SharedLink {
  url: string;
  fileId: string;
  rlkey: string;
  audience: 'public' | 'team' | 'no_one';
  /** as in responses */
  expires?: string;
  password?: string;
  allowDownload: boolean;
}

export interface CommitRequest {
  path: string;
  mode: Tagged;
  autorename: boolean;
  strict: boolean;
  clientModified: string | undefined;
}

const bytesPerMiB = 1024 * 1024;
/** The largest body of one request. */
export const maxRequestBytes = 150 * bytesPerMiB;
/** The largest file: 2 TiB minus 4 MiB. */
export const maxFileBytes = 2 ** 41 - 2 ** 22;
/** Upload sessions expire after seven days. */
const sessionMs = 7 * 24 * 3600 * 1000;

export class DropboxAccount {
  readonly id = `dbid:${randomBytes(26).toString('base64url').slice(0, 35)}`;
  readonly entries = new Map<string, AccountEntry>();
  readonly sessions = new Map<string, UploadSession>();
  readonly links = new Map<string, SharedLink>();
  plan: 'basic' | 'pro' = 'pro';
  isEmailVerified = true;
  isSuspended = false;
  /** bytes */
  allocated = 2 * 1024 ** 4;
  /** The widest access that the team allows for links. */
  widestAudience: SharedLink['audience'] = 'public';
  /** Links lead to a page that reports too much traffic. */
  isBanned = false;
  /** The number of commits to refuse because of another write. */
  busyCommits = 0;
  /** Errors for the next commits, one for each. */
  readonly scriptedErrors: Tagged[] = [];
  readonly #now: () => number;
  #count = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  get used(): number {
    return this.files.reduce((sum, file) => sum + file.size, 0);
  }
  get files(): StoredFile[] {
    return [...this.entries.values()].filter((entry) => entry.kind === 'file');
  }

  time(): string {
    return `${new Date(this.#now()).toISOString().slice(0, 19)}Z`;
  }
  now(): number {
    return this.#now();
  }

  /** Finds by path, id or revision. */
  find(path: string): AccountEntry | undefined {
    if (path.startsWith('id:')) return [...this.entries.values()].find((entry) => entry.id === path);
    if (path.startsWith('rev:')) return this.files.find((file) => `rev:${file.rev}` === path);
    return this.entries.get(path.toLowerCase());
  }

  session(id: string): UploadSession | undefined {
    const session = this.sessions.get(id);
    return session && this.#now() - session.at <= sessionMs ? session : undefined;
  }

  newId(): string {
    return `id:${randomBytes(16).toString('base64url')}`;
  }
  /** At least nine hexadecimal digits. */
  #newRev(): string {
    return (0x5f0000000 + ++this.#count).toString(16).padStart(15, '0');
  }

  /** Stores a file. @throws WriteError and changes nothing when the commit is refused */
  commit(
    { path, mode, autorename, strict, clientModified }: CommitRequest,
    content: readonly Uint8Array[],
  ): StoredFile {
    const scripted = this.scriptedErrors.shift();
    if (scripted) throw new WriteError(scripted);
    if (this.busyCommits > 0) {
      this.busyCommits--;
      throw new WriteError(tagged('too_many_write_operations'));
    }
    checkWritePath(path);
    const size = content.reduce((sum, chunk) => sum + chunk.length, 0);
    const hash = dropboxContentHash(content);
    const resolution = this.#resolve({ path, mode, autorename, strict }, hash);
    if (resolution.action === 'same') return resolution.file;
    if (this.used - (resolution.replaced?.size ?? 0) + size > this.allocated)
      throw new WriteError(tagged('insufficient_space'));
    this.#makeParents(resolution.path);
    const now = this.time();
    const file: StoredFile = {
      kind: 'file',
      id: resolution.replaced?.id ?? this.newId(),
      path: resolution.path,
      rev: this.#newRev(),
      content,
      size,
      hash,
      clientModified: clientModified ?? now,
      serverModified: now,
    };
    this.entries.set(resolution.path.toLowerCase(), file);
    return file;
  }

  /** Decides what a commit does when its path exists: keeps an equal file, replaces it, uses another name or fails. */
  #resolve(
    { path, mode, autorename, strict }: Omit<CommitRequest, 'clientModified'>,
    hash: string,
  ): { action: 'same'; file: StoredFile } | { action: 'write'; path: string; replaced?: StoredFile } {
    const existing = this.entries.get(path.toLowerCase());
    const conflict = (conflictTag: string): { action: 'write'; path: string } => {
      if (!autorename) throw new WriteError(tagged('conflict', tagged(conflictTag)));
      return { action: 'write', path: this.#availablePath(path) };
    };
    if (existing === undefined) return { action: 'write', path };
    if (existing.kind === 'folder') return conflict('folder');
    const modeTag = mode['.tag'];
    const mayReplace = modeTag === 'overwrite' || (modeTag === 'update' && mode.update === existing.rev);
    if (existing.hash === hash && (mayReplace || !strict)) return { action: 'same', file: existing };
    return mayReplace ? { action: 'write', path: existing.path, replaced: existing } : conflict('file');
  }

  /** The first free path of `/a (1).txt`, `/a (2).txt` and so on. */
  #availablePath(path: string): string {
    const [, stem = path, extension = ''] = /^(.*?)(\.[^./]*)?$/s.exec(path) ?? [];
    for (let n = 1; ; n++) {
      const next = `${stem} (${n})${extension}`;
      if (!this.entries.has(next.toLowerCase())) return next;
    }
  }

  #makeParents(path: string): void {
    const segments = path.split('/').slice(1, -1);
    for (let count = 1; count <= segments.length; count++) {
      const parent = `/${segments.slice(0, count).join('/')}`;
      const existing = this.entries.get(parent.toLowerCase());
      if (existing?.kind === 'file') throw new WriteError(tagged('conflict', tagged('file_ancestor')));
      if (!existing) this.entries.set(parent.toLowerCase(), { kind: 'folder', id: this.newId(), path: parent });
    }
  }

  makeFolder(path: string, { autorename }: { autorename: boolean }): StoredFolder {
    checkWritePath(path);
    const existing = this.entries.get(path.toLowerCase());
    if (existing && !autorename) throw new WriteError(tagged('conflict', tagged(existing.kind)));
    const available = existing ? this.#availablePath(path) : path;
    this.#makeParents(available);
    const folder: StoredFolder = { kind: 'folder', id: this.newId(), path: available };
    this.entries.set(available.toLowerCase(), folder);
    return folder;
  }

  remove(entry: AccountEntry): void {
    const key = entry.path.toLowerCase();
    for (const path of this.entries.keys()) if (path === key || path.startsWith(`${key}/`)) this.entries.delete(path);
    for (const [url, link] of this.links) if (!this.find(link.fileId)) this.links.delete(url);
  }

  childrenOf(path: string): AccountEntry[] {
    const folder = path === '' ? '' : path.toLowerCase();
    return [...this.entries.values()].filter(
      (entry) => entry.path.toLowerCase().slice(0, entry.path.lastIndexOf('/')) === folder,
    );
  }
}

/** A refused commit; the route determines the format of the error. */
export class WriteError extends Error {
  readonly error: Tagged;
  constructor(error: Tagged) {
    super(error['.tag']);
    this.error = error;
  }
}

/** Names that Dropbox refuses: its sync client ignores such files, so they would never reach a computer. */
const disallowedNames = /^(desktop\.ini|thumbs\.db|\.ds_store|icon\r|\.dropbox|\.dropbox\.attr)$/i;

function checkWritePath(path: string): void {
  const malformed = new WriteError(tagged('malformed_path'));
  if (!path.startsWith('/') || path === '/' || path.endsWith('/') || path.includes('//')) throw malformed;
  for (const name of path.split('/').slice(1)) {
    if (name === '.' || name === '..' || name.length > 255 || name.endsWith(' ') || /[\p{Cc}\\]|\p{Cs}/u.test(name))
      throw malformed;
    if (disallowedNames.test(name)) throw new WriteError(tagged('disallowed_name'));
  }
}

/** Converts a WriteError for routes whose error has the tag `path` with a union as its value. */
export function withPathError<T>(operation: () => T): T {
  try {
    return operation();
  } catch (cause) {
    if (cause instanceof WriteError) throw routeError(tagged('path', cause.error));
    throw cause;
  }
}

export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

export const fileMetadata = (file: StoredFile): Record<string, unknown> => ({
  name: baseName(file.path),
  path_lower: file.path.toLowerCase(),
  path_display: file.path,
  id: file.id,
  client_modified: file.clientModified,
  server_modified: file.serverModified,
  rev: file.rev,
  size: file.size,
  is_downloadable: true,
  content_hash: file.hash,
});

/** Adds the tag of the kind, for fields that allow several kinds. */
export const metadata = (entry: AccountEntry): Record<string, unknown> =>
  entry.kind === 'file'
    ? { '.tag': 'file', ...fileMetadata(entry) }
    : {
        '.tag': 'folder',
        name: baseName(entry.path),
        path_lower: entry.path.toLowerCase(),
        path_display: entry.path,
        id: entry.id,
      };
