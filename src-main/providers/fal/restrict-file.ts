/** Makes the public URL of a file stop working. The service cannot delete a file, but it can refuse to return it. */
import { failure } from '../../../src-shared/errors.ts';
import type { FalRef } from './checkpoint.ts';
import { FalHttpError, type FalRequestOptions } from './http-client.ts';
import { sizeAt, type FalStore } from './store.ts';

type RestrictingStore = Pick<FalStore, 'http' | 'api' | 'retry' | 'settings'>;

/** Whether the file's URL opens without a signature. */
const opensPublicly = async (store: RestrictingStore, file: string, options: FalRequestOptions): Promise<boolean> => {
  try {
    return (await sizeAt({ ...store, settings: { ...store.settings, access: 'public' } }, file, options)) !== undefined;
  } catch (cause) {
    if (!(cause instanceof FalHttpError) || (cause.status !== 401 && cause.status !== 403)) throw cause;
    return false;
  }
};

/**
 * Hides a file, so that its URL no longer opens. Succeeds when the file has expired.
 * @throws AppFailure forbidden when the key lacks the permission, the file is on an older CDN, or its links are signed
 */
export async function revokeFalLink(
  store: RestrictingStore,
  { file, restricted }: Pick<FalRef, 'file' | 'restricted'>,
  options: FalRequestOptions,
): Promise<void> {
  // A signed URL opens the file regardless of the access control list.
  if (restricted) throw failure('forbidden', { params: { why: 'falSigned' } });
  try {
    await store.api.setAcl(file, 'hide', options);
  } catch (cause) {
    if (!(cause instanceof FalHttpError) || (cause.status !== 400 && cause.status !== 404)) throw cause;
    // The file has expired, or it is on an older CDN, whose files have no access control list.
    if (await opensPublicly(store, file, options)) throw failure('forbidden', { params: { why: 'falAcl' } }, cause);
  }
}

/**
 * Makes sure that only signed links open a file. The service may ignore the access control list of an upload without
 * an error, and then stores a public file.
 * @throws AppFailure forbidden when the file is public and the key lacks the permission to restrict it
 */
export async function requireRestricted(
  store: RestrictingStore,
  { file, restricted }: FalRef,
  options: FalRequestOptions,
): Promise<void> {
  if (!restricted || !(await opensPublicly(store, file, options))) return;
  await store.api.setAcl(file, 'forbid', options);
}
