// Another Hoist process for the tests. Its arguments are the folder and the settings file. It prints `ready`, then runs
// the command of each input line and prints one line of JSON. It ends with the process that started it.
import fs from 'node:fs';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { createServer } from 'vite';

const [folder = '', settingsFile = ''] = process.argv.slice(2);
// Vite only compiles TypeScript here; it serves nothing.
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
  storedSettings: {
    get: () => (fs.existsSync(settingsFile) ? JSON.parse(fs.readFileSync(settingsFile, 'utf8')) : undefined),
    set: (/** @type {unknown} */ settings) => {
      fs.writeFileSync(`${settingsFile}.${process.pid}`, JSON.stringify(settings));
      fs.renameSync(`${settingsFile}.${process.pid}`, settingsFile);
    },
  },
});

/** @type {Record<string, () => Promise<object>>} */
const commands = {
  ensure: async () => {
    const { address, isHost } = await practice.ensure();
    return { ...address, isHost };
  },
  close: () => practice.close(),
  usage: () => practice.usage(),
  empty: () => practice.empty(),
  memory: async () => ({ peakBytes: process.resourceUsage().maxRSS * 1024 }),
};
/** The event that reports the end of each command. */
const doneEvents = { ensure: 'ensured', close: 'closed', usage: 'usage', empty: 'emptied', memory: 'memory' };

const send = (/** @type {object} */ message) => process.stdout.write(`${JSON.stringify(message)}\n`);
send({ event: 'ready' });
for await (const line of createInterface({ input: process.stdin })) {
  try {
    send({ event: doneEvents[/** @type {keyof typeof doneEvents} */ (line)], ...(await commands[line]?.()) });
  } catch (error) {
    send({ event: 'failed', message: String(error) });
  }
}
process.exit();
