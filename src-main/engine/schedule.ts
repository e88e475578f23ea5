/** Which uploads start now. Pure: looks at the records only. */
import type { ProfileId, Upload, UploadId } from '../../src-shared/upload.ts';

export interface Plan {
  start: UploadId[];
  /** ms since 1970 when the next waiting upload is due, if any waits for a time */
  wakeAt?: number;
}

export interface Load {
  running: ReadonlySet<UploadId>;
  /** Somebody asked for these just now: they do not wait until their destination has rested. */
  urgent: ReadonlySet<UploadId>;
  /** uploads at once */
  limit: number;
  now: number;
  /** The network just came back, or it is time to look whether it did: one upload of each destination that waits for it tries. */
  probe: boolean;
}

/**
 * Oldest first, drop order within a batch. A destination that asked for fewer requests, or to which there is no network,
 * starts nothing until its pause is over. One pass and no full sort: it runs after every change, with thousands of records.
 */
export function schedule(uploads: Iterable<Upload>, load: Load): Plan {
  const all = [...uploads];
  const resting = restingProfiles(all, load);
  const free = Math.max(0, load.limit - load.running.size);
  const first: Upload[] = [];
  let wakeAt = Infinity;
  for (const u of all) {
    if (load.running.has(u.id)) continue;
    if (u.status === 'waiting' && typeof u.until === 'number' && u.until > load.now) wakeAt = Math.min(wakeAt, u.until);
    else if (isDue(u, load) && mayAsk(u, resting, load)) insert(first, u, free);
  }
  if (load.probe) for (const u of probes(all, load)) insert(first, u, free);
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

export const profileOf = (upload: Upload): ProfileId => upload.chain[upload.step]?.profileId ?? '';

function isDue(upload: Upload, { now }: Load): boolean {
  if (upload.status === 'waiting') return typeof upload.until === 'number' && upload.until <= now;
  return upload.status === 'queued' || upload.status === 'verifying';
}

/** Whether its destination does not rest, or that does not count: what is stored only has to be seen to work. */
const mayAsk = (upload: Upload, resting: ReadonlySet<ProfileId>, { urgent }: Load): boolean =>
  upload.status === 'verifying' || urgent.has(upload.id) || !resting.has(profileOf(upload));

function restingProfiles(uploads: Upload[], { now }: Load): Set<ProfileId> {
  const resting = new Set<ProfileId>();
  for (const u of uploads) {
    if (u.status !== 'waiting') continue;
    const isLimited = u.error.code === 'rate-limited' && typeof u.until === 'number' && u.until > now;
    if (isLimited || u.until === 'online') resting.add(profileOf(u));
  }
  return resting;
}

/** The oldest that waits for the network, of each destination at which nothing runs. */
function probes(uploads: Upload[], { running }: Load): Upload[] {
  const busy = new Set(uploads.filter((u) => running.has(u.id)).map(profileOf));
  const oldest = new Map<ProfileId, Upload>();
  for (const u of uploads) {
    if (u.status !== 'waiting' || u.until !== 'online' || running.has(u.id) || busy.has(profileOf(u))) continue;
    const best = oldest.get(profileOf(u));
    if (!best || older(u, best)) oldest.set(profileOf(u), u);
  }
  return [...oldest.values()];
}
