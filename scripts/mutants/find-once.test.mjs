import { expect, test } from 'vitest';
import { occurrences, replaceOnce } from './find-once.mjs';

const formatted = 'start();\nif (\n  a ===\n    b\n) {\n  stop();\n}\n';

test('an expression is found when it is wrapped differently', () => {
  expect(occurrences(formatted, 'if (a === b) {').map(({ start, end }) => formatted.slice(start, end))).toEqual([
    'if (\n  a ===\n    b\n) {',
  ]);
});

test('a trailing comma does not matter', () => {
  expect(occurrences('send(\n  a,\n  b,\n);', 'send(a, b)')).toHaveLength(1);
});

test('only the expression is replaced', () => {
  expect(replaceOnce(formatted, { find: 'a===b', replace: 'a !== b' })).toBe(
    'start();\nif (\n  a !== b\n) {\n  stop();\n}\n',
  );
});

test.each([
  ['missing', 'resume()'],
  ['repeated', '();'],
  ['empty', ' \n'],
])('a %s expression is not replaced', (_, find) => {
  expect(replaceOnce(formatted, { find, replace: 'x' })).toBeUndefined();
});
