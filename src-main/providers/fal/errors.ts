/**
 * Translates thrown values. The service sends a status and a reason as text, in `detail` or `error.message`. Only this
 * text distinguishes a locked account from a key without permission. The text goes to the log, never into an error
 * message for users.
 */
import type { AppError } from '../../../src-shared/errors.ts';
import { meaning, networkErrorMeaning, getOwn, type Meaning } from '../network/network-errors.ts';
import { LinkCheckError } from '../contract/provider.ts';
import type { FalSettings } from './settings.ts';
import { errorDetailOf } from './http-client.ts';

const invalidKey = meaning('unauthorized', 'key', 'fal');
const keyNotAllowed = meaning('forbidden', 'key', 'fal');
/** The user has to add money to the account. */
const noBalance = meaning('quota-exceeded', undefined, 'balance');
const notFalService = meaning('wrong-service', undefined, 'fal');

const meaningByStatus: Record<number, Meaning> = {
  400: meaning('rejected'),
  401: invalidKey,
  402: noBalance,
  403: keyNotAllowed,
  404: notFalService,
  405: notFalService,
  407: meaning('unauthorized', 'proxyUser', 'proxy'),
  408: meaning('stalled'),
  // The upload URL has expired; the next attempt gets a new URL.
  409: meaning('unavailable'),
  410: meaning('unavailable'),
  413: meaning('too-large'),
  422: meaning('rejected'),
  425: meaning('unavailable'),
  429: meaning('rate-limited'),
  507: meaning('quota-exceeded'),
};

interface Thrown {
  name?: string;
  status?: number;
  body?: unknown;
  host?: string;
  hostname?: string;
  retryAfterMs?: number;
  code?: string;
}

/** @returns undefined for any other error, which is a bug of Hoist */
export function falErrorOf(cause: unknown, settings: FalSettings): AppError | undefined {
  if (typeof cause !== 'object' || cause === null) return undefined;
  const thrown: Thrown = cause;
  const errorMeaning = cause instanceof LinkCheckError ? meaningOfClosedLink(cause, settings) : meaningOf(thrown);
  if (!errorMeaning) return undefined;
  const { code, why, field } = errorMeaning;
  return {
    code,
    ...(field === undefined ? {} : { field }),
    params: { host: thrown.host ?? thrown.hostname ?? 'fal.ai', ...(why === undefined ? {} : { why }) },
    ...(thrown.retryAfterMs === undefined ? {} : { retryAfterMs: thrown.retryAfterMs }),
  };
}

function meaningOf(thrown: Thrown): Meaning | undefined {
  const network = networkErrorMeaning(thrown);
  if (network) return withoutEndpoint(network);
  if (typeof thrown.status === 'number') return meaningOfResponse(thrown.status, errorDetailOf(thrown.body));
  // The client could not parse a response that is declared as JSON.
  if (thrown.name === 'SyntaxError') return meaning('unavailable');
  return thrown.name === 'TimeoutError' ? meaning('stalled') : undefined;
}

/** Removes the field `endpoint`, because users cannot change the address of the service. */
function withoutEndpoint({ code, field, why }: Meaning): Meaning {
  if (code === 'wrong-service') return notFalService;
  if (code === 'unreachable') return meaning(code, undefined, 'fal');
  if (code === 'tls-untrusted' && why === 'name') return meaning(code, undefined, 'falName');
  return meaning(code, field === 'endpoint' ? undefined : field, why);
}

function meaningOfResponse(status: number, detail: string): Meaning | undefined {
  // Checked before the table, because a locked account gets the same status as a key without permission.
  if ((status === 403 || status === 401) && isLockedAccount(detail)) return noBalance;
  const tableEntry = getOwn(meaningByStatus, status);
  if (tableEntry) return tableEntry;
  if (status >= 500) return meaning(status === 501 ? 'rejected' : 'unavailable');
  return status >= 400 ? meaning('rejected') : notFalService;
}

/** Only the text distinguishes a locked account from a key without permission. */
export const isLockedAccount = (detail: string): boolean =>
  /exhausted|balance|user is locked|payment|billing/i.test(detail);

function meaningOfClosedLink({ outcome }: LinkCheckError, { access }: FalSettings): Meaning {
  if (outcome === 'private')
    return access === 'signed' ? meaning('forbidden', 'key', 'falSign') : meaning('forbidden', 'access', 'falRead');
  return meaning('wrong-service', undefined, 'falLink');
}
