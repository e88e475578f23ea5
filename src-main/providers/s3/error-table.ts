/**
 * Meanings of the error names of S3 and compatible stores, STS, IAM Identity Center and the SDK's credential code.
 * Each row has the error code, the field of the form, and the variant of the code's sentence (text/en/).
 */
import { meaning, type Meaning } from '../network/network-errors.ts';

/** The access key lacks a permission. errors.ts replaces the field if the destination uses another sign-in method. */
const notAllowed = meaning('forbidden', 'accessKeyId');
const account = meaning('forbidden', 'accessKeyId', 'account');
const badKey = meaning('unauthorized', 'accessKeyId', 'key');
const expired = meaning('session-expired', 'sessionToken');
const invalidToken = meaning('session-expired', 'sessionToken', 'token');
const signInAgain = meaning('session-expired', 'sessionToken', 'sso');
const noRole = meaning('forbidden', 'accessKeyId', 'roleGone');
const wrongRegion = meaning('wrong-region', 'region');
const unknownRegion = meaning('wrong-region', 'region', 'unknown');
const clockSkewed = meaning('clock-skewed');
const bucketMissing = meaning('no-bucket', 'bucket');
const bucketName = meaning('no-bucket', 'bucket', 'name');
const headers = meaning('rejected', 'headers', 'headers');
/** errors.ts replaces these fields if the extra headers set the header. */
const encryptionKey = meaning('rejected', 'kmsKey', 'kms');
const storageClass = meaning('rejected', 'storageClass', 'storageClass');
/** The service's rules for part sizes differ from those that Hoist assumed. */
const partsRejected = meaning('rejected', 'endpoint', 'parts');
/** A proxy on the network path removed parts of the request. */
const requestAltered = meaning('rejected', 'proxy', 'altered');
const fileName = meaning('rejected', 'nameTemplate', 'name');
const storageFull = meaning('quota-exceeded');
const tooLarge = meaning('too-large');
const rateLimited = meaning('rate-limited');
const corrupted = meaning('corrupted');
/**
 * Conflicting writes, a bucket that is still being created, an upload that the store dropped: a new attempt may
 * succeed.
 */
const transient = meaning('unavailable');
const badIdentity = meaning('unauthorized', 'awsProfile', 'identity');
const internal = meaning('bug');

/**
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and the additions of R2, Ceph, MinIO, OSS and
 * others.
 */
const storeErrors: Readonly<Record<string, Meaning>> = {
  NoSuchBucket: bucketMissing,
  NotFound: bucketMissing,
  // For writes, Ceph reports this for a bucket that is deleted at the same time.
  NoSuchKey: bucketMissing,
  InvalidBucketName: bucketName,
  BucketAlreadyExists: meaning('rejected', 'bucket', 'bucketTaken'),
  BucketAlreadyOwnedByYou: meaning('rejected', 'bucket', 'bucketTaken'),
  BucketConflict: meaning('rejected', 'bucket', 'bucketTaken'),
  InvalidAccessKeyId: badKey,
  Unauthorized: badKey,
  SignatureDoesNotMatch: meaning('unauthorized', 'secretAccessKey', 'secret'),
  ExpiredToken: expired,
  InvalidToken: invalidToken,
  TokenRefreshRequired: expired,
  AccessDenied: notAllowed,
  UnauthorizedAccess: meaning('forbidden', 'accessKeyId', 'icpFiling'),
  AccountProblem: account,
  NotSignedUp: account,
  NotEntitled: account,
  InvalidPayer: account,
  UserSuspended: meaning('forbidden', 'accessKeyId', 'suspended'),
  AllAccessDisabled: meaning('forbidden', 'bucket', 'disabled'),
  ObjectLockedByBucketPolicy: meaning('forbidden', 'bucket', 'locked'),
  InvalidObjectState: meaning('rejected', 'headers', 'archived'),
  AccessControlListNotSupported: meaning('rejected', 'acl', 'acl'),
  SecondLevelDomainForbidden: meaning('rejected', 'pathStyle', 'vhost'),
  RequestTimeTooSkewed: clockSkewed,
  RequestExpired: clockSkewed,
  ExpiredRequest: clockSkewed,
  PermanentRedirect: wrongRegion,
  AuthorizationHeaderMalformed: wrongRegion,
  IllegalLocationConstraintException: wrongRegion,
  InvalidRegionName: unknownRegion,
  InvalidLocationConstraint: unknownRegion,
  InvalidStorageClass: storageClass,
  InvalidEncryptionAlgorithmError: meaning('rejected', 'encryption', 'encryption'),
  InvalidTag: headers,
  MetadataTooLarge: headers,
  'KMS.DisabledException': encryptionKey,
  'KMS.NotFoundException': encryptionKey,
  'KMS.KMSInvalidStateException': encryptionKey,
  'KMS.InvalidKeyUsage': encryptionKey,
  'KMS.InvalidKeyUsageException': encryptionKey,
  'KMS.KeyUnavailableException': encryptionKey,
  QuotaExceeded: storageFull,
  InsufficientStorage: storageFull,
  XMinioStorageFull: storageFull,
  StorageQuotaExceeded: storageFull,
  EntityTooLarge: tooLarge,
  EntityTooSmall: partsRejected,
  InvalidPartOrder: partsRejected,
  TooManyParts: partsRejected,
  SlowDown: rateLimited,
  SlowDownWrite: rateLimited,
  SlowDownRead: rateLimited,
  TooManyRequests: rateLimited,
  RequestLimitExceeded: rateLimited,
  RequestTimeout: meaning('stalled'),
  IncompleteBody: meaning('unreachable', undefined, 'cut'),
  BadDigest: corrupted,
  XAmzContentSHA256Mismatch: corrupted,
  XAmzContentChecksumMismatch: corrupted,
  InvalidPart: corrupted,
  MalformedXML: requestAltered,
  MissingContentLength: requestAltered,
  KeyTooLongError: fileName,
  InvalidObjectName: fileName,
  // The driver handles its own conditions; no other condition is expected.
  PreconditionFailed: meaning('rejected'),
  TemporaryRedirect: meaning('unavailable', undefined, 'new'),
  OperationAborted: transient,
  ConditionalRequestConflict: transient,
  NoSuchUpload: meaning('unavailable', undefined, 'upload'),
  ServiceUnavailable: transient,
  InternalError: transient,
  MethodNotAllowed: meaning('wrong-service', 'endpoint'),
  PageInstead: meaning('wrong-service', 'endpoint', 'page'),
  // Only a bug in the request can cause these.
  AuthorizationQueryParametersError: internal,
  InvalidDigest: internal,
};

/** STS, which issues temporary credentials, and the errors that all services of Amazon share. */
const stsErrors: Readonly<Record<string, Meaning>> = {
  InvalidClientTokenId: badKey,
  UnrecognizedClientException: badKey,
  MissingAuthenticationToken: badKey,
  MissingAuthenticationTokenException: badKey,
  IncompleteSignature: badKey,
  AccessDeniedException: notAllowed,
  OptInRequired: account,
  ExpiredTokenException: expired,
  RegionDisabledException: meaning('wrong-region', 'region', 'disabled'),
  ValidationError: meaning('rejected', 'awsProfile', 'role'),
  MalformedPolicyDocument: meaning('rejected', 'awsProfile', 'role'),
  MalformedPolicyDocumentException: meaning('rejected', 'awsProfile', 'role'),
  PackedPolicyTooLarge: meaning('rejected', 'awsProfile', 'role'),
  PackedPolicyTooLargeException: meaning('rejected', 'awsProfile', 'role'),
  InvalidIdentityToken: badIdentity,
  InvalidIdentityTokenException: badIdentity,
  IDPRejectedClaim: badIdentity,
  IDPRejectedClaimException: badIdentity,
  IDPCommunicationError: transient,
  IDPCommunicationErrorException: transient,
  Throttling: rateLimited,
  ThrottlingException: rateLimited,
  InternalFailure: transient,
};

/** IAM Identity Center: its portal, which issues the credentials of a role, and its sign-in service. */
const ssoErrors: Readonly<Record<string, Meaning>> = {
  UnauthorizedException: signInAgain,
  InvalidGrantException: signInAgain,
  InvalidClientException: signInAgain,
  UnauthorizedClientException: signInAgain,
  AuthorizationPendingException: meaning('session-expired', 'sessionToken', 'signInTime'),
  ForbiddenException: noRole,
  ResourceNotFoundException: noRole,
  SlowDownException: rateLimited,
  TooManyRequestsException: rateLimited,
  InternalServerException: transient,
};

export const errorsByName: Readonly<Record<string, Meaning>> = { ...storeErrors, ...stsErrors, ...ssoErrors };

export const errorsByStatus: Readonly<Record<number, Meaning>> = {
  301: wrongRegion,
  307: meaning('unavailable', undefined, 'new'),
  401: badKey,
  403: notAllowed,
  404: meaning('wrong-service', 'endpoint'),
  405: meaning('wrong-service', 'endpoint'),
  408: meaning('stalled'),
  409: transient,
  411: requestAltered,
  // A server in front of the store answered. The store itself would name the error.
  413: meaning('too-large', 'endpoint', 'front'),
  429: rateLimited,
  501: meaning('rejected', undefined, 'feature'),
  507: storageFull,
};

/** For an error name with several meanings: the message determines the meaning. The first matching rule applies. */
interface MessageRule {
  namePattern: RegExp;
  messagePattern: RegExp;
  meaning: Meaning;
}

/** Rules for the answers of services. */
export const responseRules: readonly MessageRule[] = [
  {
    // The answer of MinIO's console, when its port was entered instead of the port of the S3 API.
    namePattern: /./,
    messagePattern: /\b(api port|console port|made to console)\b/i,
    meaning: meaning('wrong-service', 'endpoint', 'console'),
  },
  {
    namePattern: /^(AccessDenied|Forbidden|InvalidRequest|InvalidArgument|Unknown)/,
    messagePattern:
      /\bquota|(storage|usage) (cap|limit)|cap exceeded|(no|out of|insufficient) (disk |storage )?space|disk full/i,
    meaning: storageFull,
  },
  {
    namePattern: /^(AccessDenied|Forbidden)/,
    messagePattern: /payment|billing|unpaid|(trial|subscription|plan) .*(ended|expired|over)\b/i,
    meaning: account,
  },
  {
    namePattern: /^AccessDenied/,
    messagePattern: /MultiFactorAuthentication|one.?time pass ?code/i,
    meaning: meaning('unauthorized', 'awsProfile', 'mfa'),
  },
  {
    namePattern: /^AccessDenied/,
    messagePattern: /sts:(AssumeRole|TagSession|SetSourceIdentity)|not authorized to perform sts/i,
    meaning: meaning('forbidden', 'awsProfile', 'role'),
  },
  { namePattern: /^AccessDenied/, messagePattern: /request has expired/i, meaning: clockSkewed },
  {
    namePattern: /^AccessDenied/,
    messagePattern: /BlockPublicA|block public access|PutObjectAcl|access control list/i,
    meaning: meaning('rejected', 'acl', 'acl'),
  },
  { namePattern: /^AccessDenied/, messagePattern: /\bkms:/i, meaning: encryptionKey },
  { namePattern: /^AccessDenied/, messagePattern: /PutObjectTagging/i, meaning: headers },
  {
    namePattern: /^AccessDenied/,
    messagePattern: /object lock|retention|legal hold|WORM/i,
    meaning: meaning('forbidden', 'bucket', 'locked'),
  },
  {
    namePattern: /^(InvalidRequest|InvalidArgument|NotImplemented|MalformedACLError)/,
    messagePattern: /\bacl\b|access control list/i,
    meaning: meaning('rejected', 'acl', 'acl'),
  },
  {
    namePattern: /^Invalid(Request|Argument)/,
    messagePattern: /accelerat/i,
    meaning: meaning('rejected', 'endpoint', 'acceleration'),
  },
  {
    namePattern: /^(InvalidRequest|InvalidArgument|NotImplemented)/,
    messagePattern: /server.side encryption|\bsse\b|\bkms\b/i,
    meaning: encryptionKey,
  },
  {
    namePattern: /^(InvalidRequest|InvalidArgument|NotImplemented)/,
    messagePattern: /storage.?class/i,
    meaning: storageClass,
  },
  {
    namePattern: /^(InvalidRequest|InvalidArgument|NotImplemented)/,
    messagePattern: /tagging|website.redirect|metadata/i,
    meaning: headers,
  },
];

/** Rules for the SDK's errors about this computer, before it sends a request. */
export const signInRules: readonly MessageRule[] = [
  {
    namePattern: /^(Credentials|Token)ProviderError$/,
    messagePattern: /credential_process|process.+(invalid JSON|did not return|exit)/i,
    meaning: meaning('secret-missing', 'awsProfile', 'process'),
  },
  {
    namePattern: /^(Credentials|Token)ProviderError$/,
    messagePattern: /multi-factor/i,
    meaning: meaning('secret-missing', 'awsProfile', 'mfa'),
  },
  {
    namePattern: /^(Credentials|Token)ProviderError$/,
    messagePattern: /\bsso\b|token is expired|refresh/i,
    meaning: signInAgain,
  },
  {
    namePattern: /^(Credentials|Token)ProviderError$/,
    messagePattern: /any providers/i,
    meaning: meaning('secret-missing', 'credentials', 'none'),
  },
  {
    namePattern: /^(Credentials|Token)ProviderError$/,
    messagePattern: /metadata|ECS|container/i,
    meaning: meaning('secret-missing', 'credentials', 'instance'),
  },
  {
    namePattern: /^(Credentials|Token)ProviderError$/,
    messagePattern: /./,
    meaning: meaning('secret-missing', 'awsProfile', 'profile'),
  },
  {
    namePattern: /^(ProviderError|TimeoutError|InstanceMetadataV1FallbackError)$/,
    messagePattern: /instance metadata|IMDS|container metadata|TimeoutError from/i,
    meaning: meaning('secret-missing', 'credentials', 'instance'),
  },
  { namePattern: /^EndpointError$/, messagePattern: /./, meaning: meaning('invalid-input', 'endpoint', 'combination') },
  {
    namePattern: /^Error$/,
    messagePattern: /^Region is missing/,
    meaning: meaning('invalid-input', 'region', 'regionNeeded'),
  },
  {
    namePattern: /^Error$/,
    messagePattern: /^Region not accepted/,
    meaning: meaning('invalid-input', 'region', 'region'),
  },
];

export const matchRule = (
  table: readonly MessageRule[],
  { name = '', message = '' }: { name?: string; message?: string },
): Meaning | undefined =>
  table.find(({ namePattern, messagePattern }) => namePattern.test(name) && messagePattern.test(message))?.meaning;
