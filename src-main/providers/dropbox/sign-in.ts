/**
 * Signing in on Dropbox's own page, in the person's browser: OAuth 2 with PKCE (RFC 7636), no secret of the app anywhere. Where no
 * port for the way back is free, or the app is a person's own and knows none of ours, the page shows a code that is pasted here.
 */
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { failure } from '../../../src-shared/errors.ts';
import { commonSettings } from '../common-settings.ts';
import { openWay } from '../network.ts';
import { orAborted } from '../or-aborted.ts';
import type { Question, SignedIn, SignInPorts } from '../provider.ts';
import { FilePartHandler } from '../sending/request-handler.ts';
import { builtInAppKey, isAppKey } from './app-key.ts';
import { writeAccount } from './account.ts';
import { postForm } from './client.ts';
import { Redirect, redirectPorts } from './redirect.ts';
import { dropboxHosts, type Hosts } from './send.ts';
import { askForTokens, type Granted } from './tokens.ts';

/** What is needed, and nothing more. */
export const scopes = [
  'account_info.read',
  'files.content.write',
  'files.metadata.read',
  'sharing.read',
  'sharing.write',
] as const;

export interface SignInTuning {
  hosts: Hosts;
  redirectPorts: readonly number[];
  appKey: string;
  limitMs: number;
}

const usual: SignInTuning = { hosts: dropboxHosts, redirectPorts, appKey: builtInAppKey, limitMs: 10 * 60_000 };

/** @throws AppFailure invalid-input (no app), forbidden (declined, a scope missing), canceled; TokenRefused; what the network throws */
export async function signInWith(
  question: Question,
  ports: SignInPorts,
  tuning: Partial<SignInTuning> = {},
): Promise<SignedIn> {
  const { hosts, redirectPorts: allowed, appKey: builtIn, limitMs } = { ...usual, ...tuning };
  const app = appOf(question, builtIn);
  const limit = AbortSignal.timeout(limitMs);
  const signal = AbortSignal.any([question.signal, limit]);
  const verifier = textOf(ports.randomBytes(48));
  const state = textOf(ports.randomBytes(24));
  // An app of one's own need not know our ports: its page shows the code.
  const redirect = app.isOwn ? undefined : await Redirect.listen(state, allowed);
  try {
    const step = { url: pageOf(hosts, { app: app.key, verifier, state, redirect: redirect?.uri }) };
    ports.show(redirect ? step : { ...step, paste: true });
    const returned = redirect
      ? await orAborted(redirect.came(), signal)
      : { code: (await ports.pasted(signal)).trim() };
    if ('declined' in returned)
      throw failure('forbidden', { field: 'account', params: { of: 'dropbox', why: 'declined' } });
    const granted = await exchange(question, ports, {
      hosts,
      app: app.key,
      verifier,
      code: returned.code,
      redirect: redirect?.uri,
      signal,
    });
    return signedIn(granted, app);
  } finally {
    redirect?.close();
  }
}

export const signIn = (question: Question, ports: SignInPorts): Promise<SignedIn> => signInWith(question, ports);

interface App {
  key: string;
  isOwn: boolean;
}

/** The one in the form, the one in the environment, the one of this build. @throws AppFailure invalid-input */
function appOf({ values, computer }: Question, builtIn: string): App {
  const own = (values.appKey ?? '').trim() || (computer.env['DROPBOX_APP_KEY'] ?? '').trim();
  const key = own || builtIn;
  if (key === '') throw failure('invalid-input', { field: 'appKey', params: { why: 'missing' } });
  if (!isAppKey(key)) throw failure('invalid-input', { field: 'appKey', params: { why: 'key' } });
  return { key, isOwn: key !== builtIn };
}

interface Page {
  app: string;
  verifier: string;
  state: string;
  redirect: string | undefined;
}

function pageOf({ www }: Hosts, { app, verifier, state, redirect }: Page): string {
  const query = new URLSearchParams({
    client_id: app,
    response_type: 'code',
    token_access_type: 'offline',
    code_challenge_method: 'S256',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    scope: scopes.join(' '),
    state,
    ...(redirect === undefined ? {} : { redirect_uri: redirect }),
  });
  return `${www}/oauth2/authorize?${query.toString()}`;
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

interface Exchange {
  hosts: Hosts;
  app: string;
  verifier: string;
  code: string;
  redirect: string | undefined;
  signal: AbortSignal;
}

async function exchange(
  { values }: Question,
  ports: SignInPorts,
  { hosts, app, verifier, code, redirect, signal }: Exchange,
): Promise<Granted> {
  const way = ports.way ?? openWay(v.parse(commonSettings, values), ports.network);
  try {
    const handler = new FilePartHandler(way);
    const form = {
      grant_type: 'authorization_code',
      code,
      client_id: app,
      code_verifier: verifier,
      ...(redirect === undefined ? {} : { redirect_uri: redirect }),
    };
    // A code works once: if the answer is lost it is asked for anew, by the person.
    return await askForTokens(
      (asked, its) => postForm(handler, hosts, asked, { signal: its, attempts: 1, retryMs: 0 }),
      form,
      signal,
    );
  } finally {
    if (way !== ports.way) way.close();
  }
}

function signedIn({ refresh_token: refreshToken, scope }: Granted, { key, isOwn }: App): SignedIn {
  if (refreshToken === undefined) throw failure('wrong-service', { params: { of: 'dropbox', host: 'Dropbox' } });
  const granted = scope?.split(' ');
  const missing = granted && scopes.find((one) => !granted.includes(one));
  // Every upload would fail, or every link.
  if (missing !== undefined)
    throw failure('forbidden', { field: 'account', params: { of: 'dropbox', why: 'scope', scope: missing } });
  return {
    value: writeAccount({ by: 'refresh', refreshToken, appKey: key }),
    ...(isOwn ? { settings: { appKey: key } } : {}),
  };
}
