/** Emulates Dropbox's authorization: apps, the page where a user grants access, and tokens (RFC 6749, 7636). */
import { createHash, randomBytes } from 'node:crypto';
import { oauthError, DropboxErrorResponse, tagged, taggedStruct, unauthorized } from './error-response.ts';

export interface OAuthApp {
  key: string;
  secret: string;
  /** Compared exactly, including the port. */
  redirects: readonly string[];
  scopes: readonly string[];
}

/** The user's permission for an app, which codes and tokens refer to. */
interface Grant {
  app: OAuthApp;
  scopes: readonly string[];
  isRevoked: boolean;
}
interface Code {
  grant: Grant;
  challenge: string | undefined;
  redirect: string | undefined;
  isOffline: boolean;
  isUsed: boolean;
}
interface AccessGrant {
  grant: Grant;
  expiresAt: number;
  refresh?: string;
}

const allScopes = [
  'account_info.read',
  'files.content.write',
  'files.metadata.read',
  'sharing.write',
  'sharing.read',
  'files.content.read',
];

const randomToken = (): string => randomBytes(32).toString('base64url');

export class AuthorizationServer {
  readonly apps = new Map<string, OAuthApp>();
  /** Whether the user grants access. */
  isConsentGiven = true;
  /** Lifetime of new access tokens. */
  accessTokenSeconds = 14_400;
  /** The number of uses of a refresh token. */
  refreshCount = 0;
  readonly #codes = new Map<string, Code>();
  readonly #refresh = new Map<string, Grant>();
  readonly #access = new Map<string, AccessGrant>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  addApp(app: Partial<OAuthApp> = {}): OAuthApp {
    const completeApp = {
      key: randomBytes(8).toString('hex').slice(0, 15),
      secret: randomBytes(8).toString('hex').slice(0, 15),
      redirects: [],
      scopes: allScopes,
      ...app,
    };
    this.apps.set(completeApp.key, completeApp);
    return completeApp;
  }

  /** Issues tokens without the page, as if the user had granted access. */
  issue(
    app: OAuthApp,
    { scopes = app.scopes, seconds = this.accessTokenSeconds }: { scopes?: readonly string[]; seconds?: number } = {},
  ): { refreshToken: string; accessToken: string } {
    const grant: Grant = { app, scopes, isRevoked: false };
    const refreshToken = randomToken();
    this.#refresh.set(refreshToken, grant);
    return { refreshToken, accessToken: this.#accessFor(grant, { refresh: refreshToken, seconds }) };
  }

  #accessFor(
    grant: Grant,
    { refresh, seconds = this.accessTokenSeconds }: { refresh?: string; seconds?: number },
  ): string {
    const token = `sl.u.${randomToken()}${randomToken()}`;
    this.#access.set(token, {
      grant,
      expiresAt: this.#now() + seconds * 1000,
      ...(refresh === undefined ? {} : { refresh }),
    });
    return token;
  }

  /** Whether a refresh token is still valid. */
  isActive(refreshToken: string): boolean {
    return this.#refresh.get(refreshToken)?.isRevoked === false;
  }

  expireAccessTokens(): void {
    for (const access of this.#access.values()) access.expiresAt = 0;
  }
  revokeAll(): void {
    for (const grant of [...this.#refresh.values(), ...[...this.#access.values()].map((access) => access.grant)])
      grant.isRevoked = true;
  }

  /** @throws DropboxErrorResponse 400 without a token, 401 with an invalid one */
  checkAuthorization(header: string | undefined, scope: string | undefined): void {
    const [, token] = /^Bearer (\S+)$/.exec(header ?? '') ?? [];
    if (token === undefined)
      throw new DropboxErrorResponse(
        400,
        'Error in call to API function: Must provide HTTP header "Authorization" or URL parameter "authorization".',
        { 'content-type': 'text/plain; charset=utf-8' },
      );
    const access = this.#access.get(token);
    if (!access || access.grant.isRevoked) throw unauthorized(tagged('invalid_access_token'));
    if (access.expiresAt <= this.#now()) throw unauthorized(tagged('expired_access_token'));
    if (scope !== undefined && !access.grant.scopes.includes(scope))
      throw unauthorized(taggedStruct('missing_scope', { required_scope: scope }));
  }

  revoke(header: string | undefined): null {
    this.checkAuthorization(header, undefined);
    this.#access.get(String(header).slice('Bearer '.length))!.grant.isRevoked = true;
    return null;
  }

  /** @returns the redirect URL, or the code that the page shows */
  authorize(query: URLSearchParams): { to: string } | { shown: string } {
    const app = this.apps.get(query.get('client_id') ?? '');
    const refuse = (why: string): DropboxErrorResponse =>
      new DropboxErrorResponse(400, `<p>${why}</p>`, { 'content-type': 'text/html; charset=utf-8' });
    if (!app) throw refuse('Invalid client_id');
    const redirect = query.get('redirect_uri') ?? undefined;
    if (redirect !== undefined && !app.redirects.includes(redirect)) throw refuse('Invalid redirect_uri');
    if (query.get('response_type') !== 'code') throw refuse('Invalid response_type');
    const scopes = query.get('scope')?.split(' ') ?? app.scopes;
    if (scopes.some((scope) => !app.scopes.includes(scope))) throw refuse('Invalid scope');
    const challenge = query.get('code_challenge') ?? undefined;
    if (challenge !== undefined && (query.get('code_challenge_method') !== 'S256' || !/^[\w-]{43}$/.test(challenge)))
      throw refuse('Invalid code_challenge');
    const state = query.get('state');
    const redirectUrl = (values: Record<string, string>): string =>
      `${redirect}?${new URLSearchParams({ ...values, ...(state === null ? {} : { state }) }).toString()}`;
    if (!this.isConsentGiven)
      return redirect === undefined
        ? { shown: '' }
        : {
            to: redirectUrl({
              error: 'access_denied',
              error_description: 'The user chose not to give your app access to their Dropbox account.',
            }),
          };
    const code = randomToken();
    this.#codes.set(code, {
      grant: { app, scopes, isRevoked: false },
      challenge,
      redirect,
      isOffline: query.get('token_access_type') === 'offline',
      isUsed: false,
    });
    return redirect === undefined ? { shown: code } : { to: redirectUrl({ code }) };
  }

  /** @param form the body, or the query of the JavaScript SDK. @param basic the Authorization header */
  token(form: URLSearchParams, basic: string | undefined): Record<string, unknown> {
    const app = this.#client(form, basic);
    switch (form.get('grant_type')) {
      case 'authorization_code':
        return this.#redeem(app, form);
      case 'refresh_token':
        return this.#renew(app, form.get('refresh_token') ?? '');
      default:
        throw oauthError(400, 'unsupported_grant_type', 'grant_type is invalid');
    }
  }

  /** The app that sends the request; `isProven` when it also sent its secret. */
  #client(form: URLSearchParams, basic: string | undefined): { app: OAuthApp; isProven: boolean } {
    const [user, password] = basic?.startsWith('Basic ')
      ? Buffer.from(basic.slice(6), 'base64').toString().split(':')
      : [form.get('client_id') ?? '', form.get('client_secret') ?? undefined];
    const app = this.apps.get(user ?? '');
    if (!app) throw oauthError(400, 'invalid_client_id', 'Invalid client_id');
    if (password !== undefined && password !== app.secret)
      throw oauthError(400, 'invalid_client', 'Invalid client_secret');
    return { app, isProven: password !== undefined };
  }

  #redeem({ app, isProven }: { app: OAuthApp; isProven: boolean }, form: URLSearchParams): Record<string, unknown> {
    const code = this.#codes.get(form.get('code') ?? '');
    const refuse = (why: string): DropboxErrorResponse => oauthError(400, 'invalid_grant', why);
    if (!code || code.isUsed || code.grant.app.key !== app.key) throw refuse("code doesn't exist or has expired");
    if ((form.get('redirect_uri') ?? undefined) !== code.redirect) throw refuse('redirect_uri mismatch');
    if (code.challenge === undefined && !isProven)
      throw oauthError(400, 'invalid_request', 'No auth function available for given request');
    const verifier = form.get('code_verifier') ?? '';
    if (
      code.challenge !== undefined &&
      (!/^[\w.~-]{43,128}$/.test(verifier) ||
        createHash('sha256').update(verifier).digest('base64url') !== code.challenge)
    )
      throw refuse('invalid code verifier');
    code.isUsed = true;
    const refresh = code.isOffline ? randomToken() : undefined;
    if (refresh !== undefined) this.#refresh.set(refresh, code.grant);
    return {
      ...this.#tokenResponse(code.grant, refresh),
      ...(refresh === undefined ? {} : { refresh_token: refresh }),
      scope: code.grant.scopes.join(' '),
      uid: '12345',
      account_id: 'dbid:x',
    };
  }

  #renew({ app }: { app: OAuthApp }, token: string): Record<string, unknown> {
    this.refreshCount++;
    const grant = this.#refresh.get(token);
    if (!grant || grant.isRevoked || grant.app.key !== app.key)
      throw oauthError(400, 'invalid_grant', 'refresh token is invalid or revoked');
    return this.#tokenResponse(grant, token);
  }

  #tokenResponse(grant: Grant, refresh: string | undefined): Record<string, unknown> {
    return {
      access_token: this.#accessFor(grant, refresh === undefined ? {} : { refresh }),
      expires_in: this.accessTokenSeconds,
      token_type: 'bearer',
    };
  }
}
