/** The conformance suite on a real account, or on the loopback server in its place. */
import { liveConformance } from '../testing/live-conformance.ts';
import {
  createLiveDropboxSubject,
  optionalDropboxVariables,
  requiredDropboxVariables,
} from './testing/live-account.ts';
import { dropboxHostsAt, DropboxFixture, dropboxProviderAt } from './testing/dropbox-fixture.ts';

liveConformance('Dropbox', {
  required: requiredDropboxVariables,
  optional: optionalDropboxVariables,
  start: createLiveDropboxSubject,
  startLoopback: async () => {
    const fixture = await DropboxFixture.start();
    const { url } = fixture.server;
    return createLiveDropboxSubject(
      { HOIST_LIVE_DROPBOX_REFRESH_TOKEN: fixture.refreshToken, HOIST_LIVE_DROPBOX_APP_KEY: fixture.app.key },
      {
        hosts: dropboxHostsAt(url),
        provider: dropboxProviderAt(url),
        reach: 'this-computer',
        stop: () => fixture.stop(),
      },
    );
  },
});
