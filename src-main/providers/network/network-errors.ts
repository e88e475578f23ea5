/**
 * Translates Node's network errors for all providers. An error may name the field `endpoint` or `ca`. A provider
 * without that field removes it from the error.
 */
import type { ErrorCode } from '../../../src-shared/errors.ts';

/** `why` distinguishes causes that have the same code but need a different remedy (text/en/). */
export interface Meaning {
  code: ErrorCode;
  field?: string;
  why?: string;
}

export const meaning = (code: ErrorCode, field?: string, why?: string): Meaning => ({
  code,
  ...(field === undefined ? {} : { field }),
  ...(why === undefined ? {} : { why }),
});

/** Looks up an own property of the table. An untrusted key could otherwise name a property of the prototype. */
export const getOwn = <T>(table: Readonly<Record<string | number, T>>, key: string | number): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

/** A private certificate authority, or a proxy that decrypts the traffic. */
const unknownIssuer = meaning('tls-untrusted', 'ca', 'issuer');
/** The connection was established and then closed. */
const connectionLost = meaning('unreachable', undefined, 'cut');
/** No connection could be established. */
const connectFailed = meaning('unreachable', 'endpoint');
/** https sent to an http port, or to a port that doesn't speak HTTP. */
const notTls = meaning('wrong-service', 'endpoint', 'plain');
/** Client and server speak TLS but have no version or cipher in common. */
const handshakeFailed = meaning('tls-untrusted', 'endpoint', 'handshake');

export const networkErrorTable: Readonly<Record<string, Meaning>> = {
  ENOTFOUND: meaning('unreachable', 'endpoint', 'noHost'),
  ENODATA: meaning('unreachable', 'endpoint', 'noHost'),
  ECONNREFUSED: meaning('unreachable', 'endpoint', 'refused'),
  ECONNRESET: connectionLost,
  ECONNABORTED: connectionLost,
  EPIPE: connectionLost,
  ERR_STREAM_PREMATURE_CLOSE: connectionLost,
  ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC: connectionLost,
  ETIMEDOUT: connectFailed,
  EADDRNOTAVAIL: meaning('unreachable'),
  // Hoist's own code for a connection without traffic (transfer/part-request.ts).
  EIDLE: meaning('stalled'),
  EHOSTUNREACH: meaning('offline', 'endpoint', 'host'),
  EHOSTDOWN: meaning('offline', 'endpoint', 'host'),
  ENETUNREACH: meaning('offline'),
  ENETDOWN: meaning('offline'),
  EAI_AGAIN: meaning('offline'),
  DEPTH_ZERO_SELF_SIGNED_CERT: meaning('tls-untrusted', 'ca', 'self-signed'),
  SELF_SIGNED_CERT_IN_CHAIN: unknownIssuer,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer,
  CERT_UNTRUSTED: unknownIssuer,
  INVALID_CA: unknownIssuer,
  CERT_HAS_EXPIRED: meaning('tls-untrusted', 'endpoint', 'expired'),
  CERT_NOT_YET_VALID: meaning('tls-untrusted', 'endpoint', 'early'),
  CERT_REVOKED: meaning('tls-untrusted', 'endpoint', 'revoked'),
  ERR_TLS_CERT_ALTNAME_INVALID: meaning('tls-untrusted', 'endpoint', 'name'),
  HOSTNAME_MISMATCH: meaning('tls-untrusted', 'endpoint', 'name'),
  EPROTO: notTls,
  ERR_SSL_WRONG_VERSION_NUMBER: notTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls,
  ERR_SSL_HTTP_REQUEST: notTls,
  ERR_SSL_UNSUPPORTED_PROTOCOL: handshakeFailed,
  ERR_SSL_NO_PROTOCOLS_AVAILABLE: handshakeFailed,
  ERR_SSL_NO_SHARED_CIPHER: handshakeFailed,
  ERR_SSL_DH_KEY_TOO_SMALL: handshakeFailed,
  ERR_TLS_HANDSHAKE_TIMEOUT: meaning('unreachable', 'endpoint', 'silent'),
};

/** The properties that a thrown value may have, whatever its class. */
export interface NetworkErrorLike {
  name?: string;
  message?: string;
  code?: unknown;
  cause?: unknown;
  errors?: unknown[];
}

/** @returns undefined when it is not a network error */
export function networkErrorMeaning(thrown: NetworkErrorLike): Meaning | undefined {
  // A captive portal answers every request with its own page.
  if (thrown.name === 'UnexpectedPageError') return meaning('wrong-service', 'endpoint', 'page');
  if (thrown.name === 'ResponseTooLargeError') return meaning('wrong-service', 'endpoint');
  return (
    meaningFromCodes(thrown) ??
    timeoutMeaning(thrown) ??
    (isFetchError(thrown) ? networkErrorMeaning(thrown.cause) : undefined)
  );
}

/** Fetch puts the actual error into `cause`. */
const isFetchError = (thrown: NetworkErrorLike): thrown is NetworkErrorLike & { cause: object } =>
  thrown.name === 'TypeError' && typeof thrown.cause === 'object' && thrown.cause !== null;

/**
 * When a name has several addresses, Node reports one error for each. It counts as offline only when every address is
 * offline.
 */
function meaningFromCodes(thrown: NetworkErrorLike): Meaning | undefined {
  const meanings = [...(thrown.errors ?? []), thrown]
    .map((error) => meaningFromCode(error as NetworkErrorLike))
    .filter((found) => found !== undefined);
  return meanings.find(({ code }) => code !== 'offline') ?? meanings[0];
}

/** The meaning of one error by its code, such as ECONNRESET; undefined for an unknown code. */
function meaningFromCode({ code, message = '' }: NetworkErrorLike): Meaning | undefined {
  if (typeof code !== 'string') return undefined;
  // Node's HTTP parser received something that is not HTTP.
  if (code.startsWith('HPE_')) return meaning('wrong-service', 'endpoint');
  // A TLS alert proves that the server speaks TLS, so only the handshake failed.
  if ((code === 'EPROTO' || code.startsWith('ERR_SSL_')) && /alert|unsupported protocol/i.test(`${code} ${message}`))
    return handshakeFailed;
  return getOwn(networkErrorTable, code);
}

/** Timeouts of the SDK's handler and of an AbortSignal have a name but no code. */
function timeoutMeaning({ name, message = '' }: NetworkErrorLike): Meaning | undefined {
  if (name !== 'TimeoutError') return undefined;
  return /establish a connection/.test(message) ? connectFailed : meaning('stalled');
}

/** Parses a Retry-After header: a number of seconds or a date (RFC 9110). */
export function parseRetryAfterMs(header: string | undefined): number | undefined {
  const value = header?.trim();
  if (!value) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, Math.round(ms));
}
