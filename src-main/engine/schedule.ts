/** Which uploads start now. Pure: looks at the records only. */
import type { ProfileId, Upload, UploadId } from '../../src-shared/upload.ts';

export interface Plan {
  start: UploadId[];
  /** ms since 1970 when the next waiting upload is due, if any waits for a time */
  wakeAt?: number;
}

export interface Load {
  running: ReadonlySet<UploadId>;
  /** uploads at once */
  limit: number;
  now: number;
  /** The network just came back, or it is time to look whether it did. */
  online: boolean;
}

/**
 * Oldest first, drop order within a batch. A destination that asked for fewer requests starts nothing until its pause is
 * over. One pass and no full sort: it runs after every change, with thousands of records.
 */
export function schedule(uploads: Iterable<Upload>, load: Load): Plan {
  const all = [...uploads];
  const paused = pausedProfiles(all, load.now);
  const free = Math.max(0, load.limit - load.running.size);
  const first: Upload[] = [];
  let wakeAt = Infinity;
  for (const u of all) {
    if (load.running.has(u.id)) continue;
    if (u.status === 'waiting' && typeof u.until === 'number' && u.until > load.now) wakeAt = Math.min(wakeAt, u.until);
    else if (isDue(u, load) && !paused.has(profileOf(u))) insert(first, u, free);
  }
  const start = first.map((u) => u.id);
  return wakeAt === Infinity ? { start } : { start, wakeAt };
}

/** Keeps `first` sorted and at most `most` long. */
function insert(first: Upload[], upload: Upload, most: number): void {
  let at = first.length;
  while (at > 0 && older(upload, first[at - 1]!)) at--;
  if (at >= most) return;
  first.splice(at, 0, upload);
  if (first.length > most) first.pop();
}

const older = (a: Upload, b: Upload): boolean => a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.position < b.position);

const profileOf = (upload: Upload): ProfileId => upload.chain[upload.step]?.profileId ?? '';

function isDue(upload: Upload, { now, online }: Load): boolean {
  switch (upload.status) {
    case 'queued': case 'verifying': return true;
    case 'waiting': return upload.until === 'online' ? online : upload.until !== 'mended' && upload.until <= now;
    default: return false;
  }
}

function pausedProfiles(uploads: Upload[], now: number): Set<ProfileId> {
  const paused = new Set<ProfileId>();
  for (const u of uploads) {
    if (u.status === 'waiting' && u.error.code === 'rate-limited' && typeof u.until === 'number' && u.until > now) paused.add(profileOf(u));
  }
  return paused;
}
