/** Signing out at Dropbox: the refresh token ends there, and every access token that was made of it. */
import type { FieldValues } from '../../../src-shared/profile.ts';
import type { DriverPorts, SigningOut } from '../provider.ts';
import type { Way } from '../network.ts';
import { FilePartHandler } from '../sending/request-handler.ts';
import { readAccount, type Account } from './account.ts';
import { Clients } from './client.ts';
import { dropboxHosts, type Hosts } from './send.ts';
import { TokenRefused } from './tokens.ts';

/** @throws what the SDK and the network throw */
export async function signOutWith(
  { values, others, signal }: SigningOut,
  ports: DriverPorts & { way: Way },
  hosts: Hosts,
): Promise<void> {
  const account = signedInHere(values);
  if (!account || others.some((one) => isSame(accountIn(one), account))) return;
  const clients = new Clients({
    account,
    handler: new FilePartHandler(ports.way),
    hosts,
    patience: { attempts: 1, retryMs: 0 },
    now: ports.now,
  });
  try {
    await clients.for({ signal }).authTokenRevoke();
  } catch (cause) {
    // Somebody was quicker, on Dropbox's own page perhaps.
    if (!(cause instanceof TokenRefused && cause.reason === 'invalid_grant')) throw cause;
  } finally {
    clients.close();
  }
}

export const signOut = (leaving: SigningOut, ports: DriverPorts & { way: Way }): Promise<void> =>
  signOutWith(leaving, ports, dropboxHosts);

type Refreshing = Extract<Account, { by: 'refresh' }>;

function accountIn({ account = '', appKey = '' }: FieldValues): Refreshing | undefined {
  const read = readAccount(account, appKey);
  return typeof read === 'object' && read.by === 'refresh' ? read : undefined;
}

/** Tokens that people brought are not written as ours are, or come with a secret that Hoist never has. */
function signedInHere(values: FieldValues): Refreshing | undefined {
  const account = accountIn(values);
  return account && (values.account ?? '').trim().startsWith('{') && account.appSecret === undefined
    ? account
    : undefined;
}

const isSame = (one: Refreshing | undefined, { refreshToken }: Refreshing): boolean =>
  one?.refreshToken === refreshToken;
