// `npm run test:full -- [PART OR FILES]`: `npm test` with every case of the fault sweeps, simulations and process
// kills.
process.env.HOIST_TESTS = 'full';
await import('./test.mjs');
