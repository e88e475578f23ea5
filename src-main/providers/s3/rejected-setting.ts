/** Recognizes errors about a single setting whose error code says only that the request is invalid. */
import type { AppError } from '../../../src-shared/errors.ts';
import { isAccelerated } from './aws-endpoints.ts';
import { mapS3Error } from './errors.ts';
import { rejectedSettingMeaning, type ObjectSetting } from './setting-meaning.ts';
import type { S3Settings } from './settings.ts';

/** The error of a bucket without transfer acceleration that got an accelerated request; undefined for other errors. */
function accelerationError(cause: unknown, settings: S3Settings): AppError | undefined {
  const { name, message } = cause instanceof Error ? cause : { name: '', message: '' };
  if (!isAccelerated(settings.awsEndpoint) || !/^Invalid(?:Request|Argument)$/.test(name)) return undefined;
  const params = { bucket: settings.bucket, host: new URL(settings.endpoint).host, why: 'acceleration' };
  return /accelerat/i.test(message) ? { code: 'rejected', field: 'awsEndpoint', params } : undefined;
}

/** The error of a setting without which the store accepts the same upload. */
export function rejectedSettingError(setting: ObjectSetting, settings: S3Settings, cause: unknown): AppError {
  const { code, field, why } = rejectedSettingMeaning(setting);
  const params = { ...mapS3Error(cause, settings)?.params };
  return {
    code,
    ...(field === undefined ? {} : { field }),
    params: {
      ...params,
      bucket: settings.bucket,
      host: new URL(settings.endpoint).host,
      ...(why === undefined ? {} : { why }),
    },
  };
}

/** @returns the error of a rejected setting, or the result of {@link mapS3Error} for other errors */
export const explainS3Error = (cause: unknown, settings: S3Settings): AppError | undefined =>
  accelerationError(cause, settings) ?? mapS3Error(cause, settings);
