import { resolveElectron } from '../scripts/electron-runtime.mjs';

/** Sets ELECTRON_OVERRIDE_DIST_PATH to the folder of the Electron that the tests start. */
export default async function globalSetup(): Promise<void> {
  const runtime = await resolveElectron();
  process.env.ELECTRON_OVERRIDE_DIST_PATH = runtime.dist;
  process.stdout.write(`${runtime.source}\n`);
}
