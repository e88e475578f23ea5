/**
 * What the names mean that S3 and its relatives, STS, IAM Identity Center and the SDK's own credential code give to what
 * went wrong. Each row: the code, the field of the form, and which of the code's sentences (text/en.ts).
 */
import { is, type Meaning } from '../network-errors.ts';

/** A key that is not allowed to do it; which kind of key is in the settings. */
const notAllowed = is('forbidden', 'accessKeyId');
const account = is('forbidden', 'accessKeyId', 'account');
const badKey = is('unauthorized', 'accessKeyId', 'key');
const expired = is('session-expired', 'sessionToken');
const foreignToken = is('session-expired', 'sessionToken', 'token');
const signInAgain = is('session-expired', 'sessionToken', 'sso');
const noRole = is('forbidden', 'accessKeyId', 'roleGone');
const wrongRegion = is('wrong-region', 'region');
const unknownRegion = is('wrong-region', 'region', 'unknown');
const clock = is('clock-skewed');
const noBucket = is('no-bucket', 'bucket');
const bucketName = is('no-bucket', 'bucket', 'name');
const headers = is('rejected', 'headers', 'headers');
const encryption = is('rejected', 'headers', 'kms');
/** How the file is cut: the service's rules are not those that were assumed. */
const parts = is('rejected', 'endpoint', 'parts');
/** Something on the way takes parts of a request away. */
const altered = is('rejected', 'proxy', 'altered');
const fileName = is('rejected', 'nameTemplate', 'name');
const full = is('quota-exceeded');
const tooLarge = is('too-large');
const tooMuch = is('rate-limited');
const damaged = is('corrupted');
/** A conflict of writes, a bucket that is still being made, an upload that the store gave up: another try starts anew. */
const passing = is('unavailable');
const badIdentity = is('unauthorized', 'awsProfile', 'identity');
const ours = is('bug');

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and what R2, Ceph, MinIO, OSS and others add. */
const byStores: Readonly<Record<string, Meaning>> = {
  NoSuchBucket: noBucket,
  NotFound: noBucket,
  // Where nothing is read, this is what Ceph says of a bucket that is deleted while something is written to it.
  NoSuchKey: noBucket,
  InvalidBucketName: bucketName,
  BucketAlreadyExists: is('rejected', 'bucket', 'bucketTaken'),
  BucketAlreadyOwnedByYou: is('rejected', 'bucket', 'bucketTaken'),
  BucketConflict: is('rejected', 'bucket', 'bucketTaken'),
  InvalidAccessKeyId: badKey,
  Unauthorized: badKey,
  SignatureDoesNotMatch: is('unauthorized', 'secretAccessKey', 'secret'),
  ExpiredToken: expired,
  InvalidToken: foreignToken,
  TokenRefreshRequired: expired,
  AccessDenied: notAllowed,
  UnauthorizedAccess: is('forbidden', 'accessKeyId', 'filing'),
  AccountProblem: account,
  NotSignedUp: account,
  NotEntitled: account,
  InvalidPayer: account,
  UserSuspended: is('forbidden', 'accessKeyId', 'suspended'),
  AllAccessDisabled: is('forbidden', 'bucket', 'disabled'),
  ObjectLockedByBucketPolicy: is('forbidden', 'bucket', 'locked'),
  InvalidObjectState: is('rejected', 'headers', 'archived'),
  AccessControlListNotSupported: is('rejected', 'acl', 'acl'),
  SecondLevelDomainForbidden: is('rejected', 'pathStyle', 'vhost'),
  RequestTimeTooSkewed: clock,
  RequestExpired: clock,
  ExpiredRequest: clock,
  PermanentRedirect: wrongRegion,
  AuthorizationHeaderMalformed: wrongRegion,
  IllegalLocationConstraintException: wrongRegion,
  InvalidRegionName: unknownRegion,
  InvalidLocationConstraint: unknownRegion,
  InvalidStorageClass: is('rejected', 'storageClass', 'storageClass'),
  InvalidEncryptionAlgorithmError: is('rejected', 'encryption', 'encryption'),
  InvalidTag: headers,
  MetadataTooLarge: headers,
  'KMS.DisabledException': encryption,
  'KMS.NotFoundException': encryption,
  'KMS.KMSInvalidStateException': encryption,
  'KMS.InvalidKeyUsage': encryption,
  'KMS.InvalidKeyUsageException': encryption,
  'KMS.KeyUnavailableException': encryption,
  QuotaExceeded: full,
  InsufficientStorage: full,
  XMinioStorageFull: full,
  StorageQuotaExceeded: full,
  EntityTooLarge: tooLarge,
  EntityTooSmall: parts,
  InvalidPartOrder: parts,
  TooManyParts: parts,
  SlowDown: tooMuch,
  SlowDownWrite: tooMuch,
  SlowDownRead: tooMuch,
  TooManyRequests: tooMuch,
  RequestLimitExceeded: tooMuch,
  RequestTimeout: is('stalled'),
  IncompleteBody: is('unreachable', undefined, 'cut'),
  BadDigest: damaged,
  XAmzContentSHA256Mismatch: damaged,
  XAmzContentChecksumMismatch: damaged,
  InvalidPart: damaged,
  MalformedXML: altered,
  MissingContentLength: altered,
  KeyTooLongError: fileName,
  InvalidObjectName: fileName,
  // What a condition of ours was about, the driver knows; nobody else's is expected.
  PreconditionFailed: is('rejected'),
  TemporaryRedirect: is('unavailable', undefined, 'new'),
  OperationAborted: passing,
  ConditionalRequestConflict: passing,
  NoSuchUpload: is('unavailable', undefined, 'upload'),
  ServiceUnavailable: passing,
  InternalError: passing,
  MethodNotAllowed: is('wrong-service', 'endpoint'),
  PageInstead: is('wrong-service', 'endpoint', 'page'),
  // What only a request can be wrong about that was made wrongly.
  AuthorizationQueryParametersError: ours,
  InvalidDigest: ours,
};

/** STS, which gives out temporary keys, and what all of Amazon's services share. */
const byTokenService: Readonly<Record<string, Meaning>> = {
  InvalidClientTokenId: badKey,
  UnrecognizedClientException: badKey,
  MissingAuthenticationToken: badKey,
  MissingAuthenticationTokenException: badKey,
  IncompleteSignature: badKey,
  AccessDeniedException: notAllowed,
  OptInRequired: account,
  ExpiredTokenException: expired,
  RegionDisabledException: is('wrong-region', 'region', 'disabled'),
  ValidationError: is('rejected', 'awsProfile', 'role'),
  MalformedPolicyDocument: is('rejected', 'awsProfile', 'role'),
  MalformedPolicyDocumentException: is('rejected', 'awsProfile', 'role'),
  PackedPolicyTooLarge: is('rejected', 'awsProfile', 'role'),
  PackedPolicyTooLargeException: is('rejected', 'awsProfile', 'role'),
  InvalidIdentityToken: badIdentity,
  InvalidIdentityTokenException: badIdentity,
  IDPRejectedClaim: badIdentity,
  IDPRejectedClaimException: badIdentity,
  IDPCommunicationError: passing,
  IDPCommunicationErrorException: passing,
  Throttling: tooMuch,
  ThrottlingException: tooMuch,
  InternalFailure: passing,
};

/** IAM Identity Center: its portal, which gives out keys of a role, and its sign-in. */
const bySso: Readonly<Record<string, Meaning>> = {
  UnauthorizedException: signInAgain,
  InvalidGrantException: signInAgain,
  InvalidClientException: signInAgain,
  UnauthorizedClientException: signInAgain,
  AuthorizationPendingException: is('session-expired', 'sessionToken', 'signInTime'),
  ForbiddenException: noRole,
  ResourceNotFoundException: noRole,
  SlowDownException: tooMuch,
  TooManyRequestsException: tooMuch,
  InternalServerException: passing,
};

export const errorsByName: Readonly<Record<string, Meaning>> = { ...byStores, ...byTokenService, ...bySso };

export const errorsByStatus: Readonly<Record<number, Meaning>> = {
  301: wrongRegion,
  307: is('unavailable', undefined, 'new'),
  401: badKey,
  403: notAllowed,
  404: is('wrong-service', 'endpoint'),
  405: is('wrong-service', 'endpoint'),
  407: is('unauthorized', 'proxyUser', 'proxy'),
  408: is('stalled'),
  409: passing,
  411: altered,
  // Without a word of the store: something in front of it.
  413: is('too-large', 'endpoint', 'front'),
  429: tooMuch,
  501: is('rejected', undefined, 'feature'),
  507: full,
};

/** The same name with another meaning, told apart by what is said with it. The first that fits counts. */
interface Special {
  names: RegExp;
  says: RegExp;
  meaning: Meaning;
}

/** Of what a service answered. */
export const answersThatSay: readonly Special[] = [
  {
    names: /^AccessDenied/,
    says: /MultiFactorAuthentication|one.?time pass ?code/i,
    meaning: is('unauthorized', 'awsProfile', 'mfa'),
  },
  {
    names: /^AccessDenied/,
    says: /sts:(AssumeRole|TagSession|SetSourceIdentity)|not authorized to perform sts/i,
    meaning: is('forbidden', 'awsProfile', 'role'),
  },
  { names: /^AccessDenied/, says: /request has expired/i, meaning: clock },
  {
    names: /^AccessDenied/,
    says: /BlockPublicA|block public access|PutObjectAcl|access control list/i,
    meaning: is('rejected', 'acl', 'acl'),
  },
  { names: /^AccessDenied/, says: /\bkms:/i, meaning: encryption },
  { names: /^AccessDenied/, says: /PutObjectTagging/i, meaning: headers },
  {
    names: /^AccessDenied/,
    says: /object lock|retention|legal hold|WORM/i,
    meaning: is('forbidden', 'bucket', 'locked'),
  },
  {
    names: /^(InvalidRequest|InvalidArgument|NotImplemented|MalformedACLError)/,
    says: /\bacl\b|access control list/i,
    meaning: is('rejected', 'acl', 'acl'),
  },
  { names: /^Invalid(Request|Argument)/, says: /accelerat/i, meaning: is('rejected', 'endpoint', 'acceleration') },
  {
    names: /^(InvalidRequest|InvalidArgument|NotImplemented)/,
    says: /server.side encryption|\bsse\b|\bkms\b/i,
    meaning: encryption,
  },
  {
    names: /^(InvalidRequest|InvalidArgument|NotImplemented)/,
    says: /storage.?class|tagging|website.redirect|metadata/i,
    meaning: headers,
  },
];

/** Of what the SDK found, or did not find, on this computer before anything was sent. */
export const signInsThatSay: readonly Special[] = [
  {
    names: /^(Credentials|Token)ProviderError$/,
    says: /credential_process|process.+(invalid JSON|did not return|exit)/i,
    meaning: is('secret-missing', 'awsProfile', 'process'),
  },
  {
    names: /^(Credentials|Token)ProviderError$/,
    says: /multi-factor/i,
    meaning: is('secret-missing', 'awsProfile', 'mfa'),
  },
  { names: /^(Credentials|Token)ProviderError$/, says: /\bsso\b|token is expired|refresh/i, meaning: signInAgain },
  {
    names: /^(Credentials|Token)ProviderError$/,
    says: /any providers/i,
    meaning: is('secret-missing', 'credentials', 'none'),
  },
  {
    names: /^(Credentials|Token)ProviderError$/,
    says: /metadata|ECS|container/i,
    meaning: is('secret-missing', 'credentials', 'instance'),
  },
  { names: /^(Credentials|Token)ProviderError$/, says: /./, meaning: is('secret-missing', 'awsProfile', 'profile') },
  {
    names: /^(ProviderError|TimeoutError|InstanceMetadataV1FallbackError)$/,
    says: /instance metadata|IMDS|container metadata|TimeoutError from/i,
    meaning: is('secret-missing', 'credentials', 'instance'),
  },
  { names: /^EndpointError$/, says: /./, meaning: is('invalid-input', 'endpoint', 'combination') },
  { names: /^Error$/, says: /^Region is missing/, meaning: is('invalid-input', 'region', 'regionNeeded') },
  { names: /^Error$/, says: /^Region not accepted/, meaning: is('invalid-input', 'region', 'region') },
];

export const specialOf = (
  table: readonly Special[],
  { name = '', message = '' }: { name?: string; message?: string },
): Meaning | undefined => table.find(({ names, says }) => names.test(name) && says.test(message))?.meaning;
