import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
const maxColumns = 120;
/** Texts are single lines, because a line break would hide how long a sentence is. */
const maxTextColumns = 200;

// The formatter breaks long code, but no comments, strings and regular expressions.
test('no line of the product is too long', () => {
  const listed = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', 'src-*'], {
    cwd: root,
    encoding: 'utf8',
  });
  const files = listed.stdout
    .split('\n')
    .filter((file) => /\.(ts|tsx|css)$/.test(file) && !/\.test\.|\/testing\//.test(file))
    .filter((file) => fs.existsSync(path.join(root, file)));
  expect(files.length).toBeGreaterThan(400);
  const tooLong = files.flatMap((file) =>
    fs
      .readFileSync(path.join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        line.length > (file.startsWith('src-shared/text/') ? maxTextColumns : maxColumns) ? `${file}:${index + 1}` : [],
      ),
  );
  expect(tooLong).toEqual([]);
});
