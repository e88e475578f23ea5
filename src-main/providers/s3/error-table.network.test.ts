/**
 * Each error of the network and of the local file, and what the user sees: the error code, the field, the button and
 * when Hoist retries. Cases with the same cause have the same number.
 */
import { failure } from '../../../src-shared/errors.ts';
import { openFailure, readFailure } from '../../platform/file-errors.ts';
import { UnexpectedPageError } from '../transfer/request-handler.ts';
import {
  countFrom,
  emptyResponse,
  errorCase,
  errorResponse,
  namedError,
  networkError,
  systemError,
  testErrorCases,
} from './testing/error-cases.ts';

/** Description and error of a file that cannot be opened or read. All providers share these errors. */
const openError = (code: string): [string, unknown] => [
  `${code} when the file is opened`,
  openFailure(systemError(code), '/x/file.txt'),
];
const readError = (code: string): [string, unknown] => [
  `${code} when the file is read`,
  readFailure(systemError(code)),
];

testErrorCases(
  [
    errorCase(
      58,
      'a 502 response with a web page',
      errorResponse('SyntaxError', 502, "char 'h' is not expected.:1:1 Deserialization error"),
      ['unavailable', undefined, 'retry', 'backoff'],
    ),
    errorCase(58, 'a 504 response', emptyResponse(504), ['unavailable', undefined, 'retry', 'backoff']),
    errorCase(59, 'a 407 response', emptyResponse(407), ['unauthorized', 'proxyUser', 'fix', 'never'], {
      text: /proxy/,
    }),
    errorCase(
      59,
      'a 200 response with a web page',
      errorResponse('SyntaxError', 200, "@aws-sdk XML parse error. Closing tag 'hr' is expected"),
      ['wrong-service', 'endpoint', 'fix', 'never'],
      { text: /this network doesn’t require a sign-in/ },
    ),
    errorCase(
      59,
      'a 200 response with a web page that is valid XML',
      new UnexpectedPageError(),
      ['wrong-service', 'endpoint', 'fix', 'never'],
      {
        text: /in a browser/,
      },
    ),
    errorCase(
      59,
      'a redirect to a login page',
      emptyResponse(302, { location: 'http://login.example.net/?token=x' }),
      ['wrong-service', 'endpoint', 'fix', 'never'],
      { text: /sign-in page of this network/ },
    ),
    errorCase(
      60,
      'a response that is not XML',
      namedError('Error', '@aws-sdk XML parse error: Unclosed HTML tag(s) found.'),
      ['wrong-service', 'endpoint', 'fix', 'never'],
    ),
    errorCase(72, ...networkError('ENOTFOUND'), ['unreachable', 'endpoint', 'fix', 'backoff'], { text: /spelling/ }),
    errorCase(73, ...networkError('EAI_AGAIN'), ['offline', undefined, 'retry', 'online']),
    errorCase(74, ...networkError('ECONNREFUSED'), ['unreachable', 'endpoint', 'retry', 'backoff'], { text: /port/ }),
    ...['ECONNRESET', 'EPIPE', 'ECONNABORTED'].map((code) =>
      errorCase(75, ...networkError(code), ['unreachable', undefined, 'retry', 'backoff'], { text: /was lost/ }),
    ),
    errorCase(75, 'a socket hang up', systemError('ECONNRESET', 'a socket hang up'), [
      'unreachable',
      undefined,
      'retry',
      'backoff',
    ]),
    errorCase(76, ...networkError('ETIMEDOUT'), ['unreachable', 'endpoint', 'retry', 'backoff']),
    errorCase(
      76,
      'the SDK’s timeout while it connects',
      namedError(
        'TimeoutError',
        '@smithy/node-http-handler - the request socket did not establish a connection with the server within the configured timeout of 1 ms.',
      ),
      ['unreachable', 'endpoint', 'retry', 'backoff'],
    ),
    errorCase(
      76,
      'the SDK’s timeout while it waits for data',
      namedError('TimeoutError', '@smithy/node-http-handler - the request socket timed out after 1 ms of inactivity'),
      ['stalled', undefined, 'retry', 'backoff'],
    ),
    errorCase(77, ...networkError('EHOSTUNREACH'), ['offline', 'endpoint', 'retry', 'online']),
    ...['ENETUNREACH', 'ENETDOWN'].map((code) =>
      errorCase(77, ...networkError(code), ['offline', undefined, 'retry', 'online']),
    ),
    ...[
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    ].map((code) =>
      errorCase(78, ...networkError(code), ['tls-untrusted', 'ca', 'fix', 'never'], { text: /under Network/ }),
    ),
    ...['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'].map((code) =>
      errorCase(79, ...networkError(code), ['tls-untrusted', 'endpoint', 'fix', 'never'], { text: /clock/ }),
    ),
    errorCase(80, ...networkError('ERR_TLS_CERT_ALTNAME_INVALID'), ['tls-untrusted', 'endpoint', 'fix', 'never']),
    errorCase(
      80,
      'a certificate that is not valid for the host name with the bucket',
      Object.assign(systemError('ERR_TLS_CERT_ALTNAME_INVALID'), { host: 'photos.minio.example.com' }),
      ['tls-untrusted', 'pathStyle', 'fix', 'never'],
      { values: { pathStyle: 'false' }, text: /Turn on “Path-style addresses”/ },
    ),
    errorCase(
      72,
      'an unknown host name with the bucket',
      Object.assign(systemError('ENOTFOUND'), { hostname: 'photos.minio.example.com' }),
      ['unreachable', 'pathStyle', 'fix', 'backoff'],
      { values: { pathStyle: 'false' }, text: /Turn on “Path-style addresses”/ },
    ),
    ...['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER'].map((code) =>
      errorCase(81, ...networkError(code), ['wrong-service', 'endpoint', 'fix', 'never'], {
        text: /doesn’t use HTTPS/,
      }),
    ),
    errorCase(
      81,
      'a server that supports only an old TLS version',
      systemError('EPROTO', 'write EPROTO 1:error:0A00042E:SSL routines:ssl3_read_bytes:tlsv1 alert protocol version'),
      ['tls-untrusted', 'endpoint', 'fix', 'never'],
      { text: /TLS 1\.2/ },
    ),
    // connect.ts reports a cancel. mapS3Error never receives it.
    errorCase(82, 'a canceled request', failure('canceled'), ['canceled', undefined, 'retry', 'never']),
    errorCase(83, ...openError('ENOENT'), ['source-missing', undefined, 'retry', 'never']),
    ...['EACCES', 'EPERM'].map((code) =>
      errorCase(83, ...openError(code), ['source-unreadable', undefined, 'retry', 'never'], { text: /permissions/ }),
    ),
    ...['EBUSY', 'ETXTBSY'].map((code) =>
      errorCase(83, ...openError(code), ['source-unreadable', undefined, 'retry', 'never'], {
        text: /Another program/,
      }),
    ),
    errorCase(83, ...openError('EISDIR'), ['source-is-folder', undefined, 'remove', 'never']),
    errorCase(83, ...openError('ENXIO'), ['source-not-a-file', undefined, 'remove', 'never']),
    errorCase(83, ...openError('EMFILE'), ['source-unreadable', undefined, 'retry', 'never'], {
      text: /too many files/,
    }),
    errorCase(83, ...openError('ENFILE'), ['source-unreadable', undefined, 'retry', 'never'], {
      text: /too many files/,
    }),
    ...['EIO', 'ENOSPC'].map((code) =>
      errorCase(83, ...readError(code), ['source-unreadable', undefined, 'retry', 'never'], { text: /disk/ }),
    ),
    ...['ESTALE', 'ENOTCONN', 'ETIMEDOUT'].map((code) =>
      errorCase(83, ...readError(code), ['source-unreadable', undefined, 'retry', 'never'], {
        text: /Reconnect the drive/,
      }),
    ),
    errorCase(
      83,
      'a file name that is not valid text, as that of other files',
      failure('source-unreadable', { params: { problem: 'name' } }),
      ['source-unreadable', undefined, 'retry', 'never'],
      { text: /Rename the file/ },
    ),
    errorCase(83, 'a file whose size or time changed', failure('source-changed'), [
      'source-changed',
      undefined,
      'retry',
      'never',
    ]),
  ],
  [...countFrom(58, 60), ...countFrom(72, 83)],
);
