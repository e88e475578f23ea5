// A separate process that uploads to fal.ai, so that a test can kill it. Arguments: the service's address, the file's
// size in bytes, the checkpoint file, from which it resumes, and the key. Prints the ref at the end. Exits when its
// parent process exits.
import fs from 'node:fs';
import { randomBytes } from 'node:crypto';
import { createServer } from 'vite';

const [address = '', size = '0', checkpointFile = '', key = ''] = process.argv.slice(2);
// Vite only compiles TypeScript here; it serves no requests.
const vite = await createServer({
  configFile: false,
  logLevel: 'silent',
  server: { middlewareMode: true, watch: null, ws: false, hmr: false },
  optimizeDeps: { noDiscovery: true },
  appType: 'custom',
});
const { connectFal } = await vite.ssrLoadModule(new URL('../driver.ts', import.meta.url).pathname);
const { patternSource } = await vite.ssrLoadModule(
  new URL('../../testing/pattern-source.ts', import.meta.url).pathname,
);

process.stdin.resume();
process.stdin.once('end', () => process.exit());

const hosts = { 'https://rest.fal.ai': address, 'https://api.fal.ai': address };
const driver = connectFal(
  { key, expirySeconds: 86_400, access: 'public', linkDays: 7 },
  { now: Date.now, randomBytes },
  { hosts },
);
const ref = await driver.upload({
  source: patternSource(Number(size), { name: 'large.bin' }),
  signal: new AbortController().signal,
  ...(fs.existsSync(checkpointFile) ? { checkpoint: JSON.parse(fs.readFileSync(checkpointFile, 'utf8')) } : {}),
  onProgress: () => undefined,
  onCheckpoint: async (/** @type {unknown} */ checkpoint) => {
    fs.writeFileSync(`${checkpointFile}.new`, JSON.stringify(checkpoint));
    fs.renameSync(`${checkpointFile}.new`, checkpointFile);
  },
});
process.stdout.write(JSON.stringify(ref));
driver.close();
await vite.close();
process.exit();
