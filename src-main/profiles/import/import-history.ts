/** Adds imported links to the history. Existing entries stay unchanged. */
import { setImmediate } from 'node:timers/promises';
import type { UploadId, UploadIn } from '../../../src-shared/upload.ts';
import { contentTypeOf } from '../../platform/content-type.ts';
import type { ImportedLink } from './parsed-import.ts';

export interface ImportHistory {
  has(id: UploadId): boolean;
  insert(uploads: UploadIn<'done'>[]): void;
  /** Called when all uploads are stored, with the newest first. */
  added(uploads: UploadIn<'done'>[]): void;
}

/** The profile id of imported links. No destination has this id, so these links cannot be renewed or deleted. */
const importedProfileId = 'imported';

/** Entries per write. A larger write would block the main process for too long. */
const batchSize = 250;

/** @returns the number of new entries */
export async function addToHistory(links: readonly ImportedLink[], history: ImportHistory): Promise<number> {
  const entries = [...new Map(links.map((link) => [uploadIdFor(link), link]))]
    .map(([id, link]) => historyEntry(id, link))
    .sort((a, b) => a.doneAt - b.doneAt);
  const added: UploadIn<'done'>[] = [];
  // Each entry is inserted below the existing ones, so the newest entries must be inserted first.
  for (let end = entries.length; end > 0; end -= batchSize) {
    const fresh = entries.slice(Math.max(0, end - batchSize), end).filter(({ id }) => !history.has(id));
    if (fresh.length > 0) history.insert(fresh);
    added.push(...fresh.toReversed());
    await setImmediate();
  }
  history.added(added);
  return added.length;
}

const uploadIdFor = ({ key, from }: ImportedLink): UploadId => `${from.toLowerCase().replace(/[^a-z]/g, '')}-${key}`;

/**
 * The history entry of an imported link. It has no local file and no destination, and Hoist has not verified the link.
 */
function historyEntry(id: UploadId, { name, url, at, from }: ImportedLink): UploadIn<'done'> {
  return {
    v: 1,
    id,
    batchId: id,
    position: 0,
    name,
    size: 0,
    contentType: contentTypeOf(name),
    source: { stream: 'standard-input' },
    chain: [{ profileId: importedProfileId, visibility: 'public', cannotDelete: true }],
    step: 0,
    attempts: [],
    createdAt: at,
    imported: from,
    status: 'done',
    ref: null,
    link: { url, visibility: 'public' },
    verification: 'unreachable',
    doneAt: at,
  };
}
