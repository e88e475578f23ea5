/** What this computer already has for Dropbox: the variables of its tools. Offered, never used unasked. */
import type { Computer, Found } from '../provider.ts';
import { writeAccount } from './account.ts';
import { builtInAppKey } from './app-key.ts';

/** A refresh token goes before an access token: that one ends after four hours. */
export function foundOn({ env }: Computer): Found[] {
  const of = (name: string): string => (env[name] ?? '').trim();
  const [refreshToken, accessToken, appSecret] = [
    of('DROPBOX_REFRESH_TOKEN'),
    of('DROPBOX_ACCESS_TOKEN'),
    of('DROPBOX_APP_SECRET'),
  ];
  const own = of('DROPBOX_APP_KEY') || of('HOIST_DROPBOX_APP_KEY');
  const appKey = own || builtInAppKey;
  const offer = (from: string, values: Found['values']): Found[] => [
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
    return offer('DROPBOX_REFRESH_TOKEN', {
      ...(own === '' ? {} : { appKey: own }),
      account: writeAccount({ by: 'refresh', refreshToken, appKey, ...(appSecret === '' ? {} : { appSecret }) }),
    });
  }
  return accessToken === ''
    ? []
    : offer('DROPBOX_ACCESS_TOKEN', { account: writeAccount({ by: 'access', accessToken }) });
}
