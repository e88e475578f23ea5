// `npm run test:protocol`: checks the loopback servers against the services' specifications and with other clients. The
// tests append one line of JSON per result to the file HOIST_PROTOCOL_REPORT; this script prints a summary.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runProcess } from './child-process.mjs';
import { runMain } from './run-main.mjs';
import { root } from './set-up.mjs';

await runMain(async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hoist-protocol-'));
  const report = path.join(folder, 'report');
  try {
    // The tests of both providers, without those that kill processes, and the tests of the loopback servers.
    const tests = fs
      .readdirSync(root, { recursive: true, encoding: 'utf8' })
      .map((file) => file.replaceAll('\\', '/'))
      .filter(
        (file) =>
          !file.includes('node_modules/') &&
          /^(src-main\/providers\/(dropbox|fal)\/(?!crash-recovery)\w[\w.-]*|e2e\/servers\/(dropbox|fal)\/[\w.-]+)\.test\.ts$/.test(
            file,
          ),
      );
    const { code } = await runProcess(
      process.execPath,
      [path.join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...tests, ...process.argv.slice(2)],
      { cwd: root, env: { ...process.env, HOIST_PROTOCOL_REPORT: report }, output: 'inherit' },
    );
    for (const line of summarize(report)) process.stdout.write(`${line}\n`);
    return code === 0 ? 0 : 1;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

/** @param {string} report */
function summarize(report) {
  /** @type {{ what: string, messages?: number, client?: string }[]} */
  const lines = fs.existsSync(report)
    ? fs
        .readFileSync(report, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];
  const services = [...new Set(lines.map(({ what }) => what))].sort();
  if (services.length === 0)
    return ['no message was checked against a specification; the skipped tests are listed above'];
  return services.map((service) => {
    const entries = lines.filter(({ what }) => what === service);
    const messages = entries.reduce((sum, { messages = 0 }) => sum + messages, 0);
    const clients = [...new Set(entries.flatMap(({ client }) => client ?? []))];
    return `${service}: ${messages > 0 ? `${messages} requests and responses match its specification` : 'no specification here'}; other clients that passed: ${clients.join(', ') || 'none'}`;
  });
}
