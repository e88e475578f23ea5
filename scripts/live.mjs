// `npm run test:live -- [PROVIDER]`: the same suite on real accounts, whose keys are in the environment. Where there are none, it says
// which variables it needs.
import { runMain } from './run-main.mjs';
import { runProviderTests } from './test/providers.mjs';

await runMain(() => runProviderTests('live', process.argv.slice(2), { ...process.env, HOIST_LIVE: '1' }));
