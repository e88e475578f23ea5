// `npm run test:live -- [PROVIDER]`: the provider suite on real accounts. The environment has their keys; without them
// the suite prints the variables that it needs.
import { runMain } from './run-main.mjs';
import { runProviderTests } from './test/providers.mjs';

await runMain(() => runProviderTests('live', process.argv.slice(2), { ...process.env, HOIST_LIVE: '1' }));
