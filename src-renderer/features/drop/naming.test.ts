import { expect, test } from 'vitest';
import { previewDestination } from './name-preview.ts';
import { chosenNames, nameProblem, stemLength } from './naming.ts';

test('the name dialog selects the name without its extension', () => {
  expect(
    ['report.final.pdf', 'archive.tar.gz', 'README', '.profile', 'a sentence. With more words after it'].map((name) =>
      name.slice(0, stemLength(name)),
    ),
  ).toEqual(['report.final', 'archive.tar', 'README', '.profile', 'a sentence. With more words after it']);
});

test('only renamed files get a new name, and folders never do', () => {
  const files = [
    { name: 'a.txt', size: 1, token: 'a' },
    { name: 'Pictures', size: 1, token: 'p', files: 3 },
    { name: 'b.txt', size: 1, token: 'b' },
  ];
  expect(chosenNames(files, ({ token, name }) => (token === 'a' ? name : ' new.txt '))).toEqual([
    null,
    null,
    'new.txt',
  ]);
});

test('empty names and paths are rejected', () => {
  expect([nameProblem('a'), nameProblem('  '), nameProblem('a/b'), nameProblem('a\\b')]).toEqual([
    undefined,
    'Enter a name.',
    'A name can’t have slashes.',
    'A name can’t have slashes.',
  ]);
});

test('the object key is shown before the upload, with “…” for random parts', () => {
  const at = new Date(2026, 10, 24, 12).getTime();
  expect(previewDestination({ name: 'Work', settings: { prefix: 'shared' } }, ' new.txt', at)).toBe(
    'To Work, as shared/2026/11/24/…/new.txt',
  );
  expect(
    previewDestination({ name: 'Work', settings: { nameTemplate: '{profile}/{stem}-{hash:8}{ext}' } }, 'a.txt', at),
  ).toBe('To Work, as Work/a-….txt');
  expect(previewDestination({ name: 'Work', settings: { nameTemplate: '{nonsense}' } }, 'a.txt', at)).toBeUndefined();
});
