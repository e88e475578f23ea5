/** Checks whether uploads to a destination will work. */
import { AbortMultipartUploadCommand, CreateMultipartUploadCommand, type S3Client } from '@aws-sdk/client-s3';
import { AppFailure, failure, type AppError } from '../../../src-shared/errors.ts';
import type { KeyBuilder } from '../contract/provider.ts';
import { joinKey, maxPathBytes } from '../keys/key-reservation.ts';
import { supportsTls } from '../network/supports-tls.ts';
import { aclRejectedError, explainS3Error } from './rejected-setting.ts';
import { sdkErrorStatus } from './sdk-error.ts';
import type { S3Settings } from './settings.ts';
import type { S3Store } from './store.ts';
import { objectHeaders } from './upload-context.ts';

export const checkFileName = 'hoist-check.txt';

/**
 * Opens a multipart upload and aborts it. This needs the same rights as a real upload, including the ACL, and leaves
 * no object, no version and no event.
 */
export async function checkS3Destination(
  store: S3Store,
  options: CheckOptions,
  signal: AbortSignal,
): Promise<AppError | undefined> {
  const { settings } = store;
  const { ACL, ...headers } = objectHeaders(settings, { name: checkFileName, contentType: 'text/plain' });
  try {
    await createAndAbortUpload(
      store,
      { ...options, headers: { ...headers, ...(ACL === undefined ? {} : { ACL }) } },
      signal,
    );
  } catch (cause) {
    // The store may have rejected only the ACL, so try again without it.
    if (ACL === undefined || ![400, 403, 501].includes(sdkErrorStatus(cause) ?? 0)) throw cause;
    if (await succeeds(() => createAndAbortUpload(store, { ...options, headers }, signal)))
      throw new AppFailure(aclRejectedError(settings), { cause });
    // The store also rejects the upload without the ACL, so the ACL is not the cause.
    const { acl: _, ...settingsWithoutAcl } = settings;
    const error = explainS3Error(cause, settingsWithoutAcl);
    throw error ? new AppFailure(error, { cause }) : cause;
  }
  if (settings.detectedRegion !== undefined)
    return {
      code: 'wrong-region',
      field: 'region',
      params: { bucket: settings.bucket, region: settings.detectedRegion, why: 'found' },
    };
  const minutes = Math.round(Math.abs(options.client.config.systemClockOffset) / 60_000);
  // Hoist signs with the store's time, but other programs on this computer will fail.
  return minutes < minReportedSkewMinutes ? undefined : { code: 'clock-skewed', params: { minutes, why: 'works' } };
}

interface CheckOptions {
  client: S3Client;
  checkMs: number;
  keyBuilder: KeyBuilder;
}

async function succeeds(attempt: () => Promise<void>): Promise<boolean> {
  try {
    await attempt();
    return true;
  } catch (cause) {
    if (sdkErrorStatus(cause) === undefined) throw cause;
    return false;
  }
}

async function createAndAbortUpload(
  { settings }: S3Store,
  { client, checkMs, keyBuilder, headers }: CheckOptions & { headers: ReturnType<typeof objectHeaders> },
  signal: AbortSignal,
): Promise<void> {
  const target = {
    Bucket: settings.bucket,
    Key: joinKey(settings.prefix, await keyBuilder.path(1, maxPathBytes(settings.prefix))),
  };
  const timeout = AbortSignal.timeout(checkMs);
  const createUpload = () =>
    client.send(new CreateMultipartUploadCommand({ ...target, ...headers }), {
      abortSignal: AbortSignal.any([signal, timeout]),
    });
  // The first failure tells the client the clock offset, so the second request succeeds.
  const { UploadId: uploadId } = await createUpload().catch(async (cause: unknown) => {
    if (isClockSkewError(cause)) return createUpload();
    const details = { field: 'endpoint', params: { host: new URL(settings.endpoint).host } };
    if (timeout.aborted && !signal.aborted)
      throw failure('unreachable', { ...details, params: { ...details.params, why: 'silent' } }, cause);
    throw (await isPlainHttpToTls(cause, settings))
      ? failure('wrong-service', { ...details, params: { ...details.params, why: 'encrypted' } }, cause)
      : cause;
  });
  if (!uploadId)
    throw failure('wrong-service', { field: 'endpoint', params: { host: new URL(settings.endpoint).host } });
  await client.send(new AbortMultipartUploadCommand({ ...target, UploadId: uploadId }), { abortSignal: signal });
}

/** The SDK does not correct a smaller difference. */
const minReportedSkewMinutes = 4;

/**
 * Returns whether the endpoint is http although the server uses TLS. A TLS server answers http with an alert or an
 * error page, or closes the connection.
 */
async function isPlainHttpToTls(cause: unknown, settings: S3Settings): Promise<boolean> {
  if (!settings.endpoint.startsWith('http:')) return false;
  const error = explainS3Error(cause, settings);
  const isSuspicious =
    error?.code === 'wrong-service' ||
    error?.code === 'rejected' ||
    (error?.code === 'unreachable' && (error.params?.why === undefined || error.params.why === 'cut'));
  return isSuspicious && (await supportsTls(new URL(settings.endpoint)));
}

const isClockSkewError = (cause: unknown): boolean => cause instanceof Error && cause.name === 'RequestTimeTooSkewed';
