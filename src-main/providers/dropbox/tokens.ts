/**
 * Access tokens of one destination. They live four hours; a refresh token makes new ones, once for all who wait for it. The SDK
 * would ask as often as there are calls, put secrets into the address, and not notice that a token was refused.
 */
import * as v from 'valibot';
import { failure } from '../../../src-shared/errors.ts';
import { orAborted } from '../or-aborted.ts';
import { jsonOf } from '../json.ts';
import type { Account } from './account.ts';

/** What the token endpoint says no with (RFC 6749, 5.2). It holds no secret. */
export class TokenRefused extends Error {
  readonly status: number;
  /** `invalid_grant` …; '' when the answer was none of Dropbox's */
  readonly reason: string;
  readonly headers: Headers;
  constructor(status: number, reason: string, headers: Headers) {
    super(`the token endpoint answered ${status}`);
    this.name = 'TokenRefused';
    this.status = status;
    this.reason = reason;
    this.headers = headers;
  }
}

const granted = v.object({
  access_token: v.pipe(v.string(), v.minLength(1)),
  expires_in: v.optional(v.number()),
  refresh_token: v.optional(v.string()),
  scope: v.optional(v.string()),
});
export type Granted = v.InferOutput<typeof granted>;

/** Posts a form to the token endpoint. */
export type AskForTokens = (form: Record<string, string>, signal: AbortSignal) => Promise<Response>;

/** @throws TokenRefused; AppFailure wrong-service for an answer that is none; what the network throws */
export async function askForTokens(
  ask: AskForTokens,
  form: Record<string, string>,
  signal: AbortSignal,
): Promise<Granted> {
  const answer = await ask(form, signal);
  const body = jsonOf(await answer.text());
  if (!answer.ok) {
    const refused = v.safeParse(v.object({ error: v.string() }), body);
    throw new TokenRefused(answer.status, refused.success ? refused.output.error : '', answer.headers);
  }
  const parsed = v.safeParse(granted, body);
  if (!parsed.success) throw failure('wrong-service', { params: { of: 'dropbox' } });
  return parsed.output;
}

/** A new one is asked for while the old one still lives this long. */
const earlyMs = 5 * 60_000;

export class Tokens {
  readonly #account: Account;
  readonly #ask: AskForTokens;
  readonly #now: () => number;
  #current: { token: string; until: number } | undefined;
  #asking: Promise<string> | undefined;
  readonly #end = new AbortController();

  constructor(account: Account, ask: AskForTokens, now: () => number) {
    this.#account = account;
    this.#ask = ask;
    this.#now = now;
    if (account.by === 'access') this.#current = { token: account.accessToken, until: Infinity };
  }

  /** @throws TokenRefused, AppFailure wrong-service, canceled; what the network throws */
  async access(signal: AbortSignal): Promise<string> {
    const current = this.#current;
    if (current && current.until - earlyMs > this.#now()) return current.token;
    return this.#renewed(signal);
  }

  /**
   * A token that was refused is replaced, once for everybody who has the same.
   * @returns undefined when there is no other to be had
   */
  async insteadOf(refused: string, signal: AbortSignal): Promise<string | undefined> {
    if (this.#account.by === 'access') return undefined;
    if (this.#current?.token === refused) this.#current = undefined;
    return this.access(signal);
  }

  close(): void {
    this.#end.abort();
  }

  /** Whoever gives up stops waiting; the others still get it. */
  #renewed(signal: AbortSignal): Promise<string> {
    this.#asking ??= this.#renew().finally(() => {
      this.#asking = undefined;
    });
    return orAborted(this.#asking, signal);
  }

  async #renew(): Promise<string> {
    const account = this.#account;
    if (account.by === 'access') return account.accessToken;
    const { refreshToken, appKey, appSecret } = account;
    const form = {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: appKey,
      ...(appSecret === undefined ? {} : { client_secret: appSecret }),
    };
    const { access_token: token, expires_in: seconds = 14_400 } = await askForTokens(this.#ask, form, this.#end.signal);
    this.#current = { token, until: this.#now() + Math.max(seconds * 1000, earlyMs + 60_000) };
    return token;
  }
}
