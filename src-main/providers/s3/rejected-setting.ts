/** Recognises refusals of one setting. The store's code for them says only that the request was invalid. */
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

/** @returns the error of a rejected setting if there is one; otherwise as {@link mapS3Error} */
export const explainS3Error = (cause: unknown, settings: S3Settings): AppError | undefined =>
  rejectedSettingError(cause, settings) ?? mapS3Error(cause, settings);
