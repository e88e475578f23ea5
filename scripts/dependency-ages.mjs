// The age rule for packages that users get: a release was public for at least 7 days before Hoist pinned it. Most
// malicious releases are found and withdrawn within days. `.npmrc` makes npm apply the rule (min-release-age), and the
// unit tests check it offline with the dates in dependency-dates.json.
//
// `node scripts/dependency-ages.mjs` writes the dates of packages that are new in the lock file.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundledPackages, readLockFile } from './bundled-packages.mjs';
import { UserError, log, runMain } from './run-main.mjs';

/**
 * `published`: the day on which npm received the release. `pinned`: the day on which Hoist began to use it. `reason`: why
 * a younger release was needed, such as a security fix.
 * @typedef {{ published: string, pinned: string, reason?: string }} ReleaseDates
 */

export const minimumDays = 7;

const DAY_MS = 24 * 60 * 60 * 1000;
const root = path.resolve(import.meta.dirname, '..');
const file = path.join(import.meta.dirname, 'dependency-dates.json');
const command = 'node scripts/dependency-ages.mjs';

/** @returns {Record<string, ReleaseDates>} by `name@version` */
export const readReleaseDates = () => JSON.parse(fs.readFileSync(file, 'utf8'));

/**
 * One sentence for each release that breaks the rule, or whose dates are missing or no longer needed.
 * @param {string[]} releases `name@version` of each bundled package
 * @param {Record<string, ReleaseDates>} dates
 */
export function findAgeProblems(releases, dates) {
  const unused = Object.keys(dates).filter((release) => !releases.includes(release));
  return [
    ...releases.flatMap((release) => describeProblem(release, dates[release])),
    ...unused.map((release) => `${release} is not in package-lock.json. Run ${command}.`),
  ];
}

/** @param {string} release @param {ReleaseDates | undefined} dates */
function describeProblem(release, dates) {
  if (!dates) return [`scripts/dependency-dates.json has no dates for ${release}. Run ${command}.`];
  const days = (Date.parse(dates.pinned) - Date.parse(dates.published)) / DAY_MS;
  if (days >= minimumDays || dates.reason) return [];
  return [
    `${release} was pinned ${days} days after its publication; the minimum is ${minimumDays}. ` +
      'Pin an older release, or add a "reason" to scripts/dependency-dates.json if users need this one at once.',
  ];
}

/** @param {import('./bundled-packages.mjs').LockFile} lock */
export const bundledReleases = (lock) => [
  ...new Set(bundledPackages(lock).map(({ name, version }) => `${name}@${version}`)),
];

async function main() {
  const known = readReleaseDates();
  const today = new Date().toISOString().slice(0, 10);
  const releases = bundledReleases(readLockFile(root)).sort();
  const dates = Object.fromEntries(
    releases.map((release) => [release, known[release] ?? { published: publicationDay(release), pinned: today }]),
  );
  const rows = Object.entries(dates).map(([release, row]) => formatRow(release, row));
  fs.writeFileSync(file, `{\n${rows.join(',\n')}\n}\n`);
  const problems = findAgeProblems(releases, dates);
  if (problems.length > 0) throw new UserError(problems.join('\n'));
}

/**
 * One line of the file, or one line for each field, as `npm run format` writes them.
 * @param {string} release
 * @param {ReleaseDates} dates
 */
function formatRow(release, dates) {
  const fields = Object.entries(dates).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  const line = `  ${JSON.stringify(release)}: { ${fields.join(', ')} }`;
  const isShort = line.length < 120 && !dates.reason;
  return isShort ? line : `  ${JSON.stringify(release)}: {\n    ${fields.join(',\n    ')}\n  }`;
}

/** The day on which npm received a release. @param {string} release `name@version` */
function publicationDay(release) {
  const at = release.lastIndexOf('@');
  log(`asking npm for the date of ${release} …`);
  const args = ['view', release.slice(0, at), 'time', '--json'];
  const times = JSON.parse(execFileSync('npm', args, { encoding: 'utf8', shell: process.platform === 'win32' }));
  const time = times[release.slice(at + 1)];
  if (!time) throw new UserError(`The npm registry has no date for ${release}. Check that this release exists.`);
  return time.slice(0, 'YYYY-MM-DD'.length);
}

if (process.argv[1] && pathToFileURL(process.argv[1]).href === import.meta.url) await runMain(main);
