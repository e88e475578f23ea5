/** Uploads to one destination that stopped for the same reason. They are shown as one expandable row. Pure. */
import { text } from '../../../src-shared/text/text.ts';
import type { UploadId, UploadView } from '../../../src-shared/upload.ts';
import { displaySafeName } from '../../format/file-name.ts';
import { primaryAction, type RowAction } from './row-actions.ts';
import { blockedReason, statusLine } from './status-line.ts';

/** Begins with `error `, so that it differs from the IDs of uploads and the keys of folders. */
export type ErrorGroupKey = string;

/**
 * At least two uploads with the same destination, error and primary action, in the order of the list. Some may have
 * failed while others wait: when a destination refuses uploads, those in progress fail and the queued ones wait.
 * `first`: the upload whose error the row shows, a failed one if there is one.
 */
export interface ErrorGroup {
  key: ErrorGroupKey;
  first: UploadView;
  uploads: readonly UploadView[];
}
export type ErrorGroups = ReadonlyMap<ErrorGroupKey, ErrorGroup>;

/**
 * Whether the upload stopped until the user acts. Not for a file of a folder, because the row of the folder shows it.
 */
const hasStopped = ({ status, waitingUntil, error, elsewhere, folder }: UploadView): boolean =>
  error !== undefined &&
  !elsewhere &&
  !folder &&
  (status === 'failed' || (status === 'waiting' && waitingUntil === 'profile-fixed'));

/** Cached keys: a key contains sentences, which take time to create. A changed upload is a new record without a key. */
const keyCache = new WeakMap<UploadView, ErrorGroupKey>();

/** The same for all uploads of a group; undefined for an upload that does not wait for the user. */
export function errorGroupKey(upload: UploadView): ErrorGroupKey | undefined {
  if (!hasStopped(upload)) return undefined;
  const cached = keyCache.get(upload);
  if (cached !== undefined) return cached;
  const { profileId, destination } = upload;
  const key = `error ${[profileId, destination, groupAction(upload), blockedReason(upload)].join(' ')}`;
  keyCache.set(upload, key);
  return key;
}

/** The groups of the active uploads. An upload whose error no other upload has forms no group. */
export function groupByError(now: readonly UploadId[], records: ReadonlyMap<UploadId, UploadView>): ErrorGroups {
  const members = new Map<ErrorGroupKey, UploadView[]>();
  for (const id of now) {
    const upload = records.get(id);
    const key = upload && errorGroupKey(upload);
    if (!upload || key === undefined) continue;
    const group = members.get(key);
    if (group) group.push(upload);
    else members.set(key, [upload]);
  }
  const groups = new Map<ErrorGroupKey, ErrorGroup>();
  for (const [key, uploads] of members) {
    const first = uploads.find(({ status }) => status === 'failed') ?? uploads[0];
    if (first && uploads.length > 1) groups.set(key, { key, first, uploads });
  }
  return groups;
}

/** The primary action of an upload in a group: "Try now" and "Try again" are the same for several uploads. */
export function groupAction(upload: UploadView): RowAction | undefined {
  const action = primaryAction(upload);
  return action === 'now' ? 'retry' : action;
}

/** What happened and, if uploads failed, the remedy, as sentences. */
export const groupReason = ({ first }: ErrorGroup): string =>
  first.status === 'waiting' ? blockedReason(first) : statusLine(first, { now: 0 });

/** "12 files couldn’t be uploaded to Work bucket" */
export const groupTitle = ({ first, uploads }: ErrorGroup): string =>
  text(first.status === 'waiting' ? 'ui.same-error.waiting' : 'ui.same-error.failed', {
    count: uploads.length,
    destination: first.destination,
  });

/** The label for screen readers. */
export const groupLabel = (group: ErrorGroup): string =>
  text('ui.same-error.label', { title: groupTitle(group), reason: groupReason(group) });

/** "12 files", for the labels of buttons */
export const groupSubject = ({ uploads }: ErrorGroup): string => text('ui.folder.files', { count: uploads.length });

const maxNames = 3;

/** "a.txt, b.txt, c.txt and 2 more" */
export function groupNames({ uploads }: ErrorGroup): string {
  const names = uploads
    .slice(0, maxNames)
    .map(({ name }) => displaySafeName(name))
    .join(', ');
  const more = uploads.length - maxNames;
  return more > 0 ? text('ui.same-error.names', { names, count: more }) : names;
}
