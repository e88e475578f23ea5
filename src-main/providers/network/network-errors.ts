/**
 * What Node says when a connection does not come about, breaks, or is not to be trusted: the same for every provider.
 * Which setting it is about (`endpoint`) is the usual one; a provider without such a field leaves it out.
 */
import type { ErrorCode } from '../../../src-shared/errors.ts';

/** `why` tells causes apart that have one code but not one remedy (text/en.ts). */
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

/** A row of a table, never what its prototype has: names come from outside. */
export const getOwn = <T>(table: Readonly<Record<string | number, T>>, key: string | number): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

/** Somebody's own authority, or something on the way that opens what is encrypted. */
const unknownIssuer = meaning('tls-untrusted', 'ca', 'issuer');
/** It stood, and was cut. */
const connectionLost = meaning('unreachable', undefined, 'cut');
/** Nobody took the connection. */
export const connectFailed = meaning('unreachable', 'endpoint');
/** https spoken to an http port, or to something that is no web server at all. */
const notTls = meaning('wrong-service', 'endpoint', 'plain');
/** Two that speak TLS, but not the same. */
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

/** What a thrown value may have, whoever threw it. */
export interface NetworkErrorLike {
  name?: string;
  message?: string;
  code?: unknown;
  cause?: unknown;
  errors?: unknown[];
}

/** @returns undefined for what is not about the network */
export function networkErrorMeaning(thrown: NetworkErrorLike): Meaning | undefined {
  // A network that wants a sign-in first answers everything with its own page.
  if (thrown.name === 'UnexpectedPageError') return meaning('wrong-service', 'endpoint', 'page');
  return (
    meaningFromCodes(thrown) ??
    timeoutMeaning(thrown) ??
    (isFetchError(thrown) ? networkErrorMeaning(thrown.cause) : undefined)
  );
}

/** Fetch hides the reason one level down. */
const isFetchError = (thrown: NetworkErrorLike): thrown is NetworkErrorLike & { cause: object } =>
  thrown.name === 'TypeError' && typeof thrown.cause === 'object' && thrown.cause !== null;

/** With several addresses for a name Node reports all of them: only when every one is out of reach is it the network. */
function meaningFromCodes(thrown: NetworkErrorLike): Meaning | undefined {
  const all = [...(thrown.errors ?? []), thrown]
    .map((one) => meaningFromCode(one as NetworkErrorLike))
    .filter((one) => one !== undefined);
  return all.find((one) => one.code !== 'offline') ?? all[0];
}

function meaningFromCode({ code, message = '' }: NetworkErrorLike): Meaning | undefined {
  if (typeof code !== 'string') return undefined;
  // Node's parser met something that is not HTTP.
  if (code.startsWith('HPE_')) return meaning('wrong-service', 'endpoint');
  // An alert comes from somebody who speaks TLS.
  if ((code === 'EPROTO' || code.startsWith('ERR_SSL_')) && /alert|unsupported protocol/i.test(`${code} ${message}`))
    return handshakeFailed;
  return getOwn(networkErrorTable, code);
}

/** Those of the SDK's handler have a name but no code; those of a signal neither. */
function timeoutMeaning({ name, message = '' }: NetworkErrorLike): Meaning | undefined {
  if (name !== 'TimeoutError') return undefined;
  return /establish a connection/.test(message) ? connectFailed : meaning('stalled');
}

/** Retry-After in seconds or as a date (RFC 9110). */
export function parseRetryAfterMs(header: string | undefined): number | undefined {
  const value = header?.trim();
  if (!value) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, Math.round(ms));
}
