/** The work going on, derived from the mirror once a second: speeds, times left, and what has been done of how much. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { UploadId, UploadView } from '../../src-shared/upload.ts';
import { sample, secondsLeft, speedOf, startMeter, type Meter } from '../features/uploads/rate.ts';
import type { Pace } from '../features/uploads/status-line.ts';
import { followSession, noSession, noWork, workOf, type Session, type Work } from '../features/uploads/work.ts';
import type { Mirror } from './mirror.ts';
import type { UploadsStore } from './uploads.ts';

export interface WorkState {
  work: Work;
  paces: ReadonlyMap<UploadId, Pace>;
  bytesPerSecond: number;
  secondsLeft?: number;
}
export type WorkStore = StoreApi<WorkState>;

export const createWork = (): WorkStore =>
  createStore<WorkState>(() => ({ work: noWork, paces: new Map(), bytesPerSecond: 0 }));

const tickMs = 1000;

/**
 * @param onWork told at every change of the mirror, for those who need it sooner than once a second
 * @returns how to stop. No timer runs while nothing is uploading.
 */
export function followWork(store: WorkStore, uploads: UploadsStore, onWork: (work: Work) => void): () => void {
  let session: Session = noSession;
  let timer: ReturnType<typeof setInterval> | undefined;
  const meters = new Map<UploadId, Meter>();

  const measure = (upload: UploadView, at: number): void => {
    const meter = meters.get(upload.id);
    meters.set(upload.id, meter ? sample(meter, upload.sent ?? 0, at) : startMeter(upload.sent ?? 0, at));
  };
  const publish = (mirror: Mirror, work: Work, at: number): void => {
    const paces = new Map<UploadId, Pace>();
    let bytesPerSecond = 0;
    let endingPerSecond = 0;
    for (const [id, meter] of meters) {
      const upload = mirror.byId.get(id);
      if (!upload) continue;
      const sent = upload.sent ?? 0;
      const hasEnd = mirror.shown.get(id) !== 'open';
      paces.set(id, {
        sent,
        bytesPerSecond: speedOf(meter),
        secondsLeft: hasEnd ? secondsLeft(meter, upload.size - sent, at) : undefined,
      });
      bytesPerSecond += speedOf(meter);
      if (hasEnd) endingPerSecond += speedOf(meter);
    }
    const known = [...paces.values()].some((pace) => pace.secondsLeft !== undefined);
    store.setState({
      work,
      paces,
      bytesPerSecond,
      secondsLeft: known && endingPerSecond >= 1 ? (work.bytes - work.sent) / endingPerSecond : undefined,
    });
  };
  /** Between two ticks only the counts change, so that no number on the screen moves more than once a second. */
  const count = (work: Work): void => {
    const { sent, ...before } = store.getState().work;
    const { sent: now, ...counts } = work;
    const changed = Object.entries(counts).some(([key, value]) => before[key as keyof typeof before] !== value);
    if (changed) store.setState({ work: { ...work, sent: work.unfinished === 0 ? now : Math.max(sent, 0) } });
  };
  const look = (): Work => {
    const mirror = uploads.getState();
    const at = Date.now();
    const running = new Set<UploadId>();
    for (const id of mirror.now) {
      const upload = mirror.byId.get(id);
      if (upload?.status !== 'uploading') continue;
      running.add(id);
      measure(upload, at);
    }
    for (const id of meters.keys()) if (!running.has(id)) meters.delete(id);
    session = followSession(session, mirror.byId.values());
    return workOf(session, mirror.byId.values(), mirror.shown);
  };
  const tick = (): void => {
    const work = look();
    publish(uploads.getState(), work, Date.now());
  };
  const change = (): void => {
    const before = meters.size;
    const work = look();
    if (before === 0 || meters.size === 0) publish(uploads.getState(), work, Date.now());
    else count(work);
    if (meters.size > 0) timer ??= setInterval(tick, tickMs);
    else if (timer !== undefined) {
      clearInterval(timer);
      timer = undefined;
    }
    onWork(work);
  };

  const unsubscribe = uploads.subscribe(change);
  change();
  return () => {
    unsubscribe();
    clearInterval(timer);
  };
}
