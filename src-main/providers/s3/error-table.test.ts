/**
 * Each error that a store can return, and what the user sees: the error code, the field, the button and when Hoist
 * retries. Cases with the same cause have the same number.
 */
import { failure } from '../../../src-shared/errors.ts';
import {
  countFrom,
  emptyResponse,
  errorCase,
  errorResponse,
  profileValues,
  storeError,
  testErrorCases,
} from './testing/error-cases.ts';

testErrorCases(
  [
    errorCase(1, ...storeError('NoSuchBucket', 404), ['no-bucket', 'bucket', 'fix', 'never'], {
      text: /The bucket “photos” doesn’t exist/,
    }),
    errorCase(2, ...storeError('NotFound', 404, 'UnknownError'), ['no-bucket', 'bucket', 'fix', 'never']),
    errorCase(3, ...storeError('NoSuchKey', 404), ['no-bucket', 'bucket', 'fix', 'never']),
    errorCase(
      4,
      ...storeError('AccessDenied', 403, 'Access Denied.'),
      ['forbidden', 'accessKeyId', 'fix-key', 'never'],
      {
        text: /s3:PutObject/,
      },
    ),
    errorCase(
      4,
      'AccessDenied because of Block Public Access',
      errorResponse(
        'AccessDenied',
        403,
        'User: arn:aws:iam::1:user/x is not authorized to perform: s3:PutObject because public access control lists (ACLs) are blocked by the BlockPublicAcls block public access setting.',
      ),
      ['rejected', 'acl', 'fix', 'never'],
      { text: /ACL/ },
    ),
    errorCase(
      4,
      'AccessDenied because of a KMS permission',
      errorResponse(
        'AccessDenied',
        403,
        'User: arn:aws:iam::1:user/x is not authorized to perform: kms:GenerateDataKey on resource: k',
      ),
      ['rejected', 'bucket', 'fix', 'never'],
      { text: /encryption key/ },
    ),
    errorCase(
      4,
      'AccessDenied because of a tagging permission',
      errorResponse('AccessDenied', 403, 'not authorized to perform: s3:PutObjectTagging'),
      ['rejected', 'headers', 'fix', 'never'],
    ),
    errorCase(5, 'a 403 response without a body', emptyResponse(403), ['forbidden', 'accessKeyId', 'fix-key', 'never']),
    errorCase(6, ...storeError('AllAccessDisabled', 403), ['forbidden', 'bucket', 'fix', 'never'], { text: /support/ }),
    errorCase(7, ...storeError('AccountProblem', 403), ['forbidden', 'accessKeyId', 'retry', 'never'], {
      text: /account/,
    }),
    errorCase(8, ...storeError('NotSignedUp', 403), ['forbidden', 'accessKeyId', 'retry', 'never']),
    errorCase(8, ...storeError('NotEntitled', 403), ['forbidden', 'accessKeyId', 'retry', 'never']),
    errorCase(8, ...storeError('InvalidPayer', 403), ['forbidden', 'accessKeyId', 'retry', 'never']),
    errorCase(9, ...storeError('UserSuspended', 403), ['forbidden', 'accessKeyId', 'retry', 'never'], {
      text: /suspended/,
    }),
    errorCase(9, ...storeError('Unauthorized', 401), ['unauthorized', 'accessKeyId', 'fix-key', 'never']),
    errorCase(10, ...storeError('InvalidAccessKeyId', 403), ['unauthorized', 'accessKeyId', 'fix-key', 'never']),
    errorCase(
      10,
      'InvalidAccessKeyId with a profile',
      errorResponse('InvalidAccessKeyId', 403),
      ['unauthorized', 'awsProfile', 'fix-key', 'never'],
      { values: profileValues },
    ),
    errorCase(
      11,
      ...storeError('SignatureDoesNotMatch', 403),
      ['unauthorized', 'secretAccessKey', 'fix-key', 'never'],
      {
        text: /secret key/,
      },
    ),
    errorCase(
      12,
      'RequestTimeTooSkewed with the server’s time',
      errorResponse('RequestTimeTooSkewed', 403, 'skewed', {
        elements: { ServerTime: new Date(Date.now() - 3_600_000) },
      }),
      ['clock-skewed', undefined, 'retry', 'never'],
      { text: /by 60 min/ },
    ),
    errorCase(
      12,
      'RequestTimeTooSkewed without the server’s time',
      errorResponse('RequestTimeTooSkewed', 403),
      ['clock-skewed', undefined, 'retry', 'never'],
      { text: /differs from the server’s\./ },
    ),
    errorCase(13, ...storeError('RequestExpired', 400), ['clock-skewed', undefined, 'retry', 'never']),
    errorCase(13, ...storeError('ExpiredRequest', 400), ['clock-skewed', undefined, 'retry', 'never']),
    errorCase(
      13,
      'AccessDenied because the request has expired',
      errorResponse('AccessDenied', 403, 'Request has expired'),
      ['clock-skewed', undefined, 'retry', 'never'],
    ),
    errorCase(14, ...storeError('ExpiredToken', 400), ['session-expired', 'sessionToken', 'fix-key', 'never']),
    errorCase(
      14,
      'ExpiredToken with a profile',
      errorResponse('ExpiredToken', 400),
      ['session-expired', 'awsProfile', 'fix-key', 'never'],
      {
        values: profileValues,
      },
    ),
    errorCase(15, ...storeError('InvalidToken', 400), ['session-expired', 'sessionToken', 'fix-key', 'never'], {
      text: /doesn’t belong/,
    }),
    errorCase(15, ...storeError('TokenRefreshRequired', 400), ['session-expired', 'sessionToken', 'fix-key', 'never']),
    errorCase(
      16,
      'AuthorizationHeaderMalformed with a region',
      errorResponse('AuthorizationHeaderMalformed', 400, 'wrong', { elements: { Region: 'eu-west-1' } }),
      ['wrong-region', 'region', 'fix', 'never'],
      { text: /to eu-west-1/ },
    ),
    errorCase(16, ...storeError('AuthorizationHeaderMalformed', 400), [
      'unauthorized',
      'accessKeyId',
      'fix-key',
      'never',
    ]),
    errorCase(17, ...storeError('AuthorizationQueryParametersError', 400), ['bug', undefined, 'retry', 'never']),
    errorCase(
      18,
      'PermanentRedirect with a region',
      errorResponse('PermanentRedirect', 301, 'elsewhere', { headers: { 'x-amz-bucket-region': 'ap-south-1' } }),
      ['wrong-region', 'region', 'fix', 'never'],
      { text: /to ap-south-1/ },
    ),
    errorCase(
      18,
      'PermanentRedirect without a region',
      errorResponse('PermanentRedirect', 301),
      ['wrong-region', 'region', 'fix', 'never'],
      { text: /the region that the storage service shows/ },
    ),
    errorCase(19, ...storeError('TemporaryRedirect', 307), ['unavailable', undefined, 'retry', 'backoff'], {
      text: /new/,
    }),
    errorCase(20, ...storeError('IllegalLocationConstraintException', 400), ['wrong-region', 'region', 'fix', 'never']),
    errorCase(21, ...storeError('InvalidLocationConstraint', 400), ['wrong-region', 'region', 'fix', 'never'], {
      text: /another region/,
    }),
    errorCase(22, ...storeError('InvalidBucketName', 400), ['no-bucket', 'bucket', 'fix', 'never'], { text: /3–63/ }),
    errorCase(23, ...storeError('BucketAlreadyExists', 409), ['rejected', 'bucket', 'fix', 'never']),
    errorCase(23, ...storeError('BucketAlreadyOwnedByYou', 409), ['rejected', 'bucket', 'fix', 'never']),
    errorCase(23, ...storeError('BucketConflict', 409), ['rejected', 'bucket', 'fix', 'never']),
    errorCase(24, ...storeError('OperationAborted', 409), ['unavailable', undefined, 'retry', 'backoff']),
    // The driver itself reports a taken name. Any other PreconditionFailed is unexpected.
    errorCase(25, 'a taken name', failure('name-taken'), ['name-taken', undefined, 'keep-both', 'never']),
    errorCase(25, 'PreconditionFailed', errorResponse('PreconditionFailed', 412), [
      'rejected',
      undefined,
      'fix',
      'never',
    ]),
    errorCase(26, ...storeError('ConditionalRequestConflict', 409), ['unavailable', undefined, 'retry', 'backoff']),
    errorCase(27, ...storeError('AccessControlListNotSupported', 400), ['rejected', 'acl', 'fix', 'never'], {
      text: /ACL/,
    }),
    errorCase(
      28,
      ...storeError('InvalidRequest', 400, 'The request is missing a thing.'),
      ['rejected', undefined, 'fix', 'never'],
      {
        text: /with the message “The request is missing a thing”\./,
      },
    ),
    errorCase(
      28,
      'InvalidRequest about acceleration',
      errorResponse('InvalidRequest', 400, 'S3 Transfer Acceleration is not configured on this bucket'),
      ['rejected', 'endpoint', 'fix', 'never'],
      { text: /cceleration/ },
    ),
    errorCase(
      28,
      'InvalidRequest about encryption',
      errorResponse(
        'InvalidRequest',
        400,
        'Server Side Encryption with KMS managed key requires HTTP header x-amz-server-side-encryption',
      ),
      ['rejected', 'bucket', 'fix', 'never'],
    ),
    errorCase(
      29,
      ...storeError('InvalidArgument', 400, 'Unsupported header received'),
      ['rejected', undefined, 'fix', 'never'],
      {
        text: /Unsupported header received/,
      },
    ),
    errorCase(
      29,
      'InvalidArgument about the ACL',
      errorResponse('InvalidArgument', 400, "Unsupported value for canned acl 'public-read'"),
      ['rejected', 'acl', 'fix', 'never'],
    ),
    errorCase(
      29,
      'InvalidArgument about a header',
      errorResponse('InvalidArgument', 400, "Unsupported header 'x-amz-website-redirect-location' received"),
      ['rejected', 'headers', 'fix', 'never'],
      { values: { headers: 'x-amz-website-redirect-location: /a' } },
    ),
    errorCase(
      29,
      'InvalidArgument without a message when the user set headers',
      errorResponse('InvalidArgument', 400, 'InvalidArgument'),
      ['rejected', 'headers', 'fix', 'never'],
      { values: { headers: 'x-amz-storage-class: X' } },
    ),
    errorCase(
      29,
      'InvalidArgument without a message',
      errorResponse('InvalidArgument', 400, 'UnknownError'),
      ['rejected', undefined, 'fix', 'never'],
      { text: /The storage service rejected the upload\./ },
    ),
    errorCase(
      30,
      ...storeError('NotImplemented', 501, 'A header you provided implies functionality that is not implemented'),
      ['rejected', undefined, 'fix', 'never'],
      { text: /not implemented/ },
    ),
    errorCase(
      30,
      'NotImplemented about an ACL',
      errorResponse('NotImplemented', 501, "Header 'x-amz-acl' with value 'public-read' not implemented"),
      ['rejected', 'acl', 'fix', 'never'],
    ),
    errorCase(30, 'a 501 response without a body', emptyResponse(501), ['rejected', undefined, 'fix', 'never'], {
      text: /doesn’t support a feature/,
    }),
    errorCase(31, ...storeError('MethodNotAllowed', 405), ['wrong-service', 'endpoint', 'fix', 'never']),
    errorCase(32, ...storeError('MalformedXML', 400), ['rejected', 'proxy', 'fix', 'never'], { text: /Network/ }),
    errorCase(33, ...storeError('MissingContentLength', 411), ['rejected', 'proxy', 'fix', 'never']),
    errorCase(34, ...storeError('IncompleteBody', 400), ['unreachable', undefined, 'retry', 'backoff'], {
      text: /was lost/,
    }),
    errorCase(35, ...storeError('RequestTimeout', 400), ['stalled', undefined, 'retry', 'backoff']),
    errorCase(35, 'a 408 response without a body', emptyResponse(408), ['stalled', undefined, 'retry', 'backoff']),
    errorCase(36, ...storeError('EntityTooLarge', 400), ['too-large', undefined, 'remove', 'never']),
    errorCase(37, ...storeError('EntityTooSmall', 400), ['rejected', 'endpoint', 'fix', 'never']),
    errorCase(38, 'a 413 response without a body', emptyResponse(413), ['too-large', 'endpoint', 'fix', 'never'], {
      text: /in front of/,
    }),
    errorCase(39, ...storeError('NoSuchUpload', 404), ['unavailable', undefined, 'retry', 'backoff'], {
      text: /unfinished upload/,
    }),
    errorCase(40, ...storeError('InvalidPart', 400), ['corrupted', undefined, 'retry', 'backoff']),
    errorCase(41, ...storeError('InvalidPartOrder', 400), ['rejected', 'endpoint', 'fix', 'never']),
    errorCase(41, ...storeError('TooManyParts', 400), ['rejected', 'endpoint', 'fix', 'never']),
    errorCase(42, ...storeError('BadDigest', 400), ['corrupted', undefined, 'retry', 'backoff']),
    errorCase(43, ...storeError('InvalidDigest', 400), ['bug', undefined, 'retry', 'never']),
    errorCase(44, ...storeError('XAmzContentSHA256Mismatch', 400), ['corrupted', undefined, 'retry', 'backoff']),
    errorCase(45, ...storeError('KeyTooLongError', 400), ['rejected', 'nameTemplate', 'fix', 'never'], {
      text: /name template/,
    }),
    errorCase(45, ...storeError('InvalidObjectName', 400), ['rejected', 'nameTemplate', 'fix', 'never']),
    errorCase(46, ...storeError('MetadataTooLarge', 400), ['rejected', 'headers', 'fix', 'never']),
    errorCase(47, ...storeError('InvalidStorageClass', 400), ['rejected', 'storageClass', 'fix', 'never'], {
      text: /storage class/,
    }),
    errorCase(48, ...storeError('InvalidTag', 400), ['rejected', 'headers', 'fix', 'never']),
    errorCase(49, ...storeError('InvalidObjectState', 403), ['rejected', 'headers', 'fix', 'never'], {
      text: /archived/,
    }),
    errorCase(50, ...storeError('ObjectLockedByBucketPolicy', 403), ['forbidden', 'bucket', 'fix', 'never'], {
      text: /lock/,
    }),
    errorCase(
      50,
      'AccessDenied because of an object lock',
      errorResponse('AccessDenied', 403, 'Access Denied because object protected by object lock.'),
      ['forbidden', 'bucket', 'fix', 'never'],
    ),
    ...['KMS.DisabledException', 'KMS.NotFoundException', 'KMS.KMSInvalidStateException', 'KMS.InvalidKeyUsage'].map(
      (name) =>
        errorCase(51, ...storeError(name, 400), ['rejected', 'bucket', 'fix', 'never'], { text: /encryption key/ }),
    ),
    errorCase(52, ...storeError('SlowDown', 503), ['rate-limited', undefined, 'retry', 'backoff']),
    errorCase(53, ...storeError('ServiceUnavailable', 503), ['unavailable', undefined, 'retry', 'backoff']),
    errorCase(53, ...storeError('InternalError', 500), ['unavailable', undefined, 'retry', 'backoff']),
    errorCase(53, ...storeError('InternalError', 200), ['unavailable', undefined, 'retry', 'backoff']),
    errorCase(54, ...storeError('TooManyRequests', 429), ['rate-limited', undefined, 'retry', 'backoff']),
    ...['QuotaExceeded', 'InsufficientStorage', 'XMinioStorageFull', 'StorageQuotaExceeded'].map((name) =>
      errorCase(55, ...storeError(name, 507), ['quota-exceeded', undefined, 'retry', 'never']),
    ),
    errorCase(56, ...storeError('SecondLevelDomainForbidden', 403), ['rejected', 'pathStyle', 'fix', 'never'], {
      text: /Path-style addresses/,
    }),
    errorCase(57, ...storeError('UnauthorizedAccess', 403), ['forbidden', 'accessKeyId', 'retry', 'never'], {
      text: /ICP filing/,
    }),
  ],
  countFrom(1, 57),
);
