/**
 * The settings of an S3 destination that can be wrong: how the store answers then, the field that the window marks, and
 * the argument or the environment variable that the command line names.
 */
import type { FieldValues } from '../../../src-shared/profile.ts';
import type { FaultRule } from '../../providers/testing/fault-proxy.ts';

export interface WrongSetting {
  /** The name of the wrong setting in the test title. */
  wrong: string;
  values: FieldValues;
  /** The store's answer; without it, the test server answers. */
  rule?: FaultRule;
  field: string;
  /** The label of the field in the window. */
  label: string;
  /** The argument of `hoist setup add`. */
  add: string;
  /** The arguments of `hoist setup edit NAME`. */
  edit: string;
  /** The variable that an upload to the destination of the environment names. */
  variable?: string;
  /** Hoist finds it before it connects, so the setting can't be saved. */
  isInvalid?: true;
  /** Hoist retries an upload of a file, but not of standard input. */
  isRetried?: true;
  /** An upload succeeds and reports its link instead. */
  isFoundByTestOnly?: true;
}

const answer = (status: number, code: string, message = '', more = ''): ReturnType<FaultRule> => ({
  kind: 'answer',
  status,
  body: `<Error><Code>${code}</Code><Message>${message}</Message>${more}</Error>`,
});
const always =
  (...answerArgs: Parameters<typeof answer>): FaultRule =>
  () =>
    answer(...answerArgs);
/** Rejects the requests that have this header; the test server answers the others. */
const rejects =
  (header: string, ...answerArgs: Parameters<typeof answer>): FaultRule =>
  ({ headers }) =>
    headers[header] === undefined ? undefined : answer(...answerArgs);
const webPage: FaultRule = () => ({
  kind: 'answer',
  status: 501,
  headers: { 'content-type': 'text/html' },
  body: '<!doctype html><title>Welcome</title><p>Hello',
});
const deniesAnonymousReads: FaultRule = ({ method, headers }) =>
  method !== 'PUT' && method !== 'POST' && headers.authorization === undefined
    ? answer(403, 'AccessDenied')
    : undefined;

const accessKey = {
  field: 'accessKeyId',
  label: 'Access key',
  add: '--access-key-id',
  edit: '--set accessKeyId=…',
  variable: 'AWS_ACCESS_KEY_ID',
};
const sessionToken = {
  field: 'sessionToken',
  label: 'Session token',
  add: 'sessionToken=… with --secrets-from -',
  edit: '--sign-in',
  variable: 'AWS_SESSION_TOKEN',
};
const bucket = {
  field: 'bucket',
  label: 'Bucket',
  add: '--bucket',
  edit: '--set bucket=…',
  variable: 'AWS_S3_BUCKET',
};
const region = {
  field: 'region',
  label: 'Region',
  add: '--region',
  edit: '--set region=…',
  variable: 'AWS_REGION',
};
const endpoint = {
  field: 'endpoint',
  label: 'Endpoint',
  add: '--endpoint',
  edit: '--set endpoint=…',
  variable: 'AWS_ENDPOINT_URL',
};
const pathStyle = {
  field: 'pathStyle',
  label: 'Path-style addresses',
  add: '--path-style',
  edit: '--set pathStyle=…',
  variable: 'AWS_S3_PATH_STYLE',
};
const certificate = {
  field: 'ca',
  label: 'Server certificate',
  add: '--ca',
  edit: '--set ca=@FILE',
  variable: 'AWS_CA_BUNDLE',
};
const proxyAddress = {
  field: 'proxyAddress',
  label: 'Proxy address',
  add: '--proxy-address',
  edit: '--set proxyAddress=…',
};
const proxyUser = {
  field: 'proxyUser',
  label: 'Proxy user name',
  add: '--proxy-user, proxyPassword=… with --secrets-from -',
  edit: '--set proxyUser=… --secrets-from FILE (proxyPassword=…)',
};
const headers = { field: 'headers', label: 'Extra headers', add: '--headers', edit: '--set headers=@FILE' };
const storageClass = {
  field: 'storageClass',
  label: 'Storage class',
  add: '--storage-class',
  edit: '--set storageClass=…',
};
const nameTemplate = {
  field: 'nameTemplate',
  label: 'Name template',
  add: '--name-template',
  edit: '--set nameTemplate=…',
};
const linkKind = {
  field: 'linkKind',
  label: 'Who can open the links',
  add: '--link-kind',
  edit: '--set linkKind=…',
};

/** Stand for addresses that the test knows: a server with http, one with https, a closed port, a proxy with a login. */
export const placeholders = {
  plain: 'PLAIN',
  encrypted: 'ENCRYPTED',
  closed: 'CLOSED',
  loginProxy: 'LOGIN-PROXY',
} as const;

export const wrongS3Settings: readonly WrongSetting[] = [
  { wrong: 'access key', values: { accessKeyId: 'AKIDUNKNOWN' }, ...accessKey },
  {
    wrong: 'secret key',
    values: { secretAccessKey: 'x'.repeat(40) },
    field: 'secretAccessKey',
    label: 'Secret key',
    add: 'secretAccessKey=… with --secrets-from -',
    edit: '--sign-in',
    variable: 'AWS_SECRET_ACCESS_KEY',
  },
  { wrong: 'expired key', values: { sessionToken: 'old' }, rule: always(400, 'ExpiredToken'), ...sessionToken },
  { wrong: 'session token', values: { sessionToken: 'other' }, rule: always(400, 'InvalidToken'), ...sessionToken },
  {
    wrong: 'temporary key without its token',
    values: { accessKeyId: 'ASIAIOSFODNN7EXAMPLE' },
    isInvalid: true,
    ...sessionToken,
  },
  { wrong: 'permission to write', values: {}, rule: always(403, 'AccessDenied'), ...accessKey },
  { wrong: 'permission to read', values: {}, rule: deniesAnonymousReads, ...accessKey, isFoundByTestOnly: true },
  { wrong: 'bucket', values: { bucket: 'no-such-bucket-here' }, ...bucket },
  { wrong: 'bucket name', values: { bucket: 'a b' }, isInvalid: true, ...bucket },
  { wrong: 'locked bucket', values: {}, rule: always(403, 'AllAccessDisabled'), ...bucket },
  { wrong: 'region', values: { region: 'eu-west-9' }, ...region },
  { wrong: 'region of the service', values: { region: 'xx-1' }, rule: always(400, 'InvalidRegionName'), ...region },
  { wrong: 'host', values: { endpoint: 'http://no-such-host.test' }, isRetried: true, ...endpoint },
  { wrong: 'port', values: { endpoint: placeholders.closed }, isRetried: true, ...endpoint },
  { wrong: 'https for a server with http', values: { endpoint: 'https://PLAIN' }, ...endpoint },
  { wrong: 'http for a server with https', values: { endpoint: 'http://ENCRYPTED' }, ...endpoint },
  { wrong: 'web server', values: {}, rule: webPage, ...endpoint },
  {
    wrong: 'console',
    values: {},
    rule: always(400, 'InvalidArgument', 'S3 API Requests must be made to API port.'),
    ...endpoint,
  },
  {
    wrong: 'server with another kind of address',
    values: {},
    rule: always(403, 'SecondLevelDomainForbidden'),
    ...pathStyle,
  },
  { wrong: 'certificate', values: { endpoint: 'https://ENCRYPTED' }, ...certificate },
  { wrong: 'text as a certificate', values: { ca: 'my certificate' }, isInvalid: true, ...certificate },
  {
    wrong: 'link kind for a private bucket',
    values: { linkKind: 'public' },
    rule: deniesAnonymousReads,
    ...linkKind,
    isFoundByTestOnly: true,
  },
  {
    wrong: 'public address',
    values: { linkKind: 'public', publicBaseUrl: placeholders.closed },
    field: 'publicBaseUrl',
    label: 'Public address',
    add: '--public-base-url',
    edit: '--set publicBaseUrl=…',
    isFoundByTestOnly: true,
  },
  {
    wrong: 'storage class',
    values: { storageClass: 'NO_SUCH_CLASS' },
    rule: rejects('x-amz-storage-class', 400, 'InvalidStorageClass'),
    ...storageClass,
  },
  {
    wrong: 'storage class, without a reason from the store',
    values: { storageClass: 'NO_SUCH_CLASS' },
    rule: rejects('x-amz-storage-class', 501, 'NotImplemented'),
    ...storageClass,
  },
  { wrong: 'archive class', values: { storageClass: 'GLACIER' }, isInvalid: true, ...storageClass },
  {
    wrong: 'encryption',
    values: { encryption: 'AES256' },
    rule: rejects('x-amz-server-side-encryption', 501, 'NotImplemented'),
    field: 'encryption',
    label: 'Server-side encryption',
    add: '--encryption',
    edit: '--set encryption=…',
  },
  {
    wrong: 'KMS key',
    values: { encryption: 'aws:kms', kmsKey: 'no-such-key' },
    rule: rejects('x-amz-server-side-encryption', 400, 'KMS.NotFoundException'),
    field: 'kmsKey',
    label: 'KMS key',
    add: '--kms-key',
    edit: '--set kmsKey=…',
  },
  {
    wrong: 'ACL',
    values: { linkKind: 'public', acl: 'true' },
    rule: rejects('x-amz-acl', 400, 'AccessControlListNotSupported'),
    field: 'acl',
    label: 'ACL of each file',
    add: '--acl',
    edit: '--set acl=…',
  },
  {
    wrong: 'Cache-Control',
    values: { cacheControl: 'max-age=1' },
    rule: rejects('cache-control', 400, 'InvalidArgument'),
    field: 'cacheControl',
    label: 'Cache-Control',
    add: '--cache-control',
    edit: '--set cacheControl=…',
  },
  {
    wrong: 'header',
    values: { headers: 'x-amz-meta-project: summer' },
    rule: rejects('x-amz-meta-project', 400, 'MetadataTooLarge'),
    ...headers,
  },
  { wrong: 'header line', values: { headers: 'no colon' }, isInvalid: true, ...headers },
  {
    wrong: 'name template for this store',
    values: { nameTemplate: 'a/{name}' },
    rule: always(400, 'InvalidObjectName'),
    ...nameTemplate,
  },
  { wrong: 'name template', values: { nameTemplate: '{unknown}' }, isInvalid: true, ...nameTemplate },
  {
    wrong: 'folder',
    values: { prefix: '../up' },
    isInvalid: true,
    field: 'prefix',
    label: 'Folder',
    add: '--prefix',
    edit: '--set prefix=…',
  },
  {
    wrong: 'speed limit',
    values: { speedKBs: 'fast' },
    isInvalid: true,
    field: 'speedKBs',
    label: 'Speed limit (kB/s)',
    add: '--speed-kbs',
    edit: '--set speedKBs=…',
  },
  {
    wrong: 'size limit',
    values: { largestMB: '0.001' },
    field: 'largestMB',
    label: 'Largest file (MB)',
    add: '--largest-mb',
    edit: '--set largestMB=…',
  },
  {
    wrong: 'proxy address',
    values: { proxy: 'address', proxyAddress: 'not a proxy' },
    isInvalid: true,
    ...proxyAddress,
  },
  {
    wrong: 'login in the proxy address',
    values: { proxy: 'address', proxyAddress: 'http://me:secret@proxy.test' },
    isInvalid: true,
    ...proxyAddress,
  },
  {
    wrong: 'port of the proxy',
    values: { proxy: 'address', proxyAddress: placeholders.closed },
    isRetried: true,
    ...proxyAddress,
  },
  {
    wrong: 'configuration file of the proxy',
    values: { proxy: 'pac', proxyAddress: '/no/such/proxy.pac' },
    isRetried: true,
    ...proxyAddress,
  },
  {
    wrong: 'missing login of the proxy',
    values: { proxy: 'address', proxyAddress: placeholders.loginProxy },
    ...proxyUser,
  },
  {
    wrong: 'login of the proxy',
    values: { proxy: 'address', proxyAddress: placeholders.loginProxy, proxyUser: 'me', proxyPassword: 'wrong' },
    ...proxyUser,
  },
  {
    wrong: 'AWS profile',
    values: { credentials: 'profile', awsProfile: 'no-such-profile' },
    field: 'awsProfile',
    label: 'AWS profile',
    add: '--aws-profile',
    edit: '--set awsProfile=…',
  },
  {
    wrong: 'Amazon endpoint',
    values: { endpoint: '', bucket: 'with.dots', awsEndpoint: 'accelerate' },
    isInvalid: true,
    field: 'awsEndpoint',
    label: 'Amazon endpoint',
    add: '--aws-endpoint',
    edit: '--set awsEndpoint=…',
  },
];
