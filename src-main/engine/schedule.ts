/** Which uploads start now. Pure: looks at the records only. */
import type { ProfileId, Upload, UploadId } from '../../src-shared/upload.ts';
import { paceLimits } from './pace.ts';
import { planParts } from './plan-parts.ts';

export interface Plan {
  start: UploadId[];
  /** ms since 1970 when the next waiting upload is due, if any waits for a time */
  wakeAt?: number;
}

export interface Load {
  running: ReadonlySet<UploadId>;
  /** Somebody asked for these just now: they do not wait until their destination has rested. */
  urgent: ReadonlySet<UploadId>;
  /** uploads at once, wherever they go */
  limit: number;
  /** What a destination gets at once: requests with a body, and uploads. */
  room(profileId: ProfileId): { lanes: number; uploads: number };
  now: number;
  /** The network just came back, or it is time to look whether it did: one upload of each destination that waits for it tries. */
  probe: boolean;
}

/**
 * Oldest first, drop order within a batch, while the destination has lanes free: many small files at once, or a few large
 * ones. A destination that asked for fewer requests, or to which there is no network, starts nothing until its pause is
 * over. One pass and no full sort: it runs after every change, with thousands of records.
 */
export function schedule(uploads: Iterable<Upload>, load: Load): Plan {
  const all = [...uploads];
  const resting = restingProfiles(all, load);
  const rooms = new Rooms(all, load);
  let wakeAt = Infinity;
  for (const u of all) {
    if (isDue(u, load)) {
      if (mayAsk(u, resting, load)) rooms.wait(u);
    } else if (u.status === 'waiting' && typeof u.until === 'number' && !load.running.has(u.id))
      wakeAt = Math.min(wakeAt, u.until);
  }
  if (load.probe) for (const u of probes(all, load)) rooms.wait(u);
  const start = rooms.enter().map((u) => u.id);
  return wakeAt === Infinity ? { start } : { start, wakeAt };
}

/** What a destination has to do, and who is next there. */
interface Room {
  lanes: number;
  uploads: number;
  taken: number;
  inside: number;
  next: Upload[];
}

class Rooms {
  readonly #load: Load;
  readonly #rooms = new Map<ProfileId, Room>();
  readonly #free: number;

  constructor(all: readonly Upload[], load: Load) {
    this.#load = load;
    this.#free = Math.max(0, load.limit - load.running.size);
    for (const u of all)
      if ((u.status === 'uploading' || u.status === 'verifying') && load.running.has(u.id))
        this.#goIn(this.#of(profileOf(u)), u);
  }

  /** Keeps those who are next, sorted. Most uploads wait behind them, which has to be seen quickly. */
  wait(upload: Upload): void {
    const room = this.#of(profileOf(upload));
    const most = Math.min(this.#free, room.uploads - room.inside);
    const last = room.next[most - 1];
    if (most <= 0 || (last && older(last, upload)) || this.#load.running.has(upload.id)) return;
    insert(room.next, upload, most);
  }

  enter(): Upload[] {
    const next = [...this.#rooms.values()].flatMap((room) => room.next).sort((a, b) => (older(a, b) ? -1 : 1));
    const entered: Upload[] = [];
    for (const upload of next) {
      const room = this.#of(profileOf(upload));
      if (entered.length === this.#free || (upload.status !== 'verifying' && room.taken >= room.lanes)) continue;
      this.#goIn(room, upload);
      entered.push(upload);
    }
    return entered;
  }

  #goIn(room: Room, upload: Upload): void {
    room.inside++;
    if (upload.status !== 'verifying') room.taken += lanesFor(upload);
  }

  #of(profileId: ProfileId): Room {
    let room = this.#rooms.get(profileId);
    if (!room) {
      const { lanes, uploads } = this.#load.room(profileId);
      this.#rooms.set(profileId, (room = { lanes, uploads, taken: 0, inside: 0, next: [] }));
    }
    return room;
  }
}

/** As many as it will ask for at first, as far as its size tells. */
const lanesFor = ({ size }: Upload): number => Math.min(paceLimits.ofOne, planParts(size)?.count ?? paceLimits.ofOne);

/** Keeps `first` sorted and at most `most` long. */
function insert(first: Upload[], upload: Upload, most: number): void {
  let at = first.length;
  while (at > 0 && older(upload, first[at - 1]!)) at--;
  if (at >= most) return;
  first.splice(at, 0, upload);
  if (first.length > most) first.pop();
}

const older = (a: Upload, b: Upload): boolean =>
  a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.position < b.position);

export const profileOf = (upload: Upload): ProfileId => upload.chain[upload.step]?.profileId ?? '';

function isDue(upload: Upload, { now }: Load): boolean {
  if (upload.status === 'waiting') return typeof upload.until === 'number' && upload.until <= now;
  return upload.status === 'queued' || upload.status === 'verifying';
}

/** Whether its destination does not rest, or that does not count: what is stored only has to be seen to work. */
const mayAsk = (upload: Upload, resting: ReadonlySet<ProfileId>, { urgent }: Load): boolean =>
  resting.size === 0 || upload.status === 'verifying' || urgent.has(upload.id) || !resting.has(profileOf(upload));

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
