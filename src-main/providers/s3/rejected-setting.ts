/** Recognizes errors about a single setting whose error code says only that the request is invalid. */
import type { AppError } from '../../../src-shared/errors.ts';
import { isAccelerated } from './aws-endpoints.ts';
import { mapS3Error } from './errors.ts';
import type { S3Settings } from './settings.ts';

/** @returns undefined for all other errors */
function rejectedSettingError(cause: unknown, settings: S3Settings): AppError | undefined {
  const { name, message } = cause instanceof Error ? cause : { name: '', message: '' };
  const params = { bucket: settings.bucket, host: new URL(settings.endpoint).host };
  if (isAccelerated(settings.awsEndpoint) && /^Invalid(?:Request|Argument)$/.test(name) && /accelerat/i.test(message))
    return { code: 'rejected', field: 'awsEndpoint', params: { ...params, why: 'acceleration' } };
  if (name === 'AccessControlListNotSupported') return aclRejectedError(settings);
  return undefined;
}

export const aclRejectedError = ({ bucket, endpoint }: S3Settings): AppError => ({
  code: 'rejected',
  field: 'acl',
  params: { bucket, host: new URL(endpoint).host, why: 'acl' },
});

/** @returns the error of a rejected setting, or the result of {@link mapS3Error} for other errors */
export const explainS3Error = (cause: unknown, settings: S3Settings): AppError | undefined =>
  rejectedSettingError(cause, settings) ?? mapS3Error(cause, settings);
