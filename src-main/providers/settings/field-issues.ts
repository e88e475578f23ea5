/** How a settings schema reports a problem with a field. An issue never contains the typed value. */
import type { RawTransformContext } from 'valibot';
import type { AppError } from '../../../src-shared/errors.ts';

/** The reasons for which `invalid-input` has an error message (text/en/). */
export const issueReasons = {
  missing: 'missing',
  choice: 'choice',
  number: 'number',
  address: 'address',
  unencrypted: 'unencrypted',
  bucket: 'bucket',
  noBucket: 'noBucket',
  tenant: 'tenant',
  region: 'region',
  regionNeeded: 'regionNeeded',
  endpointNeeded: 'endpointNeeded',
  braces: 'braces',
  key: 'key',
  folder: 'folder',
  days: 'days',
  headerLine: 'headerLine',
  headerName: 'headerName',
  falKey: 'falKey',
  baseUrl: 'baseUrl',
  profile: 'profile',
  directoryBucket: 'directoryBucket',
  publicAddress: 'publicAddress',
  consolePage: 'consolePage',
  accessPoint: 'accessPoint',
  otherArn: 'otherArn',
  partition: 'partition',
  swift: 'swift',
  cosBucket: 'cosBucket',
  linkParts: 'linkParts',
  aclWrite: 'aclWrite',
  storageClass: 'storageClass',
  archived: 'archived',
  headerValue: 'headerValue',
  variantElsewhere: 'variantElsewhere',
  fipsRegion: 'fipsRegion',
  accelerateRegion: 'accelerateRegion',
  accelerateDots: 'accelerateDots',
  acceleratePath: 'acceleratePath',
  proxy: 'proxy',
  login: 'login',
  certificate: 'certificate',
  privateKey: 'privateKey',
  tokenNeeded: 'tokenNeeded',
  signIn: 'signIn',
  account: 'account',
  role: 'role',
  startUrl: 'startUrl',
  linksNeedKey: 'linksNeedKey',
} as const;

type Issue = Parameters<RawTransformContext<Record<string, string>>['addIssue']>[0];

const messagePrefix = 'why:';

/** @param names text that the error message may show, such as header names; never a typed value */
export const fieldIssue = (field: string, reason: string, names = ''): NonNullable<Issue> => ({
  message: `${messagePrefix}${reason}:${names}`,
  input: undefined,
  path: [{ type: 'object', origin: 'value', input: {}, key: field, value: undefined }],
});

/**
 * Converts an issue into an error for the user. An issue from {@link fieldIssue} contains the reason; for an issue that
 * valibot itself reports, the error names only the field.
 */
export function errorFromIssue({
  message,
  path,
}: {
  message: string;
  path?: readonly { key: unknown }[] | undefined;
}): AppError {
  const field = path?.[0]?.key;
  const [, reason, names = ''] = message.startsWith(messagePrefix) ? message.split(':') : [];
  return {
    code: 'invalid-input',
    ...(typeof field === 'string' ? { field } : {}),
    ...(reason === undefined ? {} : { params: { why: reason, names } }),
  };
}
