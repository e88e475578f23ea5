// Reads the results of test runs from the runners' JSON reports, adds them up, and formats them in one line.
import fs from 'node:fs';
import path from 'node:path';

/**
 * @typedef {{ file: string, title: string }} Skip `title`: the names of the groups and the test, joined by ' › '
 * @typedef {{ passed: number, failed: number, skips: Skip[] }} Tally
 */

export const TITLE_SEPARATOR = ' › ';

/** @returns {Tally} */
export const emptyTally = () => ({ passed: 0, failed: 0, skips: [] });

/** @param {Tally[]} tallies @returns {Tally} */
export const addTallies = (...tallies) => ({
  passed: tallies.reduce((sum, { passed }) => sum + passed, 0),
  failed: tallies.reduce((sum, { failed }) => sum + failed, 0),
  skips: tallies.flatMap(({ skips }) => skips),
});

/** @param {Tally} tally */
export const summaryLine = ({ passed, failed, skips }) =>
  `${passed} passed, ${failed} failed${skips.length ? `, ${skips.length} skipped` : ''}`;

/**
 * A bad exit code is a failure even when no test failed: a file did not load, or an error came after the last test.
 * @param {Tally} tally
 * @param {number} exitCode
 * @returns {Tally}
 */
export const withExitCode = (tally, exitCode) =>
  exitCode !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally;

/**
 * @typedef {{ status: string, title: string, ancestorTitles: string[] }} VitestTest
 * @typedef {{ testResults: { name: string, status: string, assertionResults: VitestTest[] }[] }} VitestReport
 */

/** @param {VitestReport} report @param {string} root @returns {Tally} */
export function tallyVitest(report, root) {
  return addTallies(
    emptyTally(),
    ...report.testResults.map(({ name, status, assertionResults: tests }) => {
      const count = (/** @type {string} */ wanted) => tests.filter((test) => test.status === wanted).length;
      const skips = tests
        .filter((test) => !['passed', 'failed'].includes(test.status))
        .map((test) => ({
          file: path.relative(root, name),
          title: [...test.ancestorTitles, test.title].join(TITLE_SEPARATOR),
        }));
      const failed = count('failed');
      return { passed: count('passed'), failed: failed || (status === 'failed' ? 1 : 0), skips };
    }),
  );
}

/**
 * @typedef {{ title: string, file: string, tests: { status: string }[] }} PlaywrightSpec
 * @typedef {{ title: string, specs?: PlaywrightSpec[], suites?: PlaywrightSuite[] }} PlaywrightSuite
 * @typedef {{ suites: PlaywrightSuite[], errors?: unknown[] }} PlaywrightReport
 */

/** @param {PlaywrightReport} report @returns {Tally} */
export function tallyPlaywright({ suites, errors = [] }) {
  const tests = suites
    .flatMap((suite) => collectSpecs(suite, []))
    .flatMap(({ spec, groups }) =>
      spec.tests.map(({ status }) => ({
        status,
        skip: { file: path.join('e2e', spec.file), title: [...groups, spec.title].join(TITLE_SEPARATOR) },
      })),
    );
  const failed = tests.filter(({ status }) => status === 'unexpected').length;
  return {
    passed: tests.filter(({ status }) => status === 'expected' || status === 'flaky').length,
    failed: failed || (errors.length ? 1 : 0),
    skips: tests.filter(({ status }) => status === 'skipped').map(({ skip }) => skip),
  };
}

/** @param {PlaywrightSuite} suite @param {string[]} groups @returns {{ spec: PlaywrightSpec, groups: string[] }[]} */
function collectSpecs(suite, groups) {
  return [
    ...(suite.specs ?? []).map((spec) => ({ spec, groups })),
    ...(suite.suites ?? []).flatMap((inner) => collectSpecs(inner, [...groups, inner.title])),
  ];
}

/** Undefined when the runner ended before it wrote a report. @param {string} file */
export const readJsonReport = (file) => (fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : undefined);
