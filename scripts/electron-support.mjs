// Checks that users get an Electron release that still gets security fixes. The unit tests and `npm run dist` use it.
import fs from 'node:fs';
import path from 'node:path';

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
/** Weeks after its end of life in which a release may still be shipped: the time to move to the next major release. */
const graceWeeks = 8;

/** @returns {Record<string, string>} the date of the end of life of each major release */
export function readEndOfLife() {
  const file = path.join(import.meta.dirname, 'electron-end-of-life.json');
  return JSON.parse(fs.readFileSync(file, 'utf8')).endOfLife;
}

/**
 * Why this release must not be shipped, and what to do; undefined when it may be shipped.
 * @param {string} version of Electron
 * @param {Date} today
 * @param {Record<string, string>} endOfLife
 */
export function findSupportProblem(version, today, endOfLife = readEndOfLife()) {
  const major = version.split('.')[0] ?? '';
  const date = endOfLife[major];
  if (date === undefined)
    return (
      `scripts/electron-end-of-life.json has no date for Electron ${version}. ` +
      'Copy the dates of the supported releases from https://releases.electronjs.org/schedule.'
    );
  if (today.getTime() - Date.parse(date) <= graceWeeks * WEEK_MS) return undefined;
  return (
    `Electron ${version} reached its end of life on ${date}, more than ${graceWeeks} weeks ago: it gets no security fixes. ` +
    'Update it (npm install --save-dev electron@latest), run all tests, and publish a release. ' +
    'If the schedule has changed, correct scripts/electron-end-of-life.json.'
  );
}

/**
 * Each place that names the Electron release for packages. `npm run dist` packages the version in package.json, or the
 * test runtime if the official download cannot be reached.
 * @param {{ manifest: string, lockFile: string, builderSettings: string }} files their contents
 * @returns {{ source: string, version: string }[]}
 */
export function electronVersions({ manifest, lockFile, builderSettings }) {
  const inBuilderSettings = /^electronVersion: *['"]?([^\s'"#]+)/m.exec(builderSettings)?.[1];
  return [
    { source: 'package.json', version: JSON.parse(manifest).devDependencies.electron },
    { source: 'package-lock.json', version: JSON.parse(lockFile).packages['node_modules/electron'].version },
    ...(inBuilderSettings ? [{ source: 'electron-builder.yml', version: inBuilderSettings }] : []),
  ];
}
