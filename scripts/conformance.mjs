// `npm run test:conformance -- [PROVIDER]`: runs the shared provider suite for all providers or for one, with every
// case.
import { runMain } from './run-main.mjs';
import { runProviderTests } from './test/providers.mjs';

await runMain(() => runProviderTests('conformance', process.argv.slice(2), { HOIST_TESTS: 'full', ...process.env }));
