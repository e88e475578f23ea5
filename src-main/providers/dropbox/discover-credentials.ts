/**
 * Finds Dropbox credentials in the environment variables of its tools. They are offered to the user, never used without
 * confirmation.
 */
import type { Computer } from '../../platform/computer.ts';
import type { DiscoveredCredentials } from '../contract/provider.ts';
import { serializeCredentials } from './credentials.ts';
import { builtInAppKey } from './app-key.ts';

/** A refresh token with an app key takes precedence over an access token, which expires after four hours. */
export function discoverDropboxCredentials({ env }: Computer): DiscoveredCredentials[] {
  const variable = (name: string): string => (env[name] ?? '').trim();
  const [refreshToken, accessToken, appSecret] = [
    variable('DROPBOX_REFRESH_TOKEN'),
    variable('DROPBOX_ACCESS_TOKEN'),
    variable('DROPBOX_APP_SECRET'),
  ];
  const userAppKey = variable('DROPBOX_APP_KEY') || variable('HOIST_DROPBOX_APP_KEY');
  const appKey = userAppKey || builtInAppKey;
  const credentialsFrom = (from: string, values: DiscoveredCredentials['values']): DiscoveredCredentials[] => [
    {
      id: 'dropbox-environment',
      name: 'Dropbox',
      from,
      values: { linkKind: 'direct', ...values },
      use: 'environment',
      needs: [],
    },
  ];
  if (refreshToken !== '' && appKey !== '') {
    return credentialsFrom('DROPBOX_REFRESH_TOKEN', {
      ...(userAppKey === '' ? {} : { appKey: userAppKey }),
      account: serializeCredentials({
        kind: 'refresh',
        refreshToken,
        appKey,
        ...(appSecret === '' ? {} : { appSecret }),
      }),
    });
  }
  return accessToken === ''
    ? []
    : credentialsFrom('DROPBOX_ACCESS_TOKEN', { account: serializeCredentials({ kind: 'access', accessToken }) });
}
