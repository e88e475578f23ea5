import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { bundledPackages, readLockFile } from './bundled-packages.mjs';
import { findLicenceProblems, isAllowedLicence } from './licences.mjs';

const root = path.resolve(import.meta.dirname, '..');

/** @param {string} folder */
function installedLicence(folder) {
  const file = path.join(root, folder, 'package.json');
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')).license ?? 'none') : undefined;
}

test('Hoist may ship all packages that it bundles', () => {
  const packages = bundledPackages(readLockFile(root));
  expect(packages.length).toBeGreaterThan(100);
  expect(findLicenceProblems(packages, installedLicence)).toEqual([]);
});

test('the check covers indirect packages and Electron, but no package that only development needs', () => {
  const lock = {
    packages: {
      '': { version: '1.0.0' },
      'node_modules/direct': { version: '1.0.0', license: 'MIT' },
      'node_modules/direct/node_modules/@scope/indirect': { version: '2.0.0', license: 'ISC' },
      'node_modules/electron': { version: '3.0.0', license: 'MIT', dev: true },
      'node_modules/tool': { version: '4.0.0', license: 'GPL-3.0-only', dev: true },
    },
  };
  expect(bundledPackages(lock).map(({ name }) => name)).toEqual(['direct', '@scope/indirect', 'electron']);
});

test.each([
  ['in the lock file', 'GPL-3.0-only', 'MIT'],
  ['of the installed package', 'MIT', 'GPL-3.0-only'],
])('a package with another licence %s is named', (_, license, installed) => {
  const packages = [{ folder: 'node_modules/left', name: 'left', version: '1.2.3', license }];
  expect(findLicenceProblems(packages, () => installed)).toEqual([
    expect.stringContaining('left 1.2.3 has the licence "GPL-3.0-only"'),
  ]);
});

test('a package without a licence is named', () => {
  const packages = [{ folder: 'node_modules/left', name: 'left', version: '1.2.3' }];
  expect(findLicenceProblems(packages, () => undefined)).toEqual([
    expect.stringContaining('left 1.2.3 has no licence'),
  ]);
});

test.each(['MIT', 'Apache-2.0', '(MIT OR GPL-3.0-only)', 'MIT AND ISC'])('the licence %s is allowed', (licence) => {
  expect(isAllowedLicence(licence)).toBe(true);
});

test.each(['GPL-3.0-only', 'LGPL-2.1-only', 'MIT AND GPL-3.0-only', 'SEE LICENSE IN LICENSE', 'UNLICENSED', ''])(
  'the licence %j is refused',
  (licence) => expect(isAllowedLicence(licence)).toBe(false),
);
