import { resolveElectron } from '../scripts/electron-runtime.mjs';

/** Chooses the Electron for the tests: e2e files pass `$ELECTRON_OVERRIDE_DIST_PATH/electron` as executablePath. */
export default async function globalSetup(): Promise<void> {
  const runtime = await resolveElectron();
  process.env.ELECTRON_OVERRIDE_DIST_PATH = runtime.dist;
  process.stdout.write(`${runtime.source}\n`);
}
