// The Vite plugin of `npm run dev`: builds main and preload in watch mode and starts Electron with the dev server.
// Restarts Electron when main changed, and reloads the page when the preload script changed.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { hostArgs, resolveElectron, runtimeEnv } from './electron-runtime.mjs';

/**
 * @param {{ root: string }} options
 * @returns {import('vite').Plugin}
 */
export function electronDev({ root }) {
  return {
    name: 'hoist:electron-dev',
    apply: 'serve',
    configureServer(server) {
      if (server.config.server.middlewareMode || process.env.VITEST) return;
      server.httpServer?.once('listening', () => {
        startElectron(server, root).catch((error) => {
          server.config.logger.error(String(error?.message ?? error));
          process.exit(1);
        });
      });
    },
  };
}

/**
 * @param {import('vite').ViteDevServer} server
 * @param {string} root
 */
async function startElectron(server, root) {
  const { createBuilder } = await import('vite');
  const electron = createElectronProcess(server, await resolveElectron(), root);
  const builder = await createBuilder({
    configFile: path.join(root, 'vite.config.ts'),
    logLevel: 'warn',
    mode: 'development',
    build: { watch: {} },
  });
  /** @type {Set<string>} */
  const built = new Set();
  for (const name of ['main', 'preload']) {
    const watcher = /** @type {import('vite').Rolldown.RolldownWatcher} */ (
      await builder.build(/** @type {any} */ (builder.environments[name]))
    );
    watcher.on('event', (event) => {
      if (event.code === 'ERROR') return server.config.logger.error(String(event.error));
      if (event.code !== 'END') return;
      const isFirst = !built.has(name);
      built.add(name);
      // Electron starts when both main and preload have been built.
      if (built.size < 2) return;
      if (isFirst) electron.start();
      else if (name === 'preload') server.ws.send({ type: 'full-reload' });
      else electron.restart();
    });
  }
}

/**
 * @param {import('vite').ViteDevServer} server
 * @param {import('./electron-runtime.mjs').Runtime} runtime
 * @param {string} root
 */
function createElectronProcess(server, runtime, root) {
  const address = server.httpServer?.address();
  const port = typeof address === 'object' && address ? address.port : server.config.server.port;
  const env = { ...runtimeEnv(), HOIST_DEV_SERVER_URL: `http://127.0.0.1:${port}/` };
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  let restarting = false;

  const start = () => {
    server.config.logger.info(runtime.source, { timestamp: true });
    child = spawn(runtime.exe, [...hostArgs(), root], { stdio: 'inherit', env });
    child.once('exit', (code) => {
      if (restarting) {
        restarting = false;
        start();
      } else void server.close().finally(() => process.exit(code ?? 0));
    });
  };
  const restart = () => {
    if (restarting || !child) return;
    restarting = true;
    const old = child;
    old.kill();
    // The old app may ask the user before it closes, so it is killed after two seconds.
    setTimeout(() => {
      if (old.exitCode === null) old.kill('SIGKILL');
    }, 2000).unref();
  };
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
    process.once(signal, () => {
      if (child) child.kill(signal);
      else process.exit(130);
    });
  return { start, restart };
}
