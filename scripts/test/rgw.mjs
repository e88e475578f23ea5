// The real S3 server for the tests, started and stopped by e2e/servers/rgw.sh.
import path from 'node:path';
import { runProcess } from '../child-process.mjs';

const CANNOT_BE_INSTALLED = 3;

/**
 * @typedef {{ state: 'running', env: Record<string, string> } | { state: 'unavailable' | 'failed', reason: string }}
 *   RgwServer
 * `unavailable`: this machine cannot run one; `failed`: it did not start
 */

/**
 * @param {{ root: string, folder: string }} where `folder`: one per run, so that parallel runs stay separate
 * @returns {Promise<RgwServer>}
 */
export async function startRgw({ root, folder }) {
  const { code, out } = await runProcess('bash', [rgwScript(root), 'start'], {
    output: 'capture',
    env: rgwEnv(folder),
  });
  if (code === 0) return { state: 'running', env: await parseExports(out) };
  const reason = out
    .split('\n')
    .filter((line) => line && !line.startsWith('export '))
    .slice(code === CANNOT_BE_INSTALLED ? -1 : -20)
    .join('\n');
  return {
    state: code === CANNOT_BE_INSTALLED || process.platform === 'win32' ? 'unavailable' : 'failed',
    reason: reason.replace(/^rgw: /, ''),
  };
}

/** @param {{ root: string, folder: string }} where */
export const stopRgw = ({ root, folder }) =>
  runProcess('bash', [rgwScript(root), 'wipe'], { output: 'drop', env: rgwEnv(folder) });

/** @param {string} root */
const rgwScript = (root) => path.join(root, 'e2e', 'servers', 'rgw.sh');

/** @param {string} folder */
const rgwEnv = (folder) => ({ ...process.env, RGW_DIR: folder, RGW_PORT: 'auto', RGW_TLS_PORT: 'auto' });

/**
 * The variables that the lines `export NAME=value` set; a shell removes the quoting.
 * @param {string} text
 * @returns {Promise<Record<string, string>>}
 */
async function parseExports(text) {
  const lines = text.split('\n').filter((line) => line.startsWith('export '));
  const names = lines.map((line) => line.slice('export '.length, line.indexOf('=')));
  const { out } = await runProcess(
    'bash',
    ['-c', 'eval "$0"; for name; do printf "%s\\0" "${!name}"; done', lines.join('\n'), ...names],
    { output: 'capture' },
  );
  const values = out.split('\0');
  return Object.fromEntries(names.map((name, i) => [name, values[i] ?? '']));
}
