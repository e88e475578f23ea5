// System packages for Electron and the desktop tests. Installs them on Debian and Ubuntu as root, otherwise prints the
// exact command. Imports only Node.js modules.
import fs from 'node:fs';
import path from 'node:path';
import { runProcess } from './child-process.mjs';
import { UserError, log } from './run-main.mjs';

/**
 * @typedef {{ name: string, packages: string[] }} Requirement `packages`: the package's names in different releases of
 *   Debian and Ubuntu, newest release first
 */

/**
 * Libraries that Electron is linked against, by file. Names with t64 are those of Ubuntu 24.04, Debian 13 and later.
 * @type {Record<string, string[]>}
 */
const LINKED_LIBRARIES = {
  'libgtk-3.so.0': ['libgtk-3-0t64', 'libgtk-3-0'],
  'libgdk-3.so.0': ['libgtk-3-0t64', 'libgtk-3-0'],
  'libnss3.so': ['libnss3'],
  'libnssutil3.so': ['libnss3'],
  'libsmime3.so': ['libnss3'],
  'libnspr4.so': ['libnspr4'],
  'libgbm.so.1': ['libgbm1'],
  'libdrm.so.2': ['libdrm2'],
  'libasound.so.2': ['libasound2t64', 'libasound2'],
  'libatk-1.0.so.0': ['libatk1.0-0t64', 'libatk1.0-0'],
  'libatk-bridge-2.0.so.0': ['libatk-bridge2.0-0t64', 'libatk-bridge2.0-0'],
  'libatspi.so.0': ['libatspi2.0-0t64', 'libatspi2.0-0'],
  'libcups.so.2': ['libcups2t64', 'libcups2'],
  'libdbus-1.so.3': ['libdbus-1-3'],
  'libexpat.so.1': ['libexpat1'],
  'libcairo.so.2': ['libcairo2'],
  'libpango-1.0.so.0': ['libpango-1.0-0'],
  'libpangocairo-1.0.so.0': ['libpangocairo-1.0-0'],
  'libglib-2.0.so.0': ['libglib2.0-0t64', 'libglib2.0-0'],
  'libgobject-2.0.so.0': ['libglib2.0-0t64', 'libglib2.0-0'],
  'libgio-2.0.so.0': ['libglib2.0-0t64', 'libglib2.0-0'],
  'libX11.so.6': ['libx11-6'],
  'libX11-xcb.so.1': ['libx11-xcb1'],
  'libxcb.so.1': ['libxcb1'],
  'libXcomposite.so.1': ['libxcomposite1'],
  'libXdamage.so.1': ['libxdamage1'],
  'libXext.so.6': ['libxext6'],
  'libXfixes.so.3': ['libxfixes3'],
  'libXrandr.so.2': ['libxrandr2'],
  'libxkbcommon.so.0': ['libxkbcommon0'],
  'libudev.so.1': ['libudev1'],
};
/** Libraries that Electron loads on use. It starts without them, but cannot save keys or show notifications. */
const RUNTIME_LOADED_LIBRARIES = { 'libsecret-1.so.0': ['libsecret-1-0'], 'libnotify.so.4': ['libnotify4'] };

const COMMANDS = {
  Xvfb: 'xvfb',
  'xvfb-run': 'xvfb',
  xauth: 'xauth',
  'dbus-daemon': 'dbus',
  'dbus-send': 'dbus',
  openbox: 'openbox',
  xdotool: 'xdotool',
  wmctrl: 'wmctrl',
  xclip: 'xclip',
  import: 'imagemagick',
  convert: 'imagemagick',
  'gnome-keyring-daemon': 'gnome-keyring',
  'secret-tool': 'libsecret-tools',
  xprop: 'x11-utils',
  ps: 'procps',
};
const PYTHON_MODULES = { dbus: 'python3-dbus', gi: 'python3-gi' };
const FONTS = {
  '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf': 'fonts-dejavu-core',
  '/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf': 'fonts-noto-color-emoji',
};

/** Third-party S3 clients for the tests of Practice. The tests use the system's packages. */
const S3_CLIENTS = {
  '/usr/bin/rclone': 'rclone',
  '/usr/bin/aws': 'awscli',
  '/usr/bin/s3cmd': 's3cmd',
  '/usr/bin/curl': 'curl',
};
/** Dropbox's own client for the tests of its loopback server, and openssl for its certificates. */
const DROPBOX_CLIENTS = {
  '/usr/lib/python3/dist-packages/dropbox/__init__.py': 'python3-dropbox',
  '/usr/bin/openssl': 'openssl',
};
/** With strace, tests make system calls of the real app fail. */
const SYSCALL_TRACER = { '/usr/bin/strace': 'strace' };

/** Installs the libraries that Electron needs to start, and those that it loads later. @param {string} exe */
export async function ensureElectronLibraries(exe) {
  if (process.platform !== 'linux') return;
  const { out } = await runProcess('ldd', [exe], { output: 'capture' });
  const missing = [...out.matchAll(/^\s*(\S+) => not found/gm)].map(([, name]) =>
    requirement(name ?? '', LINKED_LIBRARIES[name ?? ''] ?? []),
  );
  const missingAtRuntime = await missingRuntimeLibraries();
  if (missing.length || (missingAtRuntime.length && canInstall()))
    await installRequired([...missing, ...missingAtRuntime], 'Electron needs system libraries');
}

/** Installs the programs, Python modules and fonts of the temporary desktop in which the tests run. */
export async function ensureDesktopTools() {
  if (process.platform !== 'linux') return;
  const missing = Object.entries(COMMANDS)
    .filter(([command]) => !isInPath(command))
    .map(([command, pkg]) => requirement(command, [pkg]));
  for (const [module, pkg] of Object.entries(PYTHON_MODULES)) {
    const { code } = await runProcess('/usr/bin/python3', ['-c', `import ${module}`], { output: 'drop' });
    if (code !== 0) missing.push(requirement(`python3 module ${module}`, [pkg]));
  }
  if (isDebian())
    for (const [file, pkg] of Object.entries(FONTS))
      if (!fs.existsSync(file)) missing.push(requirement(path.basename(file), [pkg]));
  if (missing.length) await installRequired(missing, 'the desktop tests need programs');
  await installOptionalPackages();
}

/** Installs packages that a release may lack. Without them, tests are skipped and say so. */
async function installOptionalPackages() {
  const missing = Object.entries({ ...S3_CLIENTS, ...DROPBOX_CLIENTS, ...SYSCALL_TRACER })
    .filter(([file]) => !fs.existsSync(file))
    .map(([, pkg]) => pkg);
  if (!missing.length || !canInstall()) return;
  if (!(await areAvailable(missing))) await apt('update', '-q');
  const known = await availablePackages(missing);
  const available = missing.filter((name) => known.has(name));
  if (available.length) await tryInstall(available);
}

/** @param {string} name @param {string[]} packages @returns {Requirement} */
const requirement = (name, packages) => ({ name, packages });

async function missingRuntimeLibraries() {
  const { code, out } = await runProcess('/sbin/ldconfig', ['-p'], { output: 'capture' });
  if (code !== 0) return [];
  return Object.entries(RUNTIME_LOADED_LIBRARIES)
    .filter(([name]) => !out.includes(`\t${name} `))
    .map(([name, packages]) => requirement(name, packages));
}

/** @param {string} command */
const isInPath = (command) =>
  (process.env.PATH ?? '').split(path.delimiter).some((folder) => folder && fs.existsSync(path.join(folder, command)));

const canInstall = () => isDebian() && process.getuid?.() === 0;

export function isDebian() {
  if (process.platform !== 'linux' || !isInPath('apt-get')) return false;
  const release = fs.existsSync('/etc/os-release') ? fs.readFileSync('/etc/os-release', 'utf8') : '';
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release);
}

/** @param {Requirement[]} requirements @param {string} reason */
async function installRequired(requirements, reason) {
  const names = requirements.map(({ name }) => name).join(', ');
  const unknown = requirements.filter(({ packages }) => !packages.length).map(({ name }) => name);
  if (!isDebian() || unknown.length) {
    throw new UserError(
      `${reason} that are missing here: ${(unknown.length ? unknown : [names]).join(', ')}. Install them with your system's package manager, then run the command again.`,
    );
  }
  if (!canInstall()) {
    const packages = await selectPackages(requirements);
    throw new UserError(
      `${reason} that are missing here: ${names}. Install them and run the command again:\n  sudo apt-get install -y ${packages.join(' ')}`,
    );
  }
  if (await tryInstall(await selectPackages(requirements))) return;
  log('reading the lists of system packages …');
  await apt('update', '-q');
  const packages = await selectPackages(requirements);
  if (!(await tryInstall(packages)))
    throw new UserError(
      `${reason} (${names}), and apt-get could not install them, see above. Fix the error, or install them yourself: apt-get install -y ${packages.join(' ')}`,
    );
}

/** @param {string[]} packages */
async function tryInstall(packages) {
  if (!(await areAvailable(packages))) return false;
  log(`installing system packages: ${packages.join(' ')} …`);
  const { code, out } = await apt('install', '-y', '-q', '--no-install-recommends', ...packages);
  if (code !== 0) log(`apt-get install ended with ${code}:\n${out.split('\n').slice(-15).join('\n')}`);
  return code === 0;
}

/** The name of each package in this release. @param {Requirement[]} requirements */
async function selectPackages(requirements) {
  const known = await availablePackages(requirements.flatMap(({ packages }) => packages));
  return [
    ...new Set(
      requirements.map(
        ({ packages }) => packages.find((name) => known.has(name)) ?? /** @type {string} */ (packages.at(-1)),
      ),
    ),
  ];
}

/** @param {string[]} packages */
async function areAvailable(packages) {
  const known = await availablePackages(packages);
  return packages.every((name) => known.has(name));
}

/** @param {string[]} names */
async function availablePackages(names) {
  const { out } = await runProcess('apt-cache', ['policy', ...names], {
    output: 'capture',
    env: { ...process.env, LC_ALL: 'C' },
  });
  // For each package apt-cache prints `NAME:` and indented lines; the candidate is `(none)` if it is not available.
  return new Set([...out.matchAll(/^(\S+):\n.*\n {2}Candidate: (?!\(none\))/gm)].map(([, name]) => name));
}

/** Waits for another apt-get instead of failing. @param {string[]} args */
const apt = (...args) =>
  runProcess('apt-get', ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3', ...args], {
    output: 'capture',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
  });
