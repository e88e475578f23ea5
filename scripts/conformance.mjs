// `npm run test:conformance -- [PROVIDER]`: the one suite that every provider passes, as it is for each provider, or for one of them.
import { runMain } from './run-main.mjs';
import { runProviderTests } from './test/providers.mjs';

await runMain(() => runProviderTests('conformance', process.argv.slice(2)));
