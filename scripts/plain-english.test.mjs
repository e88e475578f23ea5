import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { checkProse } from './plain-english.mjs';

const root = path.resolve(import.meta.dirname, '..');

/** The share of prose lines that may contain a hard construction, for false alarms. */
const MAX_SHARE = 0.005;

test('comments, test titles, texts and documentation are plain English', () => {
  const listed = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  const files = listed.stdout
    .split('\n')
    .filter((file) => /\.(ts|tsx|mjs|cjs|css|md|sh|py|yml)$/.test(file) && fs.existsSync(path.join(root, file)))
    .filter((file) => !file.startsWith('scripts/plain-english'));
  const checked = files.map((file) => ({ file, ...checkProse(file, fs.readFileSync(path.join(root, file), 'utf8')) }));
  const lines = checked.reduce((sum, file) => sum + file.lines, 0);
  const findings = checked.flatMap(({ file, findings: found }) =>
    found.map(({ line, found: words, instead, text }) => `${file}:${line} "${words}" (${instead}): ${text}`),
  );
  expect(lines).toBeGreaterThan(5000);
  expect(findings.length / lines, findings.join('\n')).toBeLessThanOrEqual(MAX_SHARE);
});

test.each([
  ['a.ts', '// Whoever asks first is served first.', 'Whoever'],
  ['a.ts', '/** An upload of its own. */', 'of its own'],
  ['a.ts', ' * What was sent is removed.', 'What was'],
  ['a.ts', "test('a mended key is used', () => {", 'mended'],
  ['src-shared/text/en/errors.ts', "  'error.offline.what': 'It goes on by itself.',", 'goes on by itself'],
  ['a.md', 'It fails in silence.', 'in silence'],
  ['a.sh', '# nobody waits for it', 'nobody'],
])('finds the hard construction in %s: %s', (file, text, found) => {
  expect(checkProse(file, text).findings.map((finding) => finding.found)).toEqual([found]);
});

test.each([
  ['a.ts', '// The first caller is served first.'],
  ['a.ts', "const user = 'nobody';"],
  ['a.ts', '/** Runs as the user `nobody`. */'],
  ['a.md', '```\nnobody\n```'],
])('accepts %s: %s', (file, text) => {
  expect(checkProse(file, text).findings).toEqual([]);
});
