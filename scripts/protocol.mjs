// `npm run test:protocol`: what the servers on loopback say, held against the services' own specifications, and against programs of
// other people. Tests write down what they found into the file of HOIST_PROTOCOL_REPORT (a line of JSON each); here it is summed up.
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
  if (services.length === 0) return ['nothing was held against a specification: see above for what was skipped'];
  return services.map((service) => {
    const entries = lines.filter(({ what }) => what === service);
    const messages = entries.reduce((sum, { messages = 0 }) => sum + messages, 0);
    const clients = [...new Set(entries.flatMap(({ client }) => client ?? []))];
    return `${service}: ${messages > 0 ? `${messages} requests and answers decoded strictly against its specification` : 'no specification here'}; other clients that passed: ${clients.join(', ') || 'none'}`;
  });
}
