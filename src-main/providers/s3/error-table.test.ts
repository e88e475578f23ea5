/**
 * Every known cause, as it is thrown, and the error that the user sees: what happened, what to do, the field, the
 * button, and whether Hoist retries. Each new cause needs a row.
 */
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { actionFor, type ErrorAction } from '../../../src-shared/error-action.ts';
import {
  AppFailure,
  errorTable,
  failure,
  type AppError,
  type ErrorCode,
  type RetryPolicy,
} from '../../../src-shared/errors.ts';
import { errorText } from '../../../src-shared/text/text.ts';
import { openFailure, readFailure } from '../../platform/file-errors.ts';
import { networkErrorTable } from '../network/network-errors.ts';
import { UnexpectedPageError } from '../transfer/request-handler.ts';
import { errorsByName } from './error-table.ts';
import { mapS3Error } from './errors.ts';
import { s3 } from './index.ts';
import { s3SettingsSchema } from './settings.ts';

const keys = {
  bucket: 'photos',
  accessKeyId: 'AKID',
  secretAccessKey: 's3cr3t-s3cr3t',
  endpoint: 'https://minio.example.com:9000',
  pathStyle: 'true',
};
const settingsOf = (rest: Record<string, string> = {}) => v.parse(s3SettingsSchema, { ...keys, ...rest });
const profile = { credentials: 'profile', awsProfile: 'work' };

/** An error response of a service, as the SDK throws it. */
const answer = (
  name: string,
  status: number,
  message = `The store says something about ${status === 403 ? 'rights' : 'this'}.`,
  { rest = {}, headers = {} }: { rest?: object; headers?: Record<string, string> } = {},
): Error =>
  Object.assign(new Error(message), {
    name,
    $fault: 'client',
    $metadata: { httpStatusCode: status, attempts: 1 },
    $response: { statusCode: status, headers },
    ...rest,
  });
const errorWithStatus = (status: number, headers: Record<string, string> = {}): Error =>
  answer('Unknown', status, 'UnknownError', { headers });
const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });
const system = (code: string, message = code): Error => Object.assign(new Error(message), { code });

interface Row {
  /** Number of the cause in the list of known causes. */
  cause: number;
  what: string;
  thrown: unknown;
  is: ErrorCode;
  field?: string;
  button: ErrorAction;
  retry: RetryPolicy;
  settings?: Record<string, string>;
  /** Text that the sentence must contain. */
  says?: RegExp;
}

const row = (
  cause: number,
  what: string,
  thrown: unknown,
  [is, field, button, retry]: [ErrorCode, string | undefined, ErrorAction, RetryPolicy],
  rest: Pick<Row, 'settings' | 'says'> = {},
): Row => ({ cause, what, thrown, is, button, retry, ...(field === undefined ? {} : { field }), ...rest });

const storeError = (name: string, status: number, says?: string): [string, Error] => [name, answer(name, status, says)];
const networkError = (code: string, message?: string): [string, Error] => [code, system(code, message)];
/** Errors of the local file, shared by all providers. */
const openError = (code: string): [string, unknown] => [`opening: ${code}`, openFailure(system(code), '/x/file.txt')];
const readError = (code: string): [string, unknown] => [`reading: ${code}`, readFailure(system(code))];

const never = 'never';
const key: Row['button'] = 'fix-key';
const rows: Row[] = [
  row(1, ...storeError('NoSuchBucket', 404), ['no-bucket', 'bucket', 'fix', never], {
    says: /The bucket “photos” doesn’t exist/,
  }),
  row(2, ...storeError('NotFound', 404, 'UnknownError'), ['no-bucket', 'bucket', 'fix', never]),
  row(3, ...storeError('NoSuchKey', 404), ['no-bucket', 'bucket', 'fix', never]),
  row(4, ...storeError('AccessDenied', 403), ['forbidden', 'accessKeyId', key, never], { says: /s3:PutObject/ }),
  row(
    4,
    'AccessDenied by Block Public Access',
    answer(
      'AccessDenied',
      403,
      'User: arn:aws:iam::1:user/x is not authorized to perform: s3:PutObject because public access control lists (ACLs) are blocked by the BlockPublicAcls block public access setting.',
    ),
    ['rejected', 'acl', 'fix', never],
    { says: /ACL/ },
  ),
  row(
    4,
    'AccessDenied by KMS',
    answer(
      'AccessDenied',
      403,
      'User: arn:aws:iam::1:user/x is not authorized to perform: kms:GenerateDataKey on resource: k',
    ),
    ['rejected', 'headers', 'fix', never],
    { says: /encryption key/ },
  ),
  row(4, 'AccessDenied to tag', answer('AccessDenied', 403, 'not authorized to perform: s3:PutObjectTagging'), [
    'rejected',
    'headers',
    'fix',
    never,
  ]),
  row(5, 'Unknown 403', errorWithStatus(403), ['forbidden', 'accessKeyId', key, never]),
  row(6, ...storeError('AllAccessDisabled', 403), ['forbidden', 'bucket', 'fix', never], { says: /support/ }),
  row(7, ...storeError('AccountProblem', 403), ['forbidden', 'accessKeyId', 'retry', never], { says: /account/ }),
  row(8, ...storeError('NotSignedUp', 403), ['forbidden', 'accessKeyId', 'retry', never]),
  row(8, ...storeError('NotEntitled', 403), ['forbidden', 'accessKeyId', 'retry', never]),
  row(8, ...storeError('InvalidPayer', 403), ['forbidden', 'accessKeyId', 'retry', never]),
  row(9, ...storeError('UserSuspended', 403), ['forbidden', 'accessKeyId', 'retry', never], { says: /suspended/ }),
  row(9, ...storeError('Unauthorized', 401), ['unauthorized', 'accessKeyId', key, never]),
  row(10, ...storeError('InvalidAccessKeyId', 403), ['unauthorized', 'accessKeyId', key, never]),
  row(
    10,
    'InvalidAccessKeyId with a profile',
    answer('InvalidAccessKeyId', 403),
    ['unauthorized', 'awsProfile', key, never],
    { settings: profile },
  ),
  row(11, ...storeError('SignatureDoesNotMatch', 403), ['unauthorized', 'secretAccessKey', key, never], {
    says: /secret key/,
  }),
  row(
    12,
    'RequestTimeTooSkewed',
    answer('RequestTimeTooSkewed', 403, 'skewed', { rest: { ServerTime: new Date(Date.now() - 3_600_000) } }),
    ['clock-skewed', undefined, 'retry', never],
    { says: /by 60 min/ },
  ),
  row(
    12,
    'RequestTimeTooSkewed without a time',
    answer('RequestTimeTooSkewed', 403),
    ['clock-skewed', undefined, 'retry', never],
    { says: /differs from the server’s\./ },
  ),
  row(13, ...storeError('RequestExpired', 400), ['clock-skewed', undefined, 'retry', never]),
  row(13, ...storeError('ExpiredRequest', 400), ['clock-skewed', undefined, 'retry', never]),
  row(13, 'AccessDenied: Request has expired', answer('AccessDenied', 403, 'Request has expired'), [
    'clock-skewed',
    undefined,
    'retry',
    never,
  ]),
  row(14, ...storeError('ExpiredToken', 400), ['session-expired', 'sessionToken', key, never]),
  row(14, 'ExpiredToken with a profile', answer('ExpiredToken', 400), ['session-expired', 'awsProfile', key, never], {
    settings: profile,
  }),
  row(15, ...storeError('InvalidToken', 400), ['session-expired', 'sessionToken', key, never], {
    says: /doesn’t belong/,
  }),
  row(15, ...storeError('TokenRefreshRequired', 400), ['session-expired', 'sessionToken', key, never]),
  row(
    16,
    'AuthorizationHeaderMalformed with a region',
    answer('AuthorizationHeaderMalformed', 400, 'wrong', { rest: { Region: 'eu-west-1' } }),
    ['wrong-region', 'region', 'fix', never],
    { says: /to eu-west-1/ },
  ),
  row(16, ...storeError('AuthorizationHeaderMalformed', 400), ['unauthorized', 'accessKeyId', key, never]),
  row(17, ...storeError('AuthorizationQueryParametersError', 400), ['bug', undefined, 'retry', never]),
  row(
    18,
    'PermanentRedirect',
    answer('PermanentRedirect', 301, 'elsewhere', { headers: { 'x-amz-bucket-region': 'ap-south-1' } }),
    ['wrong-region', 'region', 'fix', never],
    { says: /to ap-south-1/ },
  ),
  row(
    18,
    'PermanentRedirect without a region',
    answer('PermanentRedirect', 301),
    ['wrong-region', 'region', 'fix', never],
    { says: /the region that the storage service shows/ },
  ),
  row(19, ...storeError('TemporaryRedirect', 307), ['unavailable', undefined, 'retry', 'backoff'], { says: /new/ }),
  row(20, ...storeError('IllegalLocationConstraintException', 400), ['wrong-region', 'region', 'fix', never]),
  row(21, ...storeError('InvalidLocationConstraint', 400), ['wrong-region', 'region', 'fix', never], {
    says: /another region/,
  }),
  row(22, ...storeError('InvalidBucketName', 400), ['no-bucket', 'bucket', 'fix', never], { says: /3–63/ }),
  row(23, ...storeError('BucketAlreadyExists', 409), ['rejected', 'bucket', 'fix', never]),
  row(23, ...storeError('BucketAlreadyOwnedByYou', 409), ['rejected', 'bucket', 'fix', never]),
  row(23, ...storeError('BucketConflict', 409), ['rejected', 'bucket', 'fix', never]),
  row(24, ...storeError('OperationAborted', 409), ['unavailable', undefined, 'retry', 'backoff']),
  // For its own conditions, the driver checks the object before this error reaches the user.
  row(25, 'PreconditionFailed, to a name that is taken', failure('name-taken'), [
    'name-taken',
    undefined,
    'keep-both',
    never,
  ]),
  row(25, 'PreconditionFailed, to no condition of ours', answer('PreconditionFailed', 412), [
    'rejected',
    undefined,
    'fix',
    never,
  ]),
  row(26, ...storeError('ConditionalRequestConflict', 409), ['unavailable', undefined, 'retry', 'backoff']),
  row(27, ...storeError('AccessControlListNotSupported', 400), ['rejected', 'acl', 'fix', never], { says: /ACL/ }),
  row(
    28,
    ...storeError('InvalidRequest', 400, 'The request is missing a thing.'),
    ['rejected', undefined, 'fix', never],
    {
      says: /with the message “The request is missing a thing”\./,
    },
  ),
  row(
    28,
    'InvalidRequest about acceleration',
    answer('InvalidRequest', 400, 'S3 Transfer Acceleration is not configured on this bucket'),
    ['rejected', 'endpoint', 'fix', never],
    { says: /cceleration/ },
  ),
  row(
    28,
    'InvalidRequest about encryption',
    answer(
      'InvalidRequest',
      400,
      'Server Side Encryption with KMS managed key requires HTTP header x-amz-server-side-encryption',
    ),
    ['rejected', 'headers', 'fix', never],
  ),
  row(29, ...storeError('InvalidArgument', 400, 'Unsupported header received'), ['rejected', undefined, 'fix', never], {
    says: /Unsupported header received/,
  }),
  row(
    29,
    'InvalidArgument about the ACL',
    answer('InvalidArgument', 400, "Unsupported value for canned acl 'public-read'"),
    ['rejected', 'acl', 'fix', never],
  ),
  row(
    29,
    'InvalidArgument about a header',
    answer('InvalidArgument', 400, "Unsupported header 'x-amz-website-redirect-location' received"),
    ['rejected', 'headers', 'fix', never],
    { settings: { headers: 'x-amz-website-redirect-location: /a' } },
  ),
  row(
    29,
    'InvalidArgument without a message, with headers',
    answer('InvalidArgument', 400, 'InvalidArgument'),
    ['rejected', 'headers', 'fix', never],
    { settings: { headers: 'x-amz-storage-class: X' } },
  ),
  row(
    29,
    'InvalidArgument without a message',
    answer('InvalidArgument', 400, 'UnknownError'),
    ['rejected', undefined, 'fix', never],
    { says: /The storage service rejected the upload\./ },
  ),
  row(
    30,
    ...storeError('NotImplemented', 501, 'A header you provided implies functionality that is not implemented'),
    ['rejected', undefined, 'fix', never],
    { says: /not implemented/ },
  ),
  row(
    30,
    'NotImplemented of an ACL',
    answer('NotImplemented', 501, "Header 'x-amz-acl' with value 'public-read' not implemented"),
    ['rejected', 'acl', 'fix', never],
  ),
  row(30, 'Unknown 501', errorWithStatus(501), ['rejected', undefined, 'fix', never], {
    says: /doesn’t support a feature/,
  }),
  row(31, ...storeError('MethodNotAllowed', 405), ['wrong-service', 'endpoint', 'fix', never]),
  row(32, ...storeError('MalformedXML', 400), ['rejected', 'proxy', 'fix', never], { says: /Network/ }),
  row(33, ...storeError('MissingContentLength', 411), ['rejected', 'proxy', 'fix', never]),
  row(34, ...storeError('IncompleteBody', 400), ['unreachable', undefined, 'retry', 'backoff'], { says: /was lost/ }),
  row(35, ...storeError('RequestTimeout', 400), ['stalled', undefined, 'retry', 'backoff']),
  row(35, 'Unknown 408', errorWithStatus(408), ['stalled', undefined, 'retry', 'backoff']),
  row(36, ...storeError('EntityTooLarge', 400), ['too-large', undefined, 'remove', never]),
  row(37, ...storeError('EntityTooSmall', 400), ['rejected', 'endpoint', 'fix', never]),
  row(38, 'Unknown 413', errorWithStatus(413), ['too-large', 'endpoint', 'fix', never], { says: /in front of/ }),
  row(39, ...storeError('NoSuchUpload', 404), ['unavailable', undefined, 'retry', 'backoff'], {
    says: /unfinished upload/,
  }),
  row(40, ...storeError('InvalidPart', 400), ['corrupted', undefined, 'retry', 'backoff']),
  row(41, ...storeError('InvalidPartOrder', 400), ['rejected', 'endpoint', 'fix', never]),
  row(41, ...storeError('TooManyParts', 400), ['rejected', 'endpoint', 'fix', never]),
  row(42, ...storeError('BadDigest', 400), ['corrupted', undefined, 'retry', 'backoff']),
  row(43, ...storeError('InvalidDigest', 400), ['bug', undefined, 'retry', never]),
  row(44, ...storeError('XAmzContentSHA256Mismatch', 400), ['corrupted', undefined, 'retry', 'backoff']),
  row(45, ...storeError('KeyTooLongError', 400), ['rejected', 'nameTemplate', 'fix', never], { says: /name template/ }),
  row(45, ...storeError('InvalidObjectName', 400), ['rejected', 'nameTemplate', 'fix', never]),
  row(46, ...storeError('MetadataTooLarge', 400), ['rejected', 'headers', 'fix', never]),
  row(47, ...storeError('InvalidStorageClass', 400), ['rejected', 'storageClass', 'fix', never], {
    says: /storage class/,
  }),
  row(48, ...storeError('InvalidTag', 400), ['rejected', 'headers', 'fix', never]),
  row(49, ...storeError('InvalidObjectState', 403), ['rejected', 'headers', 'fix', never], { says: /archived/ }),
  row(50, ...storeError('ObjectLockedByBucketPolicy', 403), ['forbidden', 'bucket', 'fix', never], { says: /lock/ }),
  row(
    50,
    'AccessDenied by object lock',
    answer('AccessDenied', 403, 'Access Denied because object protected by object lock.'),
    ['forbidden', 'bucket', 'fix', never],
  ),
  ...['KMS.DisabledException', 'KMS.NotFoundException', 'KMS.KMSInvalidStateException', 'KMS.InvalidKeyUsage'].map(
    (name) => row(51, ...storeError(name, 400), ['rejected', 'headers', 'fix', never], { says: /encryption key/ }),
  ),
  row(52, ...storeError('SlowDown', 503), ['rate-limited', undefined, 'retry', 'backoff']),
  row(53, ...storeError('ServiceUnavailable', 503), ['unavailable', undefined, 'retry', 'backoff']),
  row(53, ...storeError('InternalError', 500), ['unavailable', undefined, 'retry', 'backoff']),
  row(53, ...storeError('InternalError', 200), ['unavailable', undefined, 'retry', 'backoff']),
  row(54, ...storeError('TooManyRequests', 429), ['rate-limited', undefined, 'retry', 'backoff']),
  ...['QuotaExceeded', 'InsufficientStorage', 'XMinioStorageFull', 'StorageQuotaExceeded'].map((name) =>
    row(55, ...storeError(name, 507), ['quota-exceeded', undefined, 'retry', never]),
  ),
  row(56, ...storeError('SecondLevelDomainForbidden', 403), ['rejected', 'pathStyle', 'fix', never], {
    says: /Path-style addresses/,
  }),
  row(57, ...storeError('UnauthorizedAccess', 403), ['forbidden', 'accessKeyId', 'retry', never], {
    says: /ICP filing/,
  }),
  row(58, '502 with a page', answer('SyntaxError', 502, "char 'h' is not expected.:1:1 Deserialization error"), [
    'unavailable',
    undefined,
    'retry',
    'backoff',
  ]),
  row(58, 'Unknown 504', errorWithStatus(504), ['unavailable', undefined, 'retry', 'backoff']),
  row(59, 'Unknown 407', errorWithStatus(407), ['unauthorized', 'proxyUser', 'fix', never], { says: /proxy/ }),
  row(
    59,
    '200 with a page',
    answer('SyntaxError', 200, "@aws-sdk XML parse error. Closing tag 'hr' is expected"),
    ['wrong-service', 'endpoint', 'fix', never],
    { says: /this network doesn’t require a sign-in/ },
  ),
  row(59, '200 with a page that reads as XML', new UnexpectedPageError(), ['wrong-service', 'endpoint', 'fix', never], {
    says: /in a browser/,
  }),
  row(
    59,
    '302 to a login page',
    errorWithStatus(302, { location: 'http://login.example.net/?token=x' }),
    ['wrong-service', 'endpoint', 'fix', never],
    { says: /sign-in page of this network/ },
  ),
  row(60, 'no XML', named('Error', '@aws-sdk XML parse error: Unclosed HTML tag(s) found.'), [
    'wrong-service',
    'endpoint',
    'fix',
    never,
  ]),
  row(
    61,
    'no credentials at all',
    named('CredentialsProviderError', 'Could not load credentials from any providers'),
    ['secret-missing', 'credentials', key, never],
    { settings: profile },
  ),
  row(
    62,
    'no such profile',
    named(
      'CredentialsProviderError',
      'Could not resolve credentials using profile: [work] in configuration/credentials file(s).',
    ),
    ['secret-missing', 'awsProfile', key, never],
    { settings: profile, says: /“work”/ },
  ),
  row(
    63,
    'a code is required',
    named(
      'CredentialsProviderError',
      'Profile work requires multi-factor authentication, but no MFA code callback was provided.',
    ),
    ['secret-missing', 'awsProfile', 'retry', never],
    { settings: profile, says: /code/ },
  ),
  row(
    63,
    'a code is wrong',
    answer('AccessDenied', 403, 'MultiFactorAuthentication failed with invalid MFA one time pass code.'),
    ['unauthorized', 'awsProfile', 'retry', never],
    { settings: profile, says: /code/ },
  ),
  row(
    64,
    'not signed in at Identity Center',
    named(
      'CredentialsProviderError',
      "The SSO session token associated with profile=work was not found or is invalid. To refresh this SSO session run 'aws sso login'",
    ),
    ['session-expired', 'awsProfile', key, never],
    { settings: profile, says: /Sign in again/ },
  ),
  row(
    64,
    'the token has expired',
    named(
      'TokenProviderError',
      "Token is expired. To refresh this SSO session run 'aws sso login' with the corresponding profile.",
    ),
    ['session-expired', 'awsProfile', key, never],
    { settings: profile },
  ),
  row(
    65,
    ...storeError('UnauthorizedException', 401, 'Session token not found or invalid'),
    ['session-expired', 'awsProfile', key, never],
    { settings: profile },
  ),
  row(65, ...storeError('ForbiddenException', 403, 'No access'), ['forbidden', 'awsProfile', key, never], {
    settings: profile,
    says: /no longer have access/,
  }),
  row(65, ...storeError('ResourceNotFoundException', 404), ['forbidden', 'awsProfile', key, never], {
    settings: profile,
  }),
  ...[
    'InvalidGrantException',
    'ExpiredTokenException',
    'InvalidClientException',
    'UnauthorizedClientException',
    'AuthorizationPendingException',
  ].map((name) =>
    row(66, ...storeError(name, 400), ['session-expired', 'awsProfile', key, never], { settings: profile }),
  ),
  row(66, ...storeError('SlowDownException', 400), ['rate-limited', undefined, 'retry', 'backoff'], {
    settings: profile,
  }),
  row(
    67,
    'AccessDenied on AssumeRole',
    answer(
      'AccessDenied',
      403,
      'User: arn:aws:iam::1:user/x is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::1:role/r',
    ),
    ['forbidden', 'awsProfile', key, never],
    { settings: profile, says: /trusts/ },
  ),
  ...['ValidationError', 'MalformedPolicyDocument', 'PackedPolicyTooLarge'].map((name) =>
    row(67, ...storeError(name, 400), ['rejected', 'awsProfile', 'fix', never], {
      settings: profile,
      says: /duration/,
    }),
  ),
  row(67, ...storeError('RegionDisabledException', 403), ['wrong-region', 'region', 'fix', never], {
    settings: profile,
  }),
  row(67, ...storeError('IDPCommunicationError', 400), ['unavailable', undefined, 'retry', 'backoff'], {
    settings: profile,
  }),
  row(67, ...storeError('InvalidIdentityToken', 400), ['unauthorized', 'awsProfile', key, never], {
    settings: profile,
  }),
  row(67, ...storeError('InvalidClientTokenId', 403), ['unauthorized', 'awsProfile', key, never], {
    settings: profile,
  }),
  ...[
    'Profile work credential_process returned invalid JSON.',
    'Profile work credential_process did not return Version 1.',
    'Profile work credential_process exited with 1',
  ].map((message) =>
    row(68, message, named('CredentialsProviderError', message), ['secret-missing', 'awsProfile', key, never], {
      settings: profile,
      says: /terminal/,
    }),
  ),
  row(
    69,
    'not an EC2 instance',
    named('CredentialsProviderError', 'Unable to connect to instance metadata service'),
    ['secret-missing', 'credentials', key, never],
    { settings: profile },
  ),
  row(
    69,
    'not an EC2 instance, after the timeout',
    named('TimeoutError', 'TimeoutError from instance metadata service'),
    ['secret-missing', 'credentials', key, never],
    { settings: profile },
  ),
  row(
    69,
    'only version 1 of the metadata service',
    named('InstanceMetadataV1FallbackError', 'AWS EC2 Metadata v1 fallback has been blocked: instance metadata'),
    ['secret-missing', 'credentials', key, never],
    { settings: profile },
  ),
  row(70, 'settings that exclude each other', named('EndpointError', 'S3 Accelerate cannot be used in this region'), [
    'invalid-input',
    'endpoint',
    'fix',
    never,
  ]),
  row(71, 'no region', named('Error', 'Region is missing'), ['invalid-input', 'region', 'fix', never]),
  row(71, 'no such region', named('Error', 'Region not accepted: region="a b" is not a valid hostname component.'), [
    'invalid-input',
    'region',
    'fix',
    never,
  ]),
  row(72, ...networkError('ENOTFOUND'), ['unreachable', 'endpoint', 'fix', 'backoff'], { says: /spelling/ }),
  row(73, ...networkError('EAI_AGAIN'), ['offline', undefined, 'retry', 'online']),
  row(74, ...networkError('ECONNREFUSED'), ['unreachable', 'endpoint', 'retry', 'backoff'], { says: /port/ }),
  ...['ECONNRESET', 'EPIPE', 'ECONNABORTED'].map((code) =>
    row(75, ...networkError(code), ['unreachable', undefined, 'retry', 'backoff'], { says: /was lost/ }),
  ),
  row(75, 'socket hang up', system('ECONNRESET', 'socket hang up'), ['unreachable', undefined, 'retry', 'backoff']),
  row(76, ...networkError('ETIMEDOUT'), ['unreachable', 'endpoint', 'retry', 'backoff']),
  row(
    76,
    'the SDK waits for a connection',
    named(
      'TimeoutError',
      '@smithy/node-http-handler - the request socket did not establish a connection with the server within the configured timeout of 1 ms.',
    ),
    ['unreachable', 'endpoint', 'retry', 'backoff'],
  ),
  row(
    76,
    'the SDK waits for a byte',
    named('TimeoutError', '@smithy/node-http-handler - the request socket timed out after 1 ms of inactivity'),
    ['stalled', undefined, 'retry', 'backoff'],
  ),
  row(77, ...networkError('EHOSTUNREACH'), ['offline', 'endpoint', 'retry', 'online']),
  ...['ENETUNREACH', 'ENETDOWN'].map((code) =>
    row(77, ...networkError(code), ['offline', undefined, 'retry', 'online']),
  ),
  ...[
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  ].map((code) => row(78, ...networkError(code), ['tls-untrusted', 'ca', 'fix', never], { says: /under Network/ })),
  ...['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'].map((code) =>
    row(79, ...networkError(code), ['tls-untrusted', 'endpoint', 'fix', never], { says: /clock/ }),
  ),
  row(80, ...networkError('ERR_TLS_CERT_ALTNAME_INVALID'), ['tls-untrusted', 'endpoint', 'fix', never]),
  row(
    80,
    'an error name in front of the server’s',
    Object.assign(system('ERR_TLS_CERT_ALTNAME_INVALID'), { host: 'photos.minio.example.com' }),
    ['tls-untrusted', 'pathStyle', 'fix', never],
    { settings: { pathStyle: 'false' }, says: /Turn on “Path-style addresses”/ },
  ),
  row(
    72,
    'a host name with the bucket',
    Object.assign(system('ENOTFOUND'), { hostname: 'photos.minio.example.com' }),
    ['unreachable', 'pathStyle', 'fix', 'backoff'],
    { settings: { pathStyle: 'false' }, says: /Turn on “Path-style addresses”/ },
  ),
  ...['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER'].map((code) =>
    row(81, ...networkError(code), ['wrong-service', 'endpoint', 'fix', never], { says: /doesn’t use HTTPS/ }),
  ),
  row(
    81,
    'a server with an old TLS version',
    system('EPROTO', 'write EPROTO 1:error:0A00042E:SSL routines:ssl3_read_bytes:tlsv1 alert protocol version'),
    ['tls-untrusted', 'endpoint', 'fix', never],
    { says: /TLS 1\.2/ },
  ),
  // connect.ts handles a cancel before the thrown error is read.
  row(82, 'Request aborted', failure('canceled'), ['canceled', undefined, 'retry', never]),
  row(83, ...openError('ENOENT'), ['source-missing', undefined, 'retry', never]),
  ...['EACCES', 'EPERM'].map((code) =>
    row(83, ...openError(code), ['source-unreadable', undefined, 'retry', never], { says: /permissions/ }),
  ),
  ...['EBUSY', 'ETXTBSY'].map((code) =>
    row(83, ...openError(code), ['source-unreadable', undefined, 'retry', never], { says: /Another program/ }),
  ),
  row(83, ...openError('EISDIR'), ['source-is-folder', undefined, 'remove', never]),
  row(83, ...openError('ENXIO'), ['source-not-a-file', undefined, 'remove', never]),
  row(83, ...openError('EMFILE'), ['source-unreadable', undefined, 'retry', never], { says: /too many files/ }),
  row(83, ...openError('ENFILE'), ['source-unreadable', undefined, 'retry', never], { says: /too many files/ }),
  ...['EIO', 'ENOSPC'].map((code) =>
    row(83, ...readError(code), ['source-unreadable', undefined, 'retry', never], { says: /disk/ }),
  ),
  ...['ESTALE', 'ENOTCONN', 'ETIMEDOUT'].map((code) =>
    row(83, ...readError(code), ['source-unreadable', undefined, 'retry', never], { says: /Reconnect the drive/ }),
  ),
  row(
    83,
    'an error name that is not text',
    openFailure(system('ENOENT'), '/x/\u{FFFD}.txt'),
    ['source-unreadable', undefined, 'retry', never],
    { says: /Rename the file/ },
  ),
  row(83, 'size or time changed', failure('source-changed'), ['source-changed', undefined, 'retry', never]),
];

const errorIn = ({ thrown, settings }: Row): AppError | undefined =>
  thrown instanceof AppFailure ? thrown.error : mapS3Error(thrown, settingsOf(settings));
const words = (text: string): number => text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
/** Removes the server's message between quotation marks: its wording is not ours. */
const visibleText = (error: AppError): { what: string; remedy: string } =>
  errorText({ ...error, params: { ...error.params, ...(error.params?.['said'] === undefined ? {} : { said: 'so' }) } });
const names = [...Object.keys(errorsByName), ...Object.keys(networkErrorTable)].filter(
  (name) => name.length > 4 && name !== 'Unauthorized',
);

test('the tests cover every row of the tables', () => {
  expect([...new Set(rows.map(({ cause }) => cause))]).toEqual(Array.from({ length: 83 }, (_, index) => index + 1));
});

describe.each(rows.map((one) => [`${one.cause} ${one.what}`, one] as const))('%s', (_, one) => {
  test('has its code, field and sentence', () => {
    const error = errorIn(one)!;
    expect([error?.code, error?.field]).toEqual([one.is, one.field]);
    expect(actionFor(error)).toBe(one.button);
    expect(errorTable[error.code].retry).toBe(one.retry);
    if (error.field !== undefined) expect(s3.fields.map(({ key: fieldKey }) => fieldKey)).toContain(error.field);
  });
  test('says briefly what happened and what to do, without codes', () => {
    const error = errorIn(one)!;
    const { what, remedy } = visibleText(error);
    const all = `${what} ${remedy}`;
    expect(words(all), all).toBeLessThanOrEqual(30);
    for (const sentence of [what, remedy]) {
      // A host or bucket name stays unchanged even at the beginning of a sentence.
      expect(sentence).toMatch(/^([\p{Lu}“]|minio\.example\.com:9000(’s)? |photos ).*\.$/u);
      // 443 is the port.
      expect(sentence.replace('443', '')).not.toMatch(/[{}!]|undefined|successfully|\b[1-5]\d\d\b/);
      for (const name of names) expect(sentence).not.toContain(name);
    }
    const text = errorText(error);
    expect(`${text.what} ${text.remedy}`).toMatch(one.says ?? /./);
  });
});

describe('errors without a row show the message of the server', () => {
  const errorFor = (name: string, status: number, message: string): AppError =>
    mapS3Error(
      answer(name, status, message),
      settingsOf({ secretAccessKey: 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY' }),
    )!;

  test('in quotation marks, with the name of the server', () => {
    const text = errorText(errorFor('WeirdNewThing', 400, 'The moon is in the wrong phase.'));
    expect(text).toEqual({
      what: 'minio.example.com:9000 rejected the upload with the message “The moon is in the wrong phase”.',
      remedy: 'Check whether the settings of this destination match this message.',
    });
    expect(errorText(errorFor('WeirdNewThing', 403, 'Not on Sundays')).what).toBe(
      'minio.example.com:9000 denied access with the message “Not on Sundays”.',
    );
    expect(errorText(errorFor('WeirdNewThing', 400, 'UnknownError')).what).toContain('“WeirdNewThing”');
    expect(errorFor('WeirdNewThing', 400, 'x y z').params).toMatchObject({ status: 400, reason: 'WeirdNewThing' });
  });
  test('retries errors that the server calls internal', () =>
    expect(errorFor('WeirdNewThing', 503, 'x')).toMatchObject({ code: 'unavailable' }));
  test.each([
    ['a secret', 'the key wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY is bad', /wJalr/],
    ['half of a secret where the text is cut', `${'a '.repeat(70)}wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY`, /wJalr/],
    ['the key of another user', 'the key AKIAIOSFODNN7EXAMPLE is bad', /AKIA/],
    ['a token', 'Bearer abcdef0123456789 is bad', /abcdef/],
    ['characters that hide or reverse text', 'a\u0000b\u202Ec\u200Bd\ne', /[\p{Cc}\p{Cf}]/u],
    ['marks that end the quotation', 'a” Hoist says: “send your key', /.”.*“.*”/],
    ['markup', 'a <b onclick=x>b</b>', /[<>]/],
  ])('without %s', (_, message, forbidden) => {
    const { what } = errorText(errorFor('WeirdNewThing', 400, message));
    expect(what.slice(what.indexOf('“') + 1)).not.toMatch(forbidden);
  });
  test('in at most two lines, never a whole page', () => {
    expect(errorText(errorFor('WeirdNewThing', 400, 'word '.repeat(9_000))).what.length).toBeLessThan(230);
    expect(errorText(errorFor('WeirdNewThing', 400, '<!doctype html><p>Hello')).what).toContain('“WeirdNewThing”');
    expect(errorText(errorFor('Unknown', 418, '<html>Hello')).what).toBe('The storage service rejected the upload.');
  });
});
