/**
 * Access tokens of one destination. They live four hours; a refresh token makes new ones, once for all who wait for it. The SDK
 * would ask as often as there are calls, put secrets into the address, and not notice that a token was refused.
 */
import * as v from 'valibot';
import { failure } from '../../../src-shared/errors.ts';
import { abortable } from '../contract/abortable.ts';
import { tryParseJson } from '../network/parse-json.ts';
import type { DropboxCredentials } from './credentials.ts';

/** What the token endpoint says no with (RFC 6749, 5.2). It holds no secret. */
export class TokenRequestError extends Error {
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

const tokenResponseSchema = v.object({
  access_token: v.pipe(v.string(), v.minLength(1)),
  expires_in: v.optional(v.number()),
  refresh_token: v.optional(v.string()),
  scope: v.optional(v.string()),
});
export type TokenResponse = v.InferOutput<typeof tokenResponseSchema>;

/** Posts a form to the token endpoint. */
export type PostTokenForm = (form: Record<string, string>, signal: AbortSignal) => Promise<Response>;

/** @throws TokenRefused; AppFailure wrong-service for an answer that is none; what the network throws */
export async function requestTokens(
  postForm: PostTokenForm,
  form: Record<string, string>,
  signal: AbortSignal,
): Promise<TokenResponse> {
  const response = await postForm(form, signal);
  const body = tryParseJson(await response.text());
  if (!response.ok) {
    const errorBody = v.safeParse(v.object({ error: v.string() }), body);
    throw new TokenRequestError(response.status, errorBody.success ? errorBody.output.error : '', response.headers);
  }
  const parsed = v.safeParse(tokenResponseSchema, body);
  if (!parsed.success) throw failure('wrong-service', { params: { of: 'dropbox' } });
  return parsed.output;
}

/** A new one is asked for while the old one still lives this long. */
const renewBeforeExpiryMs = 5 * 60_000;

export class AccessTokenProvider {
  readonly #credentials: DropboxCredentials;
  readonly #postForm: PostTokenForm;
  readonly #now: () => number;
  #current: { token: string; expiresAt: number } | undefined;
  #renewal: Promise<string> | undefined;
  readonly #closed = new AbortController();

  constructor(credentials: DropboxCredentials, postForm: PostTokenForm, now: () => number) {
    this.#credentials = credentials;
    this.#postForm = postForm;
    this.#now = now;
    if (credentials.kind === 'access') this.#current = { token: credentials.accessToken, expiresAt: Infinity };
  }

  /** @throws TokenRefused, AppFailure wrong-service, canceled; what the network throws */
  async get(signal: AbortSignal): Promise<string> {
    const current = this.#current;
    if (current && current.expiresAt - renewBeforeExpiryMs > this.#now()) return current.token;
    return this.#sharedRenewal(signal);
  }

  /**
   * A token that was refused is replaced, once for everybody who has the same.
   * @returns undefined when there is no other to be had
   */
  async replaceRejected(rejectedToken: string, signal: AbortSignal): Promise<string | undefined> {
    if (this.#credentials.kind === 'access') return undefined;
    if (this.#current?.token === rejectedToken) this.#current = undefined;
    return this.get(signal);
  }

  close(): void {
    this.#closed.abort();
  }

  /** Whoever gives up stops waiting; the others still get it. */
  #sharedRenewal(signal: AbortSignal): Promise<string> {
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = undefined;
    });
    return abortable(this.#renewal, signal);
  }

  async #renew(): Promise<string> {
    const credentials = this.#credentials;
    if (credentials.kind === 'access') return credentials.accessToken;
    const { refreshToken, appKey, appSecret } = credentials;
    const form = {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: appKey,
      ...(appSecret === undefined ? {} : { client_secret: appSecret }),
    };
    const { access_token: token, expires_in: seconds = 14_400 } = await requestTokens(
      this.#postForm,
      form,
      this.#closed.signal,
    );
    this.#current = { token, expiresAt: this.#now() + Math.max(seconds * 1000, renewBeforeExpiryMs + 60_000) };
    return token;
  }
}
