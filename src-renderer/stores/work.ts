/** The uploads in progress, measured once a second: their speeds, the time left, and their total progress. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { UploadId, UploadView } from '../../src-shared/upload.ts';
import { sample, secondsLeft, averageSpeed, startMeter, type Meter, type TransferRate } from './transfer-rate.ts';
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
 * Measures the uploads once a second while any is uploading.
 *
 * @param onWork called at every change of the mirror, so possibly more often than once a second
 * @returns a function that stops the measurement
 */
export function followWork(store: WorkStore, uploads: UploadsStore, onWork: (work: WorkSummary) => void): () => void {
  let session: WorkSession = noSession;
  /** Runs while any upload has a meter, which is while it is uploading. */
  let timer: ReturnType<typeof setInterval> | undefined;
  const meters = new Map<UploadId, Meter>();

  const measure = (upload: UploadView, at: number): void => {
    const meter = meters.get(upload.id);
    meters.set(upload.id, meter ? sample(meter, upload.sent ?? 0, at) : startMeter(upload.sent ?? 0, at));
  };
  const publish = (mirror: Mirror, work: WorkSummary, at: number): void => {
    const rates = new Map<UploadId, TransferRate>();
    let bytesPerSecond = 0;
    // The speed of the uploads whose size is known: only these have a time left.
    let sizedBytesPerSecond = 0;
    for (const [id, meter] of meters) {
      const upload = mirror.byId.get(id);
      if (!upload) continue;
      const sent = upload.sent ?? 0;
      const hasKnownSize = mirror.progress.get(id) !== 'indeterminate';
      rates.set(id, {
        sent,
        bytesPerSecond: averageSpeed(meter),
        secondsLeft: hasKnownSize ? secondsLeft(meter, upload.size - sent, at) : undefined,
      });
      bytesPerSecond += averageSpeed(meter);
      if (hasKnownSize) sizedBytesPerSecond += averageSpeed(meter);
    }
    const hasEstimate = [...rates.values()].some((rate) => rate.secondsLeft !== undefined);
    store.setState({
      work,
      rates,
      bytesPerSecond,
      secondsLeft: hasEstimate && sizedBytesPerSecond >= 1 ? (work.bytes - work.sent) / sizedBytesPerSecond : undefined,
    });
  };
  /** Called between two ticks: updates only the counts, so that the other numbers change at most once a second. */
  const publishCounts = (work: WorkSummary): void => {
    const { sent: shownSent, ...shownCounts } = store.getState().work;
    const { sent: currentSent, ...counts } = work;
    const isChanged = (Object.keys(counts) as (keyof typeof counts)[]).some((key) => shownCounts[key] !== counts[key]);
    if (isChanged) store.setState({ work: { ...work, sent: work.unfinished === 0 ? currentSent : shownSent } });
  };
  /** Adds a sample for each upload, and returns the summary of the session. */
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
    const wasUploading = meters.size > 0;
    const work = measureAll();
    const isUploading = meters.size > 0;
    // While uploads run, the timer publishes the speeds.
    if (!wasUploading || !isUploading) publish(uploads.getState(), work, Date.now());
    else publishCounts(work);
    if (isUploading) timer ??= setInterval(tick, tickMs);
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
