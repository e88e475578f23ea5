/** Finds out why a store rejected a HEAD request: answers to HEAD have no body, so they do not name the error. */
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { sdkErrorStatus } from './sdk-error.ts';
import { hasErrorName } from './server-reason.ts';
import type { S3Store } from './store.ts';

/**
 * Requests one byte of the object with GET, because the answer to GET has a body that names the error.
 * @returns the error of that request; the error of the HEAD request if GET succeeds or fails with another status
 */
export async function findHeadError(
  { client, settings }: Pick<S3Store, 'client' | 'settings'>,
  headError: unknown,
  { key, signal }: { key: string; signal: AbortSignal },
): Promise<unknown> {
  const isNameless = headError instanceof Error && !hasErrorName(headError);
  if (signal.aborted || !isNameless || ![400, 401, 403].includes(sdkErrorStatus(headError) ?? 0)) return headError;
  try {
    const { Body: body } = await client.send(
      new GetObjectCommand({ Bucket: settings.bucket, Key: key, Range: 'bytes=0-0' }),
      { abortSignal: signal },
    );
    (body as { destroy?: () => void } | undefined)?.destroy?.();
    return headError;
  } catch (getError) {
    return sdkErrorStatus(getError) === sdkErrorStatus(headError) ? getError : headError;
  }
}
