// Another Hoist process for the tests: takes folder and settings file, says `ready`, then does what each line says and
// prints one line of JSON. Ends with the process that started it.
import fs from 'node:fs';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { createServer } from 'vite';

const [folder = '', keptFile = ''] = process.argv.slice(2);
// Only to read TypeScript; nothing is served.
const vite = await createServer({
  configFile: false,
  logLevel: 'silent',
  server: { middlewareMode: true, watch: null, ws: false, hmr: false },
  optimizeDeps: { noDiscovery: true },
  appType: 'custom',
});
const { Practice } = await vite.ssrLoadModule(new URL('../practice.ts', import.meta.url).pathname);

const practice = new Practice({
  folder,
  now: Date.now,
  randomBytes,
  kept: {
    get: () => (fs.existsSync(keptFile) ? JSON.parse(fs.readFileSync(keptFile, 'utf8')) : undefined),
    set: (/** @type {unknown} */ settings) => {
      fs.writeFileSync(`${keptFile}.${process.pid}`, JSON.stringify(settings));
      fs.renameSync(`${keptFile}.${process.pid}`, keptFile);
    },
  },
});

/** @type {Record<string, () => Promise<object>>} */
const words = {
  ensure: async () => {
    const { address, here } = await practice.ensure();
    return { ...address, here };
  },
  close: () => practice.close(),
  usage: () => practice.usage(),
  empty: () => practice.empty(),
  memory: async () => ({ peakBytes: process.resourceUsage().maxRSS * 1024 }),
};
const past = { ensure: 'ensured', close: 'closed', usage: 'usage', empty: 'emptied', memory: 'memory' };

const say = (/** @type {object} */ told) => process.stdout.write(`${JSON.stringify(told)}\n`);
say({ said: 'ready' });
for await (const line of createInterface({ input: process.stdin })) {
  try {
    say({ said: past[/** @type {keyof typeof past} */ (line)], ...(await words[line]?.()) });
  } catch (error) {
    say({ said: 'failed', message: String(error) });
  }
}
process.exit();
