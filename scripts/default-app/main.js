// Replaces Electron's default_app.asar, which the test runtime lacks and `electron FOLDER` needs.
// Understands: electron [flags] [-r MODULE]... FOLDER|FILE [the app's arguments], --version, --abi.
import fs from 'node:fs';
import { Module } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { app } from 'electron';

const { preloads, target } = parse(process.argv.slice(1));
if (preloads.length) Module._preloadModules(preloads); // Playwright loads its script this way
if (!target) {
  process.stderr.write('usage: electron [options] <folder with a package.json | file>\n');
  process.exit(1);
}
Object.defineProperty(process, 'defaultApp', { value: true, enumerable: true });
const folder = path.resolve(target);
const file = Module._resolveFilename(folder, null, true);
const hasPackage = applyPackageNames(path.join(folder, 'package.json'));
app.setAppPath(hasPackage ? folder : path.dirname(file));
await import(pathToFileURL(file).href);

function parse(argv) {
  const preloads = [];
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i];
    if (arg === '-v' || arg === '--version') printAndExit(`v${process.versions.electron}`);
    else if (arg === '-a' || arg === '--abi') printAndExit(process.versions.modules);
    else if (arg === '-r' || arg === '--require') preloads.push(argv[++i]);
    else if (!arg.startsWith('-')) return { preloads, target: arg };
  }
  return { preloads, target: undefined };
}

function printAndExit(line) {
  process.stdout.write(`${line}\n`);
  process.exit(0);
}

function applyPackageNames(packageFile) {
  if (!fs.existsSync(packageFile)) return false;
  const { name, productName, version, desktopName } = JSON.parse(fs.readFileSync(packageFile, 'utf8'));
  if (version) app.setVersion(version);
  if (productName ?? name) app.setName(productName ?? name);
  app.setDesktopName(desktopName ?? `${app.name}.desktop`);
  return true;
}
