/** The conformance suite on a real account, or on the loopback server in its place. */
import { FalServer } from '../../../e2e/servers/fal/server.ts';
import { liveConformance } from '../testing/live-conformance.ts';
import { createLiveFalSubject, requiredFalVariables } from './testing/live-account.ts';
import { falTestKey, falTestSizes, falProviderAt } from './testing/fal-fixture.ts';

liveConformance('fal.ai', {
  required: requiredFalVariables,
  start: createLiveFalSubject,
  startLoopback: async () => {
    const server = await FalServer.start({ keys: { [falTestKey]: {} } });
    return createLiveFalSubject(
      { HOIST_LIVE_FAL_KEY: falTestKey },
      { provider: falProviderAt(server.origin), ...falTestSizes, reach: 'this-computer', stop: () => server.stop() },
    );
  },
});
