/** Checks whether uploads to a destination will work. */
import { AbortMultipartUploadCommand, CreateMultipartUploadCommand, type S3Client } from '@aws-sdk/client-s3';
import { AppFailure, failure, type AppError } from '../../../src-shared/errors.ts';
import type { KeyBuilder } from '../contract/provider.ts';
import { joinKey, maxPathBytes } from '../keys/key-reservation.ts';
import { explainPlainHttp } from './plain-http.ts';
import { explainS3Error, rejectedSettingError } from './rejected-setting.ts';
import { sdkErrorStatus } from './sdk-error.ts';
import { objectSettings, withoutObjectSettings, type ObjectSetting } from './setting-meaning.ts';
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
  try {
    await createAndAbortUpload(settings, options, signal);
  } catch (cause) {
    throw await explainRejection(cause, settings, options, signal);
  }
  if (settings.detectedRegion !== undefined)
    return {
      code: 'wrong-region',
      field: 'region',
      params: { bucket: settings.bucket, region: settings.detectedRegion, why: 'found' },
    };
  const skewMinutes = Math.round(Math.abs(options.client.config.systemClockOffset) / 60_000);
  if (skewMinutes < minReportedSkewMinutes) return undefined;
  // Only a warning: Hoist signs with the store's time, but other programs on this computer will fail.
  return { code: 'clock-skewed', params: { minutes: skewMinutes, why: 'works' } };
}

/**
 * The store may have rejected only a setting for new objects, such as the ACL or the storage class. Few stores say
 * which, so Hoist tries again without them.
 */
async function explainRejection(
  cause: unknown,
  settings: S3Settings,
  options: CheckOptions,
  signal: AbortSignal,
): Promise<unknown> {
  const used = objectSettings(settings);
  // Stores reject a setting with one of these statuses.
  if (used.length === 0 || ![400, 403, 501].includes(sdkErrorStatus(cause) ?? 0)) return cause;
  const succeedsWithout = async (removed: readonly ObjectSetting[]): Promise<boolean> => {
    const reduced = withoutObjectSettings(settings, removed);
    const client = options.createClient(reduced);
    try {
      return await succeeds(() => createAndAbortUpload(reduced, { ...options, client }, signal));
    } finally {
      client.destroy();
    }
  };
  if (await succeedsWithout(used)) {
    const setting =
      used.length === 1
        ? used[0]!
        : (namedSetting(cause, settings) ?? (await findRejectedSetting(used, succeedsWithout)));
    return new AppFailure(rejectedSettingError(setting, settings, cause), { cause });
  }
  // The store also rejects the upload without these settings, so they are not the cause.
  const error = explainS3Error(cause, withoutObjectSettings(settings, used));
  return error ? new AppFailure(error, { cause }) : cause;
}

/** The setting that the store's error name or message is about. */
function namedSetting(cause: unknown, settings: S3Settings): ObjectSetting | undefined {
  const error = explainS3Error(cause, settings);
  return error?.code === 'rejected' && error.params?.['why'] !== 'oneSetting'
    ? objectSettings(settings).find((setting) => setting === error.field)
    : undefined;
}

/** Returns the setting that the store rejects. If it rejects several, returns one of them. */
async function findRejectedSetting(
  used: readonly ObjectSetting[],
  succeedsWithout: (removed: readonly ObjectSetting[]) => Promise<boolean>,
): Promise<ObjectSetting> {
  for (const setting of used) if (await succeedsWithout([setting])) return setting;
  // The store rejects more than one setting. Removes one more setting each time until the upload succeeds: the last
  // removed setting is one of the rejected ones.
  for (let count = 2; count < used.length; count++)
    if (await succeedsWithout(used.slice(0, count))) return used[count - 1]!;
  return used.at(-1)!;
}

interface CheckOptions {
  client: S3Client;
  /** Creates a client that sends other headers with new objects. The caller closes it. */
  createClient(settings: S3Settings): S3Client;
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
  settings: S3Settings,
  { client, checkMs, keyBuilder }: Omit<CheckOptions, 'createClient'>,
  signal: AbortSignal,
): Promise<void> {
  const headers = objectHeaders(settings, { name: checkFileName, contentType: 'text/plain' });
  const target = {
    Bucket: settings.bucket,
    Key: joinKey(settings.prefix, await keyBuilder.path(1, maxPathBytes(settings.prefix))),
  };
  const { host } = new URL(settings.endpoint);
  const timeout = AbortSignal.timeout(checkMs);
  const createUpload = () =>
    client.send(new CreateMultipartUploadCommand({ ...target, ...headers }), {
      abortSignal: AbortSignal.any([signal, timeout]),
    });
  const { UploadId: uploadId } = await createUpload().catch(async (cause: unknown) => {
    // From the failed response, the client learned the store's time, so the second request succeeds.
    if (isClockSkewError(cause)) return createUpload();
    if (timeout.aborted && !signal.aborted)
      throw failure('unreachable', { field: 'endpoint', params: { host, why: 'silent' } }, cause);
    throw await explainPlainHttp(cause, settings);
  });
  if (!uploadId) throw failure('wrong-service', { field: 'endpoint', params: { host } });
  await client.send(new AbortMultipartUploadCommand({ ...target, UploadId: uploadId }), { abortSignal: signal });
}

/** The SDK ignores a clock that is wrong by less than 4 minutes, so it knows no smaller difference. */
const minReportedSkewMinutes = 4;

const isClockSkewError = (cause: unknown): boolean => cause instanceof Error && cause.name === 'RequestTimeTooSkewed';
