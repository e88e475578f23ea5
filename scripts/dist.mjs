// `npm run dist -- TARGET… [electron-builder's options]`: makes packages in release/. `npm run dist -- dir` makes the
// folder release/linux-unpacked, `npm run dist -- deb tar.gz` makes two packages. Sets up and builds first when needed.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ensureBuilt } from './build.mjs';
import { findSupportProblem } from './electron-support.mjs';
import { withLock } from './lock.mjs';
import { forwardSignals, runProcess } from './child-process.mjs';
import { UserError, runMain, log } from './run-main.mjs';
import { root, setUp } from './set-up.mjs';

const require = createRequire(import.meta.url);

await runMain(async () => {
  const runtime = await setUp({ for: 'start' });
  checkSupport(runtime);
  const build = await ensureBuilt(root);
  await withLock(path.join(root, 'out', 'dist.lock'), () => pack(runtime, build), {
    onWait: () => log('another `npm run dist` is running in this checkout; waiting for it …'),
  });
});

/** Refuses an Electron without security fixes, except the test runtime. @param {import('./electron-runtime.mjs').Runtime} runtime */
function checkSupport(runtime) {
  const problem = runtime.isTest ? undefined : findSupportProblem(electronVersion(runtime.dist), new Date());
  if (problem) throw new UserError(problem);
}

/** @param {string} dist the folder of an Electron */
function electronVersion(dist) {
  return fs.readFileSync(path.join(dist, 'version'), 'utf8').trim().replace(/^v/, '');
}

/** @param {import('./electron-runtime.mjs').Runtime} runtime @param {string} build the folder of the build */
async function pack(runtime, build) {
  log(
    `packing with ${runtime.source}${runtime.isTest ? ': for tests, not for a release (no check of its end of life)' : ''} …`,
  );
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let builder;
  forwardSignals(() => builder);
  const { code, out } = await runProcess(
    process.execPath,
    [
      require.resolve('electron-builder/cli.js'),
      ...withPlatformFlag(process.argv.slice(2)),
      '--publish=never',
      ...runtimeFlags(runtime),
    ],
    {
      cwd: root,
      env: { ...process.env, HOIST_BUILD: path.relative(root, build), FORCE_COLOR: '0' },
      output: 'capture',
      onStart: (child) => {
        builder = child;
      },
    },
  );
  if (code !== 0) {
    // Electron-builder prints a harmless line for each package that is installed in several versions.
    const lines = out.split('\n').filter((line) => !line.includes('duplicate dependency'));
    throw new UserError(`electron-builder ended with ${code}:\n${lines.join('\n').trimEnd()}`);
  }
  // Lines such as `  • building  target=deb arch=x64 file=release/hoist.deb`.
  for (const [, artifact] of out.matchAll(/^ +• (?:packaging|building) .*(?:appOutDir|file)=(\S+)/gm))
    log(`made ${artifact}`);
}

/** Adds the flag of this system unless another system was chosen. @param {string[]} args */
function withPlatformFlag(args) {
  const hasPlatformFlag = args.some((arg) => /^(--(linux|mac|macos|win|windows)|-[lmow])$/.test(arg));
  return hasPlatformFlag ? args : [platformFlag(), ...args];
}

function platformFlag() {
  if (process.platform === 'darwin') return '--mac';
  return process.platform === 'win32' ? '--win' : '--linux';
}

/**
 * Options that package this Electron. The name of a package with the test runtime ends with `-test`.
 * @param {import('./electron-runtime.mjs').Runtime} runtime
 */
function runtimeFlags({ dist, isTest }) {
  return [
    `-c.electronDist=${dist}`,
    `-c.electronVersion=${electronVersion(dist)}`,
    ...(isTest ? ['-c.artifactName=${name}-${version}-${arch}-test.${ext}'] : []),
  ];
}
