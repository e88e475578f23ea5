/** Signs out at Dropbox: revokes the refresh token and every access token created from it. */
import type { FieldValues } from '../../../src-shared/profile.ts';
import type { DriverPorts, SignOutRequest } from '../contract/provider.ts';
import type { Transport } from '../network/transport.ts';
import { FilePartHandler } from '../transfer/request-handler.ts';
import { parseCredentials, type DropboxCredentials } from './credentials.ts';
import { DropboxClientFactory } from './client-factory.ts';
import { dropboxHosts, type DropboxHosts } from './send-request.ts';
import { TokenRequestError } from './access-tokens.ts';

/** @throws whatever the SDK and the network throw */
export async function revokeDropboxSignIn(
  { values, others, signal }: SignOutRequest,
  ports: DriverPorts & { transport: Transport },
  hosts: DropboxHosts,
): Promise<void> {
  const credentials = credentialsIssuedToHoist(values);
  // Keeps a token that another destination uses.
  if (!credentials || others.some((other) => isSameToken(refreshCredentialsOf(other), credentials))) return;
  const clientFactory = new DropboxClientFactory({
    credentials,
    handler: new FilePartHandler(ports.transport),
    hosts,
    retry: { attempts: 1, retryMs: 0 },
    now: ports.now,
  });
  try {
    await clientFactory.create({ signal }).authTokenRevoke();
  } catch (cause) {
    // The token is already revoked, for example on Dropbox's own page.
    if (!(cause instanceof TokenRequestError && cause.reason === 'invalid_grant')) throw cause;
  } finally {
    clientFactory.close();
  }
}

export const signOutOfDropbox = (
  request: SignOutRequest,
  ports: DriverPorts & { transport: Transport },
): Promise<void> => revokeDropboxSignIn(request, ports, dropboxHosts);

type RefreshCredentials = Extract<DropboxCredentials, { kind: 'refresh' }>;

function refreshCredentialsOf({ account: credentials = '', appKey = '' }: FieldValues): RefreshCredentials | undefined {
  const parsed = parseCredentials(credentials, appKey);
  return typeof parsed === 'object' && parsed.kind === 'refresh' ? parsed : undefined;
}

/** Hoist saves its own tokens as JSON without an app secret. All other credentials were provided by the user. */
function credentialsIssuedToHoist(values: FieldValues): RefreshCredentials | undefined {
  const credentials = refreshCredentialsOf(values);
  return credentials && (values.account ?? '').trim().startsWith('{') && credentials.appSecret === undefined
    ? credentials
    : undefined;
}

const isSameToken = (other: RefreshCredentials | undefined, { refreshToken }: RefreshCredentials): boolean =>
  other?.refreshToken === refreshToken;
