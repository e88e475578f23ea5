import { describe, expect, test } from 'vitest';
import {
  templateError,
  fillTemplate,
  isDifferentEachTime,
  isUnique,
  parseTemplate,
  previewName,
  usesHash,
  defaultTemplate,
  type TemplateValues,
  type TemplateUse,
} from './name-template.ts';
import { errorText } from './text/text.ts';

const at = new Date(2026, 0, 5, 9, 3, 7, 40).getTime();
const facts: TemplateValues = {
  name: 'a.tar.gz',
  kind: 'file',
  at,
  profile: 'Work',
  folder: 'Pictures',
  random: (count) => 'r'.repeat(count),
  uuid: () => 'uuid',
  hash: 'abcdef0123456789'.repeat(4),
};
/** Fills in the template as the key of one file. */
const fill = (text: string, more: Partial<TemplateValues> = {}): string =>
  fillTemplate(parseTemplate(text, 'key').template!, { ...facts, ...more });
const problemOf = (text: string, use?: TemplateUse) => parseTemplate(text, use).problem;

describe('filled-in values', () => {
  test.each([
    ['{name}', 'a.tar.gz'],
    ['{stem}|{ext}', 'a.tar|.gz'],
    ['{stem}.{ext}', 'a.tar.gz'],
    ['{random:3}{random}', 'r'.repeat(19)],
    ['{hash}/{hash:64}', `abcdef01/${facts.hash}`],
    ['{date}', '2026-01-05'],
    ['{time}', '090307'],
    ['{date:yy.M.d}', '26.1.5'],
    ['{time:H-mm-ss.SSS}', '9-03-07.040'],
    ['{date:yyyy/MM/dd HH}', '2026/01/05 09'],
    ['{date:YYYY-MM-DD}', '2026-01-05'],
    ['{time:HH:mm}', '09:03'],
    ['{profile}/{folder}', 'Work/Pictures'],
    ['{{{uuid}}}', '{uuid}'],
    ['/a//{stem}/', 'a/a.tar'],
  ])('%s becomes %s', (template, path) => expect(fill(template)).toBe(path));

  test('a file, folder or destination name cannot add a folder, refer to a parent folder, or leave an empty segment', () => {
    expect(fill('{folder}/{profile}/{name}', { folder: '..', profile: 'a/b\\c', name: '../x' })).toBe('__/a_b_c/.._x');
    expect(fill('{folder}/{ext}/{name}', { folder: '', name: 'README' })).toBe('README');
    expect(fill('{ext}', { name: 'README' })).toBe('_');
    // The name `..` has the stem `.` and the extension `.`, which together form `..` again.
    expect(fill('{stem}{ext}', { name: '..' })).toBe('__');
    expect(fill('.{ext}', { name: 'README' })).toBe('_');
  });

  test('names are shortened, but not random parts, hashes or the extension', () => {
    const long = fill('{random:16}-{stem}-{hash:64}{ext}', { name: `${'x'.repeat(400)}.jpeg` });
    expect(long).toMatch(/^r{16}-x+-[0-9a-f]{64}\.jpeg$/);
    expect(long.length).toBeLessThanOrEqual(255);
    expect(long.length).toBeGreaterThan(200);
    const longest = fillTemplate(
      parseTemplate('{folder}/{profile}/{name}').template!,
      { ...facts, folder: '日'.repeat(300), profile: '日'.repeat(300), name: `${'日'.repeat(300)}.jpeg` },
      { maxBytes: 511 },
    );
    expect(new TextEncoder().encode(longest).length).toBeLessThanOrEqual(511);
    expect(longest).toMatch(/^日+\/日+\/日+\.jpeg$/u);
  });

  test('a suffix goes before the extension of the last segment', () => {
    const ending = (text: string, name: string): string =>
      fillTemplate(parseTemplate(text).template!, { ...facts, name }, { ending: '-2' });
    expect(ending('{folder}/{name}', 'a.jpg')).toBe('Pictures/a-2.jpg');
    expect(ending('{name}', 'README')).toBe('README-2');
    expect(ending('{name}', '.env')).toBe('.env-2');
    expect(ending('{stem}', 'x'.repeat(300))).toBe(`${'x'.repeat(200)}-2`);
  });
});

describe('problems are reported with their position', () => {
  // Template, problem, position, length, displayed part
  test.each([
    ['a/{dat}/{name}', 'nameUnknown', 2, 5, '{dat}'],
    ['{name}{', 'nameOpen', 6, 1, ''],
    ['{name}/{date', 'nameOpen', 7, 5, ''],
    ['{name}}', 'nameClosed', 6, 1, ''],
    ['{date:yyyy-mmm}{name}', 'nameFormat', 0, 15, '{date}'],
    ['{name:5}', 'nameFormat', 0, 8, '{name}'],
    ['{random:0}', 'nameCount', 0, 10, '{random}'],
    ['{hash:65}', 'nameCount', 0, 9, '{hash}'],
    ['{random:x}', 'nameCount', 0, 10, '{random}'],
    ['../{name}', 'nameDots', 0, 2, ''],
    ['a/./{name}', 'nameDots', 1, 2, ''],
    ['a\\{name}', 'nameCharacter', 1, 1, ''],
    ['a\n{name}', 'nameCharacter', 1, 1, ''],
    ['fixed', 'nameSame', 0, 5, ''],
    ['{date}/{folder}{ext}', 'nameSame', 0, 20, ''],
    [`${'x'.repeat(231)}{name}`, 'nameLong', 0, 237, ''],
    ['{random:64}'.repeat(4), 'nameLong', 0, 44, ''],
    ['', 'nameEmpty', 0, 0, ''],
    [' / ', 'nameEmpty', 0, 3, ''],
    ['{Name}', 'nameUnknown', 0, 6, '{Name}'],
    ['{AKIA1234567890SECRET/x}', 'nameUnknown', 0, 24, '{…}'],
  ])('%j: %s', (text, why, from, length, what) => expect(problemOf(text)).toEqual({ why, at: from, length, what }));

  test('each problem has its own sentence', () => {
    const general = errorText({ code: 'invalid-input' }).what;
    for (const text of ['{dat}', '{', '}', '{date:x}', '{hash:0}', '..', '\\', 'same', 'x'.repeat(999), '']) {
      const { what } = errorText(templateError(problemOf(text)!, 'nameTemplate'));
      expect(what, text).not.toBe(general);
      expect(what).toMatch(/\.$/);
    }
    expect(errorText(templateError(problemOf('{dat}')!, 'nameTemplate')).what).toMatch(/^\{dat\} isn’t known/);
    expect(errorText(templateError(problemOf('a/b', 'name')!, '')).what).toBe('A name can’t have slashes.');
  });

  test('a key for one file may be fixed, and a name may contain anything but a slash', () => {
    expect(problemOf('reports/annual.pdf', 'key')).toBeUndefined();
    expect(problemOf('a\\b', 'name')).toBeUndefined();
    for (const slashed of ['a/b', '{date:yyyy/MM}']) expect(problemOf(slashed, 'name')?.why).toBe('nameSlash');
  });
});

test('a template reports whether its names are unique, differ each time, or need the hash of the file', () => {
  const templateOf = (text: string) => parseTemplate(text).template!;
  expect([defaultTemplate, '{uuid}', '{random:15}{name}', '{name}'].map((text) => isUnique(templateOf(text)))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(
    ['{random:4}{name}', '{random:3}{name}', '{hash}'].map((text) => isDifferentEachTime(templateOf(text))),
  ).toEqual([true, false, false]);
  expect(['{hash}', '{name}'].map((text) => usesHash(templateOf(text)))).toEqual([true, false]);
});

test('the preview shows the name of a sample file, also for an empty template', () => {
  expect(previewName('', { at })).toEqual(previewName(defaultTemplate, { at }));
  expect(previewName('{profile}/{folder}/{name}', { at, profile: 'Work', folder: 'Trips', name: 'x.png' })).toEqual({
    path: 'Work/Trips/x.png',
  });
  expect(previewName('{nme}', { at })).toEqual({ problem: { why: 'nameUnknown', at: 0, length: 5, what: '{nme}' } });
});
