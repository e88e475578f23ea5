/** The provider suite on an account that somebody has, and on the loopback server as if it were one. */
import { live } from '../testing/live.ts';
import { accountOf, may, needs } from './testing/account.ts';
import { hostsAt, ServedDropbox, tuned } from './testing/subject.ts';

live('Dropbox', {
  needs,
  may,
  start: accountOf,
  standIn: async () => {
    const served = await ServedDropbox.start();
    const { url } = served.server;
    return accountOf(
      { HOIST_LIVE_DROPBOX_REFRESH_TOKEN: served.refreshToken, HOIST_LIVE_DROPBOX_APP_KEY: served.app.key },
      {
        hosts: hostsAt(url),
        provider: tuned(url),
        reach: 'this-computer',
        stop: () => served.stop(),
      },
    );
  },
});
