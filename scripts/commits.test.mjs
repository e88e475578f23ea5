import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');

/** The last commit before the rule. Earlier subjects may be longer. */
const LAST_WITHOUT_RULE = '081c54922c005e7d5a5675dd585c68d34c62cbe0';
const MAX_LENGTH = 72;

const log = spawnSync('git', ['log', '--no-merges', '--format=%s', `${LAST_WITHOUT_RULE}..HEAD`], {
  cwd: root,
  encoding: 'utf8',
});

// A shallow clone or an archive has no history to check.
test.skipIf(log.status !== 0)(`commit subjects have an area and at most ${MAX_LENGTH} characters`, () => {
  const subjects = log.stdout.split('\n').filter(Boolean);
  const wrong = subjects.filter((subject) => subject.length > MAX_LENGTH || !/^[\w/ .,-]+: \S/.test(subject));
  expect(wrong).toEqual([]);
});
