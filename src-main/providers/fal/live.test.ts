/** The provider suite on an account that somebody has, and on the loopback server as if it were one. */
import { FalServer } from '../../../e2e/servers/fal/server.ts';
import { live } from '../testing/live.ts';
import { accountOf, needs } from './testing/account.ts';
import { key, sizes, tuned } from './testing/subject.ts';

live('fal.ai', {
  needs,
  start: accountOf,
  standIn: async () => {
    const server = await FalServer.start({ keys: { [key]: {} } });
    return accountOf(
      { HOIST_LIVE_FAL_KEY: key },
      { provider: tuned(server.origin), ...sizes, reach: 'this-computer', stop: () => server.stop() },
    );
  },
});
