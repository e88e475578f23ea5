// A separate process that uploads a file to Dropbox, so that a test can kill it. Arguments: the server's address, the
// settings as JSON, the file, and the checkpoint file. Prints the ref at the end.
import { readFileSync, existsSync, writeFileSync, renameSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { createServer } from 'vite';

const [url = '', values = '{}', file = '', checkpointFile = ''] = process.argv.slice(2);
// Only compiles TypeScript; it serves no requests.
const vite = await createServer({
  configFile: false,
  logLevel: 'silent',
  server: { middlewareMode: true, watch: null, ws: false, hmr: false },
  optimizeDeps: { noDiscovery: true },
  appType: 'custom',
});
const load = (/** @type {string} */ name) => vite.ssrLoadModule(new URL(name, import.meta.url).pathname);
const [{ connectDestination }, { dropbox }, { connectDropbox }, { dropboxErrorOf }, { openFileSource }] =
  await Promise.all(
    [
      '../../destination/connect.ts',
      '../index.ts',
      '../driver.ts',
      '../errors.ts',
      '../../testing/pattern-source.ts',
    ].map(load),
  );

const hosts = {
  api: `${url}/api.dropboxapi.com`,
  content: `${url}/content.dropboxapi.com`,
  www: `${url}/www.dropbox.com`,
};
const provider = {
  ...dropbox,
  load: async () => ({
    connect: (/** @type {unknown} */ settings, /** @type {unknown} */ ports) =>
      connectDropbox(settings, ports, { hosts, partBytes: 4 * 1024 * 1024 }),
    errorOf: dropboxErrorOf,
  }),
};
const destination = await connectDestination(provider, JSON.parse(values), { now: Date.now, randomBytes });
const ref = await destination.upload({
  source: await openFileSource(file, { name: 'large.bin' }),
  signal: new AbortController().signal,
  onProgress: () => undefined,
  ...(existsSync(checkpointFile) ? { checkpoint: JSON.parse(readFileSync(checkpointFile, 'utf8')) } : {}),
  onCheckpoint: async (/** @type {unknown} */ checkpoint) => {
    writeFileSync(`${checkpointFile}.new`, JSON.stringify(checkpoint));
    renameSync(`${checkpointFile}.new`, checkpointFile);
  },
});
process.stdout.write(JSON.stringify(ref));
process.exit();
