/**
 * Sign-in on Dropbox's page in the user's browser: OAuth 2 with PKCE (RFC 7636), without an app secret. If no redirect
 * port is free, or the app is the user's own, the page shows a code that the user pastes.
 */
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { failure } from '../../../src-shared/errors.ts';
import { commonSettingsSchema } from '../settings/common-settings.ts';
import { createTransport } from '../network/transport.ts';
import { abortable } from '../contract/abortable.ts';
import type { FieldContext, SignInOutcome, SignInPorts } from '../contract/provider.ts';
import { FilePartHandler } from '../transfer/request-handler.ts';
import { builtInAppKey, isAppKey } from './app-key.ts';
import { serializeCredentials } from './credentials.ts';
import { postTokenForm } from './client-factory.ts';
import { RedirectServer, redirectPorts } from './redirect-server.ts';
import { dropboxHosts, type DropboxHosts } from './send-request.ts';
import { requestTokens, type TokenResponse } from './access-tokens.ts';

/** The scopes that a sign-in requests. Hoist needs all of them. */
const requiredDropboxScopes = [
  'account_info.read',
  'files.content.write',
  'files.metadata.read',
  'sharing.read',
  'sharing.write',
] as const;

export interface DropboxSignInOptions {
  hosts: DropboxHosts;
  redirectPorts: readonly number[];
  appKey: string;
  limitMs: number;
}

const defaultOptions: DropboxSignInOptions = {
  hosts: dropboxHosts,
  redirectPorts,
  appKey: builtInAppKey,
  limitMs: 10 * 60_000,
};

/**
 * @throws AppFailure invalid-input (no app), forbidden (declined, or a scope is missing), canceled; TokenRequestError;
 * whatever the network throws
 */
export async function runDropboxSignIn(
  context: FieldContext,
  ports: SignInPorts,
  options: Partial<DropboxSignInOptions> = {},
): Promise<SignInOutcome> {
  const { hosts, redirectPorts: allowedPorts, appKey: builtIn, limitMs } = { ...defaultOptions, ...options };
  const app = resolveAppKey(context, builtIn);
  const timeout = AbortSignal.timeout(limitMs);
  const signal = AbortSignal.any([context.signal, timeout]);
  const verifier = toBase64Url(ports.randomBytes(48));
  const state = toBase64Url(ports.randomBytes(24));
  // A user's own app may not have our redirect URIs registered, so its page shows a code that the user pastes.
  const redirect = app.isCustom ? undefined : await RedirectServer.listen(state, allowedPorts);
  try {
    const step = { url: authorizePageUrl(hosts, { app: app.key, verifier, state, redirect: redirect?.uri }) };
    ports.show(redirect ? step : { ...step, paste: true });
    const result = redirect
      ? await abortable(redirect.result(), signal)
      : { code: (await ports.pasted(signal)).trim() };
    if ('declined' in result)
      throw failure('forbidden', { field: 'account', params: { of: 'dropbox', why: 'declined' } });
    const tokens = await exchangeCode(context, ports, {
      hosts,
      app: app.key,
      verifier,
      code: result.code,
      redirect: redirect?.uri,
      signal,
    });
    return toSignInOutcome(tokens, app);
  } finally {
    redirect?.close();
  }
}

export const signInToDropbox = (context: FieldContext, ports: SignInPorts): Promise<SignInOutcome> =>
  runDropboxSignIn(context, ports);

interface OAuthAppKey {
  key: string;
  isCustom: boolean;
}

/** The app key of the form, of the environment, or of this build. @throws AppFailure invalid-input */
function resolveAppKey({ values, computer }: FieldContext, builtIn: string): OAuthAppKey {
  const customKey = (values.appKey ?? '').trim() || (computer.env['DROPBOX_APP_KEY'] ?? '').trim();
  const key = customKey || builtIn;
  if (key === '') throw failure('invalid-input', { field: 'appKey', params: { why: 'missing' } });
  if (!isAppKey(key)) throw failure('invalid-input', { field: 'appKey', params: { why: 'key' } });
  return { key, isCustom: key !== builtIn };
}

interface AuthorizePageOptions {
  app: string;
  verifier: string;
  state: string;
  redirect: string | undefined;
}

/** @param redirect the redirect URI; without one, Dropbox's page shows a code that the user pastes */
function authorizePageUrl({ www }: DropboxHosts, { app, verifier, state, redirect }: AuthorizePageOptions): string {
  const query = new URLSearchParams({
    client_id: app,
    response_type: 'code',
    token_access_type: 'offline',
    code_challenge_method: 'S256',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    scope: requiredDropboxScopes.join(' '),
    state,
    ...(redirect === undefined ? {} : { redirect_uri: redirect }),
  });
  return `${www}/oauth2/authorize?${query.toString()}`;
}

/** The encoding of PKCE verifiers: every 3 bytes give 4 characters. */
const toBase64Url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

interface ExchangeOptions {
  hosts: DropboxHosts;
  app: string;
  verifier: string;
  code: string;
  redirect: string | undefined;
  signal: AbortSignal;
}

/** Exchanges the code from Dropbox's page for tokens. The verifier proves that this process started the sign-in. */
async function exchangeCode(
  { values }: FieldContext,
  ports: SignInPorts,
  { hosts, app, verifier, code, redirect, signal }: ExchangeOptions,
): Promise<TokenResponse> {
  const transport = ports.transport ?? createTransport(v.parse(commonSettingsSchema, values), ports.network);
  try {
    const handler = new FilePartHandler(transport);
    const form = {
      grant_type: 'authorization_code',
      code,
      client_id: app,
      code_verifier: verifier,
      ...(redirect === undefined ? {} : { redirect_uri: redirect }),
    };
    // A code can be used once. If the response is lost, the user has to request a new code.
    return await requestTokens(
      (tokenForm, tokenSignal) =>
        postTokenForm(handler, hosts, tokenForm, { signal: tokenSignal, attempts: 1, retryMs: 0 }),
      form,
      signal,
    );
  } finally {
    if (transport !== ports.transport) transport.close();
  }
}

/** @throws AppFailure wrong-service without a refresh token, forbidden when a required scope is missing */
function toSignInOutcome(
  { refresh_token: refreshToken, scope }: TokenResponse,
  { key, isCustom }: OAuthAppKey,
): SignInOutcome {
  if (refreshToken === undefined) throw failure('wrong-service', { params: { of: 'dropbox', host: 'Dropbox' } });
  const granted = scope?.split(' ');
  const missing = granted && requiredDropboxScopes.find((required) => !granted.includes(required));
  // Without these scopes every upload or every link would fail.
  if (missing !== undefined)
    throw failure('forbidden', { field: 'account', params: { of: 'dropbox', why: 'scope', scope: missing } });
  return {
    value: serializeCredentials({ kind: 'refresh', refreshToken, appKey: key }),
    ...(isCustom ? { settings: { appKey: key } } : {}),
  };
}
