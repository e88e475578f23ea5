/**
 * What a thrown value means. The service gives a status and a reason in words: `detail`, or the platform's `error.message`. Only
 * the reason tells a locked account from a key that may not, so it is read; it goes to the log, never into a sentence.
 */
import type { AppError } from '../../../src-shared/errors.ts';
import { is, meaningOfNetwork, own, type Meaning } from '../network-errors.ts';
import { LinkClosed } from '../provider.ts';
import type { FalSettings } from './settings.ts';
import { detailOf } from './wire.ts';

const badKey = is('unauthorized', 'key', 'fal');
const notAllowed = is('forbidden', 'key', 'fal');
/** The account has to be topped up. */
const noBalance = is('quota-exceeded', undefined, 'balance');
const strange = is('wrong-service', undefined, 'fal');

const byStatus: Record<number, Meaning> = {
  400: is('rejected'),
  401: badKey,
  402: noBalance,
  403: notAllowed,
  404: strange,
  405: strange,
  407: is('unauthorized', 'proxyUser', 'proxy'),
  408: is('stalled'),
  // The address of the upload came to its end; another try gets a new one.
  409: is('unavailable'),
  410: is('unavailable'),
  413: is('too-large'),
  422: is('rejected'),
  425: is('unavailable'),
  429: is('rate-limited'),
  507: is('quota-exceeded'),
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

/** @returns undefined for what neither the service nor the network said: a mistake of ours */
export function errorOf(cause: unknown, settings: FalSettings): AppError | undefined {
  if (typeof cause !== 'object' || cause === null) return undefined;
  const thrown: Thrown = cause;
  const meaning = cause instanceof LinkClosed ? closedLink(cause, settings) : meaningOf(thrown);
  if (!meaning) return undefined;
  const { code, why, field } = meaning;
  return {
    code,
    ...(field === undefined ? {} : { field }),
    params: { host: thrown.host ?? thrown.hostname ?? 'fal.ai', ...(why === undefined ? {} : { why }) },
    ...(thrown.retryAfterMs === undefined ? {} : { retryAfterMs: thrown.retryAfterMs }),
  };
}

function meaningOf(thrown: Thrown): Meaning | undefined {
  const network = meaningOfNetwork(thrown);
  if (network) return withoutEndpoint(network);
  if (typeof thrown.status === 'number') return meaningOfAnswer(thrown.status, detailOf(thrown.body));
  // The client reads JSON where the answer says that it is some.
  if (thrown.name === 'SyntaxError') return is('unavailable');
  return thrown.name === 'TimeoutError' ? is('stalled') : undefined;
}

/** There is no endpoint to mend: the address is the service's. */
function withoutEndpoint({ code, field, why }: Meaning): Meaning {
  if (code === 'wrong-service') return strange;
  if (code === 'unreachable') return is(code, undefined, 'fal');
  if (code === 'tls-untrusted' && why === 'name') return is(code, undefined, 'falName');
  return is(code, field === 'endpoint' ? undefined : field, why);
}

/** Before the status: a locked account answers 403 like a key that may not. */
function meaningOfAnswer(status: number, detail: string): Meaning | undefined {
  if ((status === 403 || status === 401) && /exhausted|balance|user is locked|payment|billing/i.test(detail))
    return noBalance;
  const known = own(byStatus, status);
  if (known) return known;
  if (status >= 500) return is(status === 501 ? 'rejected' : 'unavailable');
  return status >= 400 ? is('rejected') : strange;
}

function closedLink({ to }: LinkClosed, { access }: FalSettings): Meaning {
  if (to === 'private')
    return access === 'signed' ? is('forbidden', 'key', 'falSign') : is('forbidden', 'access', 'falRead');
  return is('wrong-service', undefined, 'falLink');
}
