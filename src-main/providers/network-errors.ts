/**
 * What Node says when a connection does not come about, breaks, or is not to be trusted: the same for every provider.
 * Which setting it is about (`endpoint`) is the usual one; a provider without such a field leaves it out.
 */
import type { ErrorCode } from '../../src-shared/errors.ts';

/** `why` tells causes apart that have one code but not one remedy (text/en.ts). */
export interface Meaning {
  code: ErrorCode;
  field?: string;
  why?: string;
}

export const is = (code: ErrorCode, field?: string, why?: string): Meaning => ({
  code,
  ...(field === undefined ? {} : { field }),
  ...(why === undefined ? {} : { why }),
});

/** A row of a table, never what its prototype has: names come from outside. */
export const own = <T>(table: Readonly<Record<string | number, T>>, key: string | number): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

/** Somebody's own authority, or something on the way that opens what is encrypted. */
const unknownIssuer = is('tls-untrusted', 'ca', 'issuer');
/** It stood, and was cut. */
const cut = is('unreachable', undefined, 'cut');
/** Nobody took the connection. */
export const notThere = is('unreachable', 'endpoint');
/** https spoken to an http port, or to something that is no web server at all. */
const notEncrypted = is('wrong-service', 'endpoint', 'plain');
/** Two that speak TLS, but not the same. */
const noHandshake = is('tls-untrusted', 'endpoint', 'handshake');

export const networkTable: Readonly<Record<string, Meaning>> = {
  ENOTFOUND: is('unreachable', 'endpoint', 'noHost'),
  ENODATA: is('unreachable', 'endpoint', 'noHost'),
  ECONNREFUSED: is('unreachable', 'endpoint', 'refused'),
  ECONNRESET: cut,
  ECONNABORTED: cut,
  EPIPE: cut,
  ERR_STREAM_PREMATURE_CLOSE: cut,
  ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC: cut,
  ETIMEDOUT: notThere,
  EADDRNOTAVAIL: is('unreachable'),
  EIDLE: is('stalled'),
  EHOSTUNREACH: is('offline', 'endpoint', 'host'),
  EHOSTDOWN: is('offline', 'endpoint', 'host'),
  ENETUNREACH: is('offline'),
  ENETDOWN: is('offline'),
  EAI_AGAIN: is('offline'),
  DEPTH_ZERO_SELF_SIGNED_CERT: is('tls-untrusted', 'ca', 'self-signed'),
  SELF_SIGNED_CERT_IN_CHAIN: unknownIssuer,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer,
  CERT_UNTRUSTED: unknownIssuer,
  INVALID_CA: unknownIssuer,
  CERT_HAS_EXPIRED: is('tls-untrusted', 'endpoint', 'expired'),
  CERT_NOT_YET_VALID: is('tls-untrusted', 'endpoint', 'early'),
  CERT_REVOKED: is('tls-untrusted', 'endpoint', 'revoked'),
  ERR_TLS_CERT_ALTNAME_INVALID: is('tls-untrusted', 'endpoint', 'name'),
  HOSTNAME_MISMATCH: is('tls-untrusted', 'endpoint', 'name'),
  EPROTO: notEncrypted,
  ERR_SSL_WRONG_VERSION_NUMBER: notEncrypted,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: notEncrypted,
  ERR_SSL_HTTP_REQUEST: notEncrypted,
  ERR_SSL_UNSUPPORTED_PROTOCOL: noHandshake,
  ERR_SSL_NO_PROTOCOLS_AVAILABLE: noHandshake,
  ERR_SSL_NO_SHARED_CIPHER: noHandshake,
  ERR_SSL_DH_KEY_TOO_SMALL: noHandshake,
  ERR_TLS_HANDSHAKE_TIMEOUT: is('unreachable', 'endpoint', 'silent'),
};

/** What a thrown value may have, whoever threw it. */
export interface NetworkThrown {
  name?: string;
  message?: string;
  code?: unknown;
  cause?: unknown;
  errors?: unknown[];
}

/** @returns undefined for what is not about the network */
export function meaningOfNetwork(thrown: NetworkThrown): Meaning | undefined {
  // A network that wants a sign-in first answers everything with its own page.
  if (thrown.name === 'PageInstead') return is('wrong-service', 'endpoint', 'page');
  return (
    meaningOfCodes(thrown) ?? timeout(thrown) ?? (isFetchFailure(thrown) ? meaningOfNetwork(thrown.cause) : undefined)
  );
}

/** Fetch hides the reason one level down. */
const isFetchFailure = (thrown: NetworkThrown): thrown is NetworkThrown & { cause: object } =>
  thrown.name === 'TypeError' && typeof thrown.cause === 'object' && thrown.cause !== null;

/** With several addresses for a name Node reports all of them: only when every one is out of reach is it the network. */
function meaningOfCodes(thrown: NetworkThrown): Meaning | undefined {
  const all = [...(thrown.errors ?? []), thrown]
    .map((one) => meaningOfCode(one as NetworkThrown))
    .filter((one) => one !== undefined);
  return all.find((one) => one.code !== 'offline') ?? all[0];
}

function meaningOfCode({ code, message = '' }: NetworkThrown): Meaning | undefined {
  if (typeof code !== 'string') return undefined;
  // Node's parser met something that is not HTTP.
  if (code.startsWith('HPE_')) return is('wrong-service', 'endpoint');
  // An alert comes from somebody who speaks TLS.
  if ((code === 'EPROTO' || code.startsWith('ERR_SSL_')) && /alert|unsupported protocol/i.test(`${code} ${message}`))
    return noHandshake;
  return own(networkTable, code);
}

/** Those of the SDK's handler have a name but no code; those of a signal neither. */
function timeout({ name, message = '' }: NetworkThrown): Meaning | undefined {
  if (name !== 'TimeoutError') return undefined;
  return /establish a connection/.test(message) ? notThere : is('stalled');
}

/** Retry-After in seconds or as a date (RFC 9110). */
export function retryAfterMs(header: string | undefined): number | undefined {
  const value = header?.trim();
  if (!value) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, Math.round(ms));
}
