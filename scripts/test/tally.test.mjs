import { expect, test } from 'vitest';
import { checkSkips } from './skips.mjs';
import { addTallies, summaryLine, emptyTally, tallyPlaywright, tallyVitest, withExitCode } from './tally.mjs';

const vitestResult = (/** @type {string} */ title, /** @type {string} */ status, ancestorTitles = ['group']) => ({
  title,
  status,
  ancestorTitles,
});

test('counts the passed, failed, skipped and todo tests of a Vitest report', () => {
  const report = {
    testResults: [
      {
        name: '/repo/src-main/a.test.ts',
        status: 'failed',
        assertionResults: [
          vitestResult('a', 'passed'),
          vitestResult('b', 'failed'),
          vitestResult('c', 'skipped'),
          vitestResult('d', 'todo', []),
        ],
      },
    ],
  };
  expect(tallyVitest(report, '/repo')).toEqual({
    passed: 1,
    failed: 1,
    skips: [
      { file: 'src-main/a.test.ts', title: 'group › c' },
      { file: 'src-main/a.test.ts', title: 'd' },
    ],
  });
});

test('a file that does not load counts as one failure', () => {
  expect(
    tallyVitest({ testResults: [{ name: '/repo/a.test.ts', status: 'failed', assertionResults: [] }] }, '/repo').failed,
  ).toBe(1);
});

test('counts the tests of a Playwright report, in nested groups too; a flaky test counts as passed', () => {
  const spec = (/** @type {string} */ title, /** @type {string} */ status) => ({
    title,
    file: 'drop.spec.ts',
    tests: [{ status }],
  });
  const report = {
    suites: [
      {
        title: 'drop.spec.ts',
        specs: [spec('a', 'expected'), spec('b', 'flaky')],
        suites: [{ title: 'names', specs: [spec('c', 'unexpected'), spec('d', 'skipped')] }],
      },
    ],
  };
  expect(tallyPlaywright(report)).toEqual({
    passed: 2,
    failed: 1,
    skips: [{ file: 'e2e/drop.spec.ts', title: 'names › d' }],
  });
});

test('an error outside of all tests counts as a failure', () => {
  expect(tallyPlaywright({ suites: [], errors: [{ message: 'global setup' }] }).failed).toBe(1);
});

test('a bad exit code counts as one failure when no test failed', () => {
  expect(withExitCode({ ...emptyTally(), passed: 3 }, 1).failed).toBe(1);
  expect(withExitCode({ ...emptyTally(), failed: 2 }, 1).failed).toBe(2);
  expect(withExitCode(emptyTally(), 0).failed).toBe(0);
});

test('the summary line has the counts, and names skipped tests only if there are any', () => {
  expect(summaryLine(addTallies({ ...emptyTally(), passed: 2 }, { passed: 1, failed: 1, skips: [] }))).toBe(
    '3 passed, 1 failed',
  );
  expect(summaryLine({ passed: 1, failed: 0, skips: [{ file: 'a', title: 'b' }] })).toBe(
    '1 passed, 0 failed, 1 skipped',
  );
});

test('the list allows a skip by the beginning of its title; other skips are marked', () => {
  const skips = [
    { file: 'e2e/a.spec.ts', title: 'keyring › locked' },
    { file: 'e2e/a.spec.ts', title: 'drop' },
  ];
  const { lines, unlisted } = checkSkips(skips, [
    { test: 'keyring ›', reason: 'there is no key store on this system' },
  ]);
  expect(unlisted).toBe(1);
  expect(lines).toEqual([
    'skipped: e2e/a.spec.ts: keyring › locked: there is no key store on this system',
    'skipped: e2e/a.spec.ts: drop: NOT ON THE LIST e2e/skips.json',
  ]);
});
