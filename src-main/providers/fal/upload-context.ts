/** The state that the steps of one upload share. */
import { createHash } from 'node:crypto';
import type { FileSource } from '../../engine/ports.ts';
import { slotAcquirer, UploadProgress, type AcquireSlot } from '../transfer/upload-progress.ts';
import type { TransferFrom } from '../contract/provider.ts';
import { computeChecksum, type ByteRange } from '../transfer/checksum.ts';
import { fileExpiryFor, storageSettingsFor } from './lifecycle.ts';
import type { FalCheckpoint, FalRef, UploadUrls } from './checkpoint.ts';
import type { FalStore } from './store.ts';
import type { FalRequestOptions } from './http-client.ts';

export interface FalUploadContext {
  store: FalStore;
  transfer: TransferFrom<FileSource>;
  progress: UploadProgress;
  acquireSlot: AcquireSlot;
}

export const createFalUploadContext = (store: FalStore, transfer: TransferFrom<FileSource>): FalUploadContext => ({
  store,
  transfer,
  progress: new UploadProgress(transfer),
  acquireSlot: slotAcquirer(transfer),
});

export const falRequestOptions = (
  { signal, onSlowDown }: Pick<FalUploadContext['transfer'], 'signal' | 'onSlowDown'>,
  requestSignal: AbortSignal = signal,
): FalRequestOptions => ({ signal: requestSignal, onSlowDown });

/** The issued URLs, and when the service will delete the file. */
export type InitiatedUpload = UploadUrls & Pick<FalRef, 'expiresAt'>;

export const toInitiatedUpload = (
  { upload, file }: UploadUrls,
  { expiresAt }: Pick<FalRef, 'expiresAt'>,
): InitiatedUpload => ({
  upload,
  file,
  ...(expiresAt === undefined ? {} : { expiresAt }),
});

/**
 * Requests URLs for a new file. The service creates separate URLs for each file, so uploads never share a URL.
 * @throws AppFailure forbidden when the account's settings would keep the link from opening; as
 * {@link FalApi.initiateUpload}
 */
export async function initiateFalUpload(
  {
    store,
    transfer: { source, signal, onSlowDown },
  }: Pick<FalUploadContext, 'store'> & {
    transfer: Pick<FalUploadContext['transfer'], 'signal' | 'onSlowDown'> & {
      source: { name: string; contentType: string };
    };
  },
  kind: 'whole' | 'parts',
): Promise<InitiatedUpload> {
  const options = { signal, onSlowDown };
  const settings = await store.account.applyTo(store.settings, options);
  const urls = await store.api.initiateUpload(
    kind,
    { name: source.name, contentType: source.contentType, lifecycle: storageSettingsFor(settings) },
    options,
  );
  return { ...urls, ...fileExpiryFor(settings, store.ports.now()) };
}

export const saveFalCheckpoint = (
  context: Pick<FalUploadContext, 'transfer'>,
  state: Omit<FalCheckpoint, 'v' | 'size'>,
): Promise<void> => context.transfer.onCheckpoint({ v: 1, size: context.transfer.source.size, ...state });

/** MD5 in base64 of a range of the current file. @throws AppFailure source-changed, canceled */
export async function md5OfRange(
  { store, transfer: { source } }: FalUploadContext,
  range: ByteRange,
  signal: AbortSignal,
): Promise<string> {
  const checksum = await computeChecksum(source, range, { kind: 'md5', buffers: store.http.buffers, signal });
  return 'md5' in checksum ? checksum.md5 : '';
}

export const md5OfBytes = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('base64');

export function toFalRef(
  { settings }: FalStore,
  { file, expiresAt }: Pick<InitiatedUpload, 'file' | 'expiresAt'>,
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
