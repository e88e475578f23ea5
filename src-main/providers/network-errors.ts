/**
 * What Node says when the network, a name or a certificate is at fault: the same for every provider. `field` names the one
 * that is about it: `endpoint` where a provider has such a field, `ca` everywhere.
 */
import type { ErrorCode } from '../../src-shared/errors.ts';

/** `why` tells causes apart that have one code but not one remedy. */
export interface Meaning { code: ErrorCode; field?: string; why?: string }

export const is = (code: ErrorCode, field?: string, why?: string): Meaning => ({ code, ...(field === undefined ? {} : { field }), ...(why === undefined ? {} : { why }) });

export interface NetworkThrown { code?: string; errors?: unknown[] }

/** Somebody's own authority, or something on the way that opens what is encrypted. */
const unknownIssuer = is('tls-untrusted', 'ca', 'issuer');
const noAnswer = is('unreachable');
/** Nobody took the connection. */
export const notThere = is('unreachable', 'endpoint');
/** https spoken to an http port, or to something that is no web server at all. */
const notEncrypted = is('wrong-service', 'endpoint', 'plain');

const byNodeCode: Record<string, Meaning> = {
  ENOTFOUND: is('unreachable', 'endpoint', 'noHost'), ECONNREFUSED: is('unreachable', 'endpoint', 'refused'),
  ECONNRESET: noAnswer, ECONNABORTED: noAnswer, EPIPE: noAnswer, ETIMEDOUT: notThere, EADDRNOTAVAIL: noAnswer,
  EIDLE: is('stalled'),
  EHOSTUNREACH: is('offline', 'endpoint', 'host'), ENETUNREACH: is('offline'), ENETDOWN: is('offline'), EAI_AGAIN: is('offline'),
  DEPTH_ZERO_SELF_SIGNED_CERT: is('tls-untrusted', 'ca', 'self'), SELF_SIGNED_CERT_IN_CHAIN: unknownIssuer, UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT: unknownIssuer, UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer, CERT_UNTRUSTED: unknownIssuer,
  CERT_HAS_EXPIRED: is('tls-untrusted', 'endpoint', 'expired'), CERT_NOT_YET_VALID: is('tls-untrusted', 'endpoint', 'early'),
  CERT_REVOKED: is('tls-untrusted', 'endpoint', 'revoked'), ERR_TLS_CERT_ALTNAME_INVALID: is('tls-untrusted', 'endpoint', 'name'),
  EPROTO: notEncrypted, ERR_SSL_WRONG_VERSION_NUMBER: notEncrypted, ERR_SSL_PACKET_LENGTH_TOO_LONG: notEncrypted,
};

/** With several addresses for a name Node reports all of them: only when every one is out of reach is it the network. */
export function meaningOfNetwork(thrown: NetworkThrown): Meaning | undefined {
  const all = [...(thrown.errors ?? []), thrown].map((one) => meaningOfNodeCode((one as NetworkThrown).code)).filter((one) => one !== undefined);
  return all.find((one) => one.code !== 'offline') ?? all[0];
}

function meaningOfNodeCode(code: string | undefined): Meaning | undefined {
  if (code === undefined) return undefined;
  // Node's parser met something that is not HTTP.
  return code.startsWith('HPE_') ? is('wrong-service', 'endpoint') : own(byNodeCode, code);
}

export const own = <T>(table: Record<string | number, T>, key: string | number): T | undefined => (Object.hasOwn(table, key) ? table[key] : undefined);

/** Of a Retry-After in seconds or as a date (RFC 9110). */
export function retryAfterMs(header: string | undefined): number | undefined {
  const value = header?.trim();
  if (!value) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, Math.round(ms));
}
