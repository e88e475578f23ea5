import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readLockFile } from './bundled-packages.mjs';
import { bundledReleases, findAgeProblems, minimumDays, readReleaseDates } from './dependency-ages.mjs';

const root = path.resolve(import.meta.dirname, '..');

test('every bundled package was public for 7 days before Hoist pinned it, or has a reason', () => {
  expect(findAgeProblems(bundledReleases(readLockFile(root)), readReleaseDates())).toEqual([]);
});

test('npm refuses younger releases', () => {
  expect(fs.readFileSync(path.join(root, '.npmrc'), 'utf8').split('\n')).toContain(`min-release-age=${minimumDays}`);
});

const release = 'left@1.2.3';

test.each([
  ['after 7 days', { published: '2030-01-01', pinned: '2030-01-08' }],
  ['earlier with a reason', { published: '2030-01-01', pinned: '2030-01-02', reason: 'fixes a vulnerability' }],
])('a release may be pinned %s', (_, dates) => {
  expect(findAgeProblems([release], { [release]: dates })).toEqual([]);
});

test('a release that was pinned too early is named, with the steps to take', () => {
  const dates = { published: '2030-01-01', pinned: '2030-01-07' };
  expect(findAgeProblems([release], { [release]: dates })).toEqual([
    expect.stringMatching(/^left@1\.2\.3 was pinned 6 days after its publication; .*Pin an older release/),
  ]);
});

test('a release without dates, and dates without a release, are named with the command that fixes them', () => {
  const problems = findAgeProblems([release], { 'right@1.0.0': { published: '2030-01-01', pinned: '2030-02-01' } });
  expect(problems).toEqual([
    'scripts/dependency-dates.json has no dates for left@1.2.3. Run node scripts/dependency-ages.mjs.',
    'right@1.0.0 is not in package-lock.json. Run node scripts/dependency-ages.mjs.',
  ]);
});
