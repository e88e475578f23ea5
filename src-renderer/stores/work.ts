/** The work going on, derived from the mirror once a second: speeds, times left, and what has been done of how much. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { UploadId, UploadView } from '../../src-shared/upload.ts';
import { sample, secondsLeft, averageSpeed, startMeter, type Meter } from './transfer-rate.ts';
import type { TransferRate } from '../features/uploads/status-line.ts';
import { updateSession, noSession, noWork, summarizeWork, type WorkSession, type WorkSummary } from './work-session.ts';
import type { Mirror } from './mirror.ts';
import type { UploadsStore } from './uploads.ts';

export interface WorkState {
  work: WorkSummary;
  rates: ReadonlyMap<UploadId, TransferRate>;
  bytesPerSecond: number;
  secondsLeft?: number;
}
export type WorkStore = StoreApi<WorkState>;

export const createWorkStore = (): WorkStore =>
  createStore<WorkState>(() => ({ work: noWork, rates: new Map(), bytesPerSecond: 0 }));

const tickMs = 1000;

/**
 * @param onWork told at every change of the mirror, for those who need it sooner than once a second
 * @returns how to stop. No timer runs while nothing is uploading.
 */
export function followWork(store: WorkStore, uploads: UploadsStore, onWork: (work: WorkSummary) => void): () => void {
  let session: WorkSession = noSession;
  let timer: ReturnType<typeof setInterval> | undefined;
  const meters = new Map<UploadId, Meter>();

  const measure = (upload: UploadView, at: number): void => {
    const meter = meters.get(upload.id);
    meters.set(upload.id, meter ? sample(meter, upload.sent ?? 0, at) : startMeter(upload.sent ?? 0, at));
  };
  const publish = (mirror: Mirror, work: WorkSummary, at: number): void => {
    const rates = new Map<UploadId, TransferRate>();
    let bytesPerSecond = 0;
    let endingPerSecond = 0;
    for (const [id, meter] of meters) {
      const upload = mirror.byId.get(id);
      if (!upload) continue;
      const sent = upload.sent ?? 0;
      const hasEnd = mirror.progress.get(id) !== 'indeterminate';
      rates.set(id, {
        sent,
        bytesPerSecond: averageSpeed(meter),
        secondsLeft: hasEnd ? secondsLeft(meter, upload.size - sent, at) : undefined,
      });
      bytesPerSecond += averageSpeed(meter);
      if (hasEnd) endingPerSecond += averageSpeed(meter);
    }
    const known = [...rates.values()].some((rate) => rate.secondsLeft !== undefined);
    store.setState({
      work,
      rates,
      bytesPerSecond,
      secondsLeft: known && endingPerSecond >= 1 ? (work.bytes - work.sent) / endingPerSecond : undefined,
    });
  };
  /** Between two ticks only the counts change, so that no number on the screen moves more than once a second. */
  const publishCounts = (work: WorkSummary): void => {
    const { sent, ...before } = store.getState().work;
    const { sent: now, ...counts } = work;
    const changed = Object.entries(counts).some(([key, value]) => before[key as keyof typeof before] !== value);
    if (changed) store.setState({ work: { ...work, sent: work.unfinished === 0 ? now : Math.max(sent, 0) } });
  };
  const measureAll = (): WorkSummary => {
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
    session = updateSession(session, mirror.byId.values());
    return summarizeWork(session, mirror.byId.values(), mirror.progress);
  };
  const tick = (): void => {
    const work = measureAll();
    publish(uploads.getState(), work, Date.now());
  };
  const onMirrorChange = (): void => {
    const before = meters.size;
    const work = measureAll();
    if (before === 0 || meters.size === 0) publish(uploads.getState(), work, Date.now());
    else publishCounts(work);
    if (meters.size > 0) timer ??= setInterval(tick, tickMs);
    else if (timer !== undefined) {
      clearInterval(timer);
      timer = undefined;
    }
    onWork(work);
  };

  const unsubscribe = uploads.subscribe(onMirrorChange);
  onMirrorChange();
  return () => {
    unsubscribe();
    clearInterval(timer);
  };
}
