import { defineConfig } from 'playwright/test';

// Which desktop this run is in (e2e/desktop.sh) decides which files belong to it: NAME.spec.ts want the usual one, with a
// keyring; NAME.no-keyring.spec.ts and NAME.locked-keyring.spec.ts are for the other two.
const keyringPatterns = { none: '**/*.no-keyring.spec.ts', locked: '**/*.locked-keyring.spec.ts' };
const keyringOnly = keyringPatterns[process.env.HOIST_KEYRING as keyof typeof keyringPatterns];

export default defineConfig({
  testDir: 'e2e',
  testMatch: keyringOnly ?? '**/*.spec.ts',
  testIgnore: keyringOnly ? [] : Object.values(keyringPatterns),
  globalSetup: './e2e/global-setup.ts',
  outputDir: 'out/test-results',
  preserveOutput: 'failures-only',
  workers: 1, // one screen, one clipboard, one tray
  // A shared machine can stall a test once; the list then says "flaky".
  retries: process.env.CI ? 1 : 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: Boolean(process.env.HOIST_NO_SKIP),
  reporter: [['list'], ['json', { outputFile: process.env.HOIST_E2E_REPORT ?? 'out/test/e2e.json' }]],
});
