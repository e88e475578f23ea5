/** Signatures: Amazon's published examples, and requests that must be refused. */
import { expect, test } from 'vitest';
import { S3Error } from './s3-error.ts';
import { checkSignature, type SigningKeys, type RawHeaders, type SignedRequest } from './signature.ts';
import { parseRequestTarget } from './request-target.ts';

// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, …/sigv4-query-string-auth.html,
// …/sigv4-streaming.html
const keys: SigningKeys = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
};
const now = Date.UTC(2013, 4, 24);
const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

interface Example {
  method: string;
  url: string;
  headers: Record<string, string>;
  signature: string;
}
const scope = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request';

function request({ method, url, headers, signature }: Example): SignedRequest {
  const signedHeaders: Record<string, string> = { host: 'examplebucket.s3.amazonaws.com', ...headers };
  const signedNames = Object.keys(signedHeaders).sort().join(';');
  const headersWithSignature = url.includes('X-Amz-Signature')
    ? signedHeaders
    : {
        ...signedHeaders,
        authorization: `AWS4-HMAC-SHA256 Credential=${scope},SignedHeaders=${signedNames},Signature=${signature}`,
      };
  const { path, query } = parseRequestTarget(url, undefined);
  return {
    method,
    path,
    query,
    headers: new Map(Object.entries(headersWithSignature).map(([name, value]) => [name, [value]])),
  };
}

const get: Example = {
  method: 'GET',
  url: '/test.txt',
  signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  headers: { range: 'bytes=0-9', 'x-amz-content-sha256': emptyHash, 'x-amz-date': '20130524T000000Z' },
};
const put: Example = {
  method: 'PUT',
  url: '/test%24file.text',
  signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  headers: {
    date: 'Fri, 24 May 2013 00:00:00 GMT',
    'x-amz-date': '20130524T000000Z',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
  },
};
/** The headers of a request without a body. */
const dated = { 'x-amz-content-sha256': emptyHash, 'x-amz-date': '20130524T000000Z' };
const lifecycle: Example = {
  method: 'GET',
  url: '/?lifecycle',
  headers: dated,
  signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
};
const list: Example = {
  method: 'GET',
  url: '/?max-keys=2&prefix=J',
  headers: dated,
  signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
};
const presigned = (
  expires = '86400',
  signature = 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
): Example => ({
  method: 'GET',
  headers: {},
  signature,
  url: `/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=${expires}&X-Amz-SignedHeaders=host&X-Amz-Signature=${signature}`,
});
const streamed: Example = {
  method: 'PUT',
  url: '/examplebucket/chunkObject.txt',
  signature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
  headers: {
    host: 's3.amazonaws.com',
    'content-encoding': 'aws-chunked',
    'content-length': '66824',
    'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'x-amz-date': '20130524T000000Z',
    'x-amz-decoded-content-length': '66560',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
  },
};

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (cause) {
    if (cause instanceof S3Error) return cause.code;
    throw cause;
  }
  return 'passed';
};
/** 'passed', or the error code, when a signed example is changed after signing. */
const verificationResult = (
  example: Example,
  changes: {
    at?: number;
    keys?: Partial<SigningKeys>;
    headers?: Record<string, string>;
    method?: string;
    url?: string;
  } = {},
): string => {
  const signed = request(example);
  const target = changes.url === undefined ? signed : parseRequestTarget(changes.url, undefined);
  const headers: RawHeaders = new Map([
    ...signed.headers,
    ...Object.entries(changes.headers ?? {}).map(([name, value]) => [name, [value]] as const),
  ]);
  return codeOf(() =>
    checkSignature(
      { method: changes.method ?? signed.method, path: target.path, query: target.query, headers },
      { ...keys, ...changes.keys },
      changes.at ?? now,
    ),
  );
};

test.each([
  ['GET with a range', get],
  ['PUT', put],
  ['a subresource', lifecycle],
  ['a list', list],
  ['a presigned URL', presigned()],
  ['a body in chunks', streamed],
])('accepts Amazon’s example: %s', (_, example) => {
  expect(verificationResult(example)).toBe('passed');
});

test('accepts each chunk of Amazon’s example only in its position', () => {
  // The signatures of the three chunks.
  const [first, second, last] = [
    'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
    '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
    'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
  ] as const;
  // The hashes of the first chunk (64 KiB) and the second (1 KiB). The last chunk is empty.
  const [long, short] = [
    'bf718b6f653bebc184e1479f1935b8da974d701b893afcf49e701f3e2f9f9c5a',
    '2edc986847e209b4016e141a6dc8716d3207350f416969382d431539bf292e4a',
  ] as const;
  const { chain } = checkSignature(request(streamed), keys, now);
  chain.check('PAYLOAD', long, first);
  expect(codeOf(() => chain.check('PAYLOAD', short, last))).toBe('SignatureDoesNotMatch');
  chain.check('PAYLOAD', short, second);
  chain.check('PAYLOAD', emptyHash, last);
  expect(codeOf(() => chain.check('PAYLOAD', short, second))).toBe('SignatureDoesNotMatch');
});

test('refuses a request whose method, URL, headers or signature changed', () => {
  expect(verificationResult(get, { method: 'HEAD' })).toBe('SignatureDoesNotMatch');
  expect(verificationResult(get, { url: '/test.txtx' })).toBe('SignatureDoesNotMatch');
  expect(verificationResult(get, { url: '/test.txt?versionId=1' })).toBe('SignatureDoesNotMatch');
  expect(verificationResult(get, { headers: { range: 'bytes=0-99' } })).toBe('SignatureDoesNotMatch');
  expect(verificationResult(get, { headers: { host: 'other.s3.amazonaws.com' } })).toBe('SignatureDoesNotMatch');
  expect(verificationResult(get, { headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } })).toBe(
    'SignatureDoesNotMatch',
  );
  expect(verificationResult(get, { keys: { secretAccessKey: 'other' } })).toBe('SignatureDoesNotMatch');
  expect(verificationResult({ ...get, signature: '0'.repeat(64) })).toBe('SignatureDoesNotMatch');
  expect(verificationResult({ ...get, signature: 'ü' })).toBe('SignatureDoesNotMatch');
  const { url } = presigned();
  expect(verificationResult(presigned(), { url: url.replace('86400', '604800') })).toBe('SignatureDoesNotMatch');
  expect(verificationResult(presigned(), { url: `${url}&response-content-type=text%2Fhtml` })).toBe(
    'SignatureDoesNotMatch',
  );
  expect(verificationResult(presigned(), { url: url.replace('test.txt', 'test.txu') })).toBe('SignatureDoesNotMatch');
  expect(verificationResult(presigned(), { method: 'PUT' })).toBe('SignatureDoesNotMatch');
});

test('refuses a header that must be signed but is not', () => {
  expect(verificationResult(get, { headers: { 'x-amz-meta-extra': '1' } })).toBe('AccessDenied');
  expect(verificationResult(presigned(), { headers: { 'x-amz-acl': 'public-read' } })).toBe('AccessDenied');
  expect(verificationResult(get, { headers: { 'user-agent': 'any', accept: '*/*' } })).toBe('passed');
  const { authorization, ...otherHeaders } = Object.fromEntries(request(get).headers);
  const unsignedHost = new Map(
    Object.entries({ ...otherHeaders, authorization: [authorization![0]!.replace('host;', '')] }),
  );
  expect(codeOf(() => checkSignature({ ...request(get), headers: unsignedHost }, keys, now))).toBe('AccessDenied');
});

test('accepts a request up to 15 minutes before and after its time', () => {
  const minute = 60_000;
  for (const [at, code] of [
    [now + 15 * minute, 'passed'],
    [now - 15 * minute, 'passed'],
    [now + 15 * minute + 1, 'RequestTimeTooSkewed'],
    [now - 15 * minute - 1, 'RequestTimeTooSkewed'],
  ] as const) {
    expect(verificationResult(get, { at })).toBe(code);
  }
  expect(verificationResult(get, { headers: { 'x-amz-date': 'yesterday' } })).toBe('AuthorizationHeaderMalformed');
  expect(verificationResult(get, { headers: { 'x-amz-date': '20130525T000000Z' }, at: now + 86_400_000 })).toBe(
    'AuthorizationHeaderMalformed',
  );
});

test('a presigned URL is valid until it expires, for at most a week', () => {
  const end = now + 86_400_000;
  for (const [at, code] of [
    [end, 'passed'],
    [end + 1, 'AccessDenied'],
    [now - 15 * 60_000, 'passed'],
    [now - 15 * 60_000 - 1, 'AccessDenied'],
  ] as const)
    expect(verificationResult(presigned(), { at }), String(at - now)).toBe(code);
  for (const expires of ['0', '-1', '604801', '99999999999', '1e3', ''])
    expect(verificationResult(presigned(expires)), expires).toBe('AuthorizationQueryParametersError');
  expect(verificationResult(presigned('604800'))).toBe('SignatureDoesNotMatch');
});

test('refuses another access key, another region and malformed credentials', () => {
  expect(verificationResult(get, { keys: { accessKeyId: 'AKIDOTHER' } })).toBe('InvalidAccessKeyId');
  expect(verificationResult(get, { keys: { region: 'eu-west-1' } })).toBe('AuthorizationHeaderMalformed');
  expect(verificationResult(presigned(), { keys: { region: 'eu-west-1' } })).toBe('AuthorizationQueryParametersError');
  expect(verificationResult(get, { headers: { authorization: 'AWS AKIAIOSFODNN7EXAMPLE:c2lnbmF0dXJl' } })).toBe(
    'InvalidRequest',
  );
  expect(verificationResult(get, { headers: { authorization: 'AWS4-HMAC-SHA256 nonsense' } })).toBe(
    'AuthorizationHeaderMalformed',
  );
  expect(verificationResult(get, { url: presigned().url })).toBe('InvalidArgument');
  const { authorization: _, ...anonymous } = Object.fromEntries(request(get).headers);
  expect(
    codeOf(() => checkSignature({ ...request(get), headers: new Map(Object.entries(anonymous)) }, keys, now)),
  ).toBe('AccessDenied');
  expect(verificationResult(presigned(), { url: `${presigned().url}&X-Amz-Expires=604800` })).toBe(
    'AuthorizationQueryParametersError',
  );
});
