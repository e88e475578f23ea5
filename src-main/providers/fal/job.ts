/** What the steps of one upload share. */
import { createHash } from 'node:crypto';
import type { FileSource } from '../../engine/ports.ts';
import { laneOf, Progress, type Lane } from '../progress.ts';
import type { TransferOf } from '../provider.ts';
import { checksumOf, type Range } from '../sending/checksum.ts';
import { endOf, lifecycleOf } from './lifecycle.ts';
import type { FalCheckpoint, FalRef, Slot } from './records.ts';
import type { FalStore } from './store.ts';
import type { Asking } from './wire.ts';

export interface Job {
  store: FalStore;
  transfer: TransferOf<FileSource>;
  progress: Progress;
  lane: Lane;
}

export const jobOf = (store: FalStore, transfer: TransferOf<FileSource>): Job => ({
  store,
  transfer,
  progress: new Progress(transfer),
  lane: laneOf(transfer),
});

export const askingOf = (
  { signal, onSlowDown }: Pick<Job['transfer'], 'signal' | 'onSlowDown'>,
  until: AbortSignal = signal,
): Asking => ({ signal: until, onSlowDown });

/** A slot, and when what is put there will be removed. */
export type Opened = Slot & Pick<FalRef, 'expiresAt'>;

export const openedOf = ({ upload, file }: Slot, { expiresAt }: Pick<FalRef, 'expiresAt'>): Opened => ({
  upload,
  file,
  ...(expiresAt === undefined ? {} : { expiresAt }),
});

/** The files of two uploads never share an address: the service makes each one up. */
export async function openSlot(
  {
    store,
    transfer: { source, signal, onSlowDown },
  }: Pick<Job, 'store'> & {
    transfer: Pick<Job['transfer'], 'signal' | 'onSlowDown'> & { source: { name: string; contentType: string } };
  },
  kind: 'whole' | 'parts',
): Promise<Opened> {
  const slot = await store.calls.open(
    kind,
    { name: source.name, contentType: source.contentType, lifecycle: lifecycleOf(store.settings) },
    { signal, onSlowDown },
  );
  return { ...slot, ...endOf(store.settings, store.ports.now()) };
}

export const noted = (job: Pick<Job, 'transfer'>, rest: Omit<FalCheckpoint, 'v' | 'size'>): Promise<void> =>
  job.transfer.onCheckpoint({ v: 1, size: job.transfer.source.size, ...rest });

/** MD5 in base64 of a range as the file is now. @throws AppFailure source-changed, canceled */
export async function sumOf({ store, transfer: { source } }: Job, range: Range, signal: AbortSignal): Promise<string> {
  const sum = await checksumOf(source, range, { kind: 'md5', buffers: store.wire.buffers, signal });
  return 'md5' in sum ? sum.md5 : '';
}

export const md5Of = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('base64');

export function refOf(
  { settings }: FalStore,
  { file, expiresAt }: Pick<Opened, 'file' | 'expiresAt'>,
  size: number,
): FalRef {
  return {
    v: 1,
    file,
    size,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(settings.access === 'signed' ? { restricted: true as const } : {}),
  };
}
