import fs from 'node:fs';
import path from 'node:path';
import { defineConfig } from 'playwright/test';

// The seed of samples, the same in all workers (src-main/testing/sample.ts).
process.env.HOIST_SAMPLE_SEED ??= String(Date.now() % 1_000_000);

// With several desktops (HOIST_DESKTOPS in e2e/desktop.sh), one worker runs on each, with its own screen, clipboard, tray
// and HOME. Worker 0 uses the desktop of this process; the others read the variables of their desktop from a file.
const moreDesktops = process.env.HOIST_MORE_DESKTOPS;
const worker = process.env.TEST_PARALLEL_INDEX ?? '0';
if (moreDesktops && worker !== '0') {
  const variables = fs.readFileSync(path.join(moreDesktops, worker), 'utf8').split('\0').filter(Boolean);
  for (const variable of variables) {
    const name = variable.slice(0, variable.indexOf('='));
    if (/^(HOME|TMPDIR|DISPLAY|XAUTHORITY|XDG_.*|DBUS_.*|HOIST_IN_DESKTOP)$/.test(name))
      process.env[name] = variable.slice(name.length + 1);
  }
}

// HOIST_KEYRING (e2e/desktop.sh) decides which files run: NAME.spec.ts need an unlocked keyring,
// NAME.no-keyring.spec.ts need a desktop without one, NAME.locked-keyring.spec.ts a locked one.
const keyringPatterns = { none: '**/*.no-keyring.spec.ts', locked: '**/*.locked-keyring.spec.ts' };
const keyringOnly = keyringPatterns[process.env.HOIST_KEYRING as keyof typeof keyringPatterns];

export default defineConfig({
  testDir: 'e2e',
  testMatch: keyringOnly ?? '**/*.spec.ts',
  testIgnore: keyringOnly ? [] : Object.values(keyringPatterns),
  globalSetup: './e2e/global-setup.ts',
  outputDir: 'out/test-results',
  preserveOutput: 'failures-only',
  workers: moreDesktops ? 1 + fs.readdirSync(moreDesktops).length : 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: Boolean(process.env.HOIST_NO_SKIP),
  reporter: [['list'], ['json', { outputFile: process.env.HOIST_E2E_REPORT ?? 'out/test/e2e.json' }]],
});
