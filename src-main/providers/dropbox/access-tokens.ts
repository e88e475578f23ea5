/**
 * Provides the access token for the requests to one destination. An access token is valid for four hours. The refresh
 * token then obtains a new access token, once for all waiting requests. The SDK's own renewal is not used: it renews
 * once per request, puts secrets into the URL, and does not react when Dropbox rejects a token.
 */
import * as v from 'valibot';
import { failure } from '../../../src-shared/errors.ts';
import { redactLoadedSecrets } from '../../platform/redact.ts';
import { abortable } from '../contract/abortable.ts';
import { tryParseJson } from '../network/parse-json.ts';
import type { DropboxCredentials } from './credentials.ts';

/** An error response of the token endpoint (RFC 6749, 5.2). It contains no secret. */
export class TokenRequestError extends Error {
  readonly status: number;
  /** Such as `invalid_grant`; '' when the response did not come from Dropbox. */
  readonly reason: string;
  readonly headers: Headers;
  constructor(status: number, reason: string, headers: Headers) {
    super(`the token endpoint responded with status ${status}`);
    this.name = 'TokenRequestError';
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

/**
 * @throws TokenRequestError; AppFailure wrong-service when the response is not Dropbox's; whatever the network throws
 */
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

/** Tokens are renewed this long before they expire. */
const renewBeforeExpiryMs = 5 * 60_000;
/** Four hours: the lifetime of a token if the response does not contain it. */
const defaultTokenSeconds = 14_400;

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
    redactLoadedSecrets(...Object.values(credentials));
    if (credentials.kind === 'access') this.#current = { token: credentials.accessToken, expiresAt: Infinity };
  }

  /** @throws TokenRequestError, AppFailure wrong-service, canceled; whatever the network throws */
  async get(signal: AbortSignal): Promise<string> {
    const current = this.#current;
    if (current && current.expiresAt - renewBeforeExpiryMs > this.#now()) return current.token;
    return this.#sharedRenewal(signal);
  }

  /**
   * Replaces a rejected token, once for all requests that used it.
   * @returns undefined when no other token can be obtained
   */
  async replaceRejected(rejectedToken: string, signal: AbortSignal): Promise<string | undefined> {
    if (this.#credentials.kind === 'access') return undefined;
    if (this.#current?.token === rejectedToken) this.#current = undefined;
    return this.get(signal);
  }

  close(): void {
    this.#closed.abort();
  }

  /** When a caller's signal aborts, only this caller stops waiting. The renewal continues for other callers. */
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
    const { access_token: token, expires_in: seconds = defaultTokenSeconds } = await requestTokens(
      this.#postForm,
      form,
      this.#closed.signal,
    );
    redactLoadedSecrets(token, ...Object.values(credentials));
    // A token is used for at least a minute; otherwise a short lifetime would cause a renewal for each request.
    this.#current = { token, expiresAt: this.#now() + Math.max(seconds * 1000, renewBeforeExpiryMs + 60_000) };
    return token;
  }
}
