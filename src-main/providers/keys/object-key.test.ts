import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTemplate, defaultTemplate } from '../../../src-shared/name-template.ts';
import { byteLength } from '../../../src-shared/safe-name.ts';
import type { FolderLocation } from '../../../src-shared/upload.ts';
import { createKeyBuilder, type KeyBuilderOptions } from './object-key.ts';
import { encodeKey } from './encode-key.ts';
import { hostileNames } from '../testing/hostile-names.ts';
import { patternBytes, patternSource } from '../testing/pattern-source.ts';

const neverAborted = new AbortController().signal;
const noon = new Date(2026, 10, 22, 12, 5, 9).getTime();
/** The smallest limit that a driver passes: S3's limit minus the longest prefix. */
const minMaxBytes = 511;

function keyBuilder(
  template: string,
  {
    name = 'holiday.jpg',
    folder,
    ...rest
  }: Partial<KeyBuilderOptions> & { name?: string; folder?: FolderLocation } = {},
) {
  const source = { ...patternSource(1000, { name }), ...(folder ? { folder } : {}) };
  const parsed = parseTemplate(template);
  if (!parsed.template) throw new Error(parsed.problem.why);
  return createKeyBuilder({
    template: parsed.template,
    collision: 'new-name',
    profile: 'Work',
    naming: { createdAt: noon, folderName: 'Pictures' },
    source,
    signal: neverAborted,
    randomBytes: (count) => randomBytes(count),
    ...rest,
  });
}
const buildPath = (
  template: string,
  options?: Parameters<typeof keyBuilder>[1],
  attempt = 1,
  maxBytes = 1024,
): Promise<string> => keyBuilder(template, options).path(attempt, maxBytes);
const inFolder = (relativePath: string, name = 'holiday'): { folder: FolderLocation; name: string } => ({
  name: relativePath.split('/').at(-1) ?? '',
  folder: { name, relativePath, token: 'q3Zl8s1TSz0X_h-w', at: noon },
});

test('the default key has the date, 96 random bits and the name', async () => {
  expect(await buildPath(defaultTemplate)).toMatch(/^2026\/11\/22\/[\w-]{16}\/holiday\.jpg$/);
  const counts: number[] = [];
  await buildPath(defaultTemplate, {
    randomBytes: (count) => {
      counts.push(count);
      return new Uint8Array(count);
    },
  });
  expect(counts).toEqual([12]);
  const keys = await Promise.all(Array.from({ length: 1000 }, () => buildPath(defaultTemplate)));
  expect(new Set(keys).size).toBe(1000);
});

test('a template can contain the file’s name, the destination’s name, the folder, the date and a UUID', async () => {
  expect(await buildPath('{profile}/{folder}/{stem}-{date:yyyyMMdd}-{time}{ext}')).toBe(
    'Work/Pictures/holiday-20261122-120509.jpg',
  );
  expect(await buildPath('{stem}.{ext}')).toBe('holiday.jpg');
  expect(await buildPath('{uuid}/{name}')).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\/holiday\.jpg$/,
  );
  // An empty value must not result in an empty path segment.
  expect(await buildPath('{folder}/{name}', { naming: { createdAt: noon, folderName: '' } })).toBe('holiday.jpg');
});

test('the hash is computed from the content, once, and only if the template uses it', async () => {
  let reads = 0;
  const source = patternSource(3_000_000, {
    onRead: () => {
      reads++;
    },
  });
  const builder = keyBuilder('{hash:64}/{name}', { source });
  const expectedHash = createHash('sha256').update(patternBytes(3_000_000)).digest('hex');
  expect(await builder.path(1, 1024)).toBe(`${expectedHash}/file.bin`);
  const readsOfFirstAttempt = reads;
  expect(await builder.path(2, 1024)).toBe(`${expectedHash}/file-2.bin`);
  expect(reads).toBe(readsOfFirstAttempt);
  reads = 0;
  await keyBuilder('{name}', { source }).path(1, 1024);
  expect(reads).toBe(0);
  const aborted = AbortSignal.abort();
  await expect(keyBuilder('{hash}', { source, signal: aborted }).path(1, 1024)).rejects.toMatchObject({
    error: { code: 'canceled' },
  });
});

test('the next attempt gets another name, with a number before the extension', async () => {
  const builder = keyBuilder('{folder}/{name}');
  expect(await builder.path(2, 1024)).toBe('Pictures/holiday-2.jpg');
  expect(await builder.path(9, 1024)).toBe('Pictures/holiday-9.jpg');
  expect(await builder.path(10, 1024)).toMatch(/^Pictures\/holiday-[\w-]{6}\.jpg$/);
  expect(await buildPath('{name}', { name: `${'x'.repeat(300)}.jpeg` }, 2)).toBe(`${'x'.repeat(195)}-2.jpeg`);
  expect(await buildPath('{name}', { name: '.profile' }, 2)).toBe('.profile-2');
  // A key with a random part differs in each attempt, so it needs no number.
  expect(await buildPath('{random:4}/{name}', {}, 2)).toMatch(/^[\w-]{4}\/holiday\.jpg$/);
});

test('the collision rule of an upload overrides the rule of the destination; a unique key needs no rule', () => {
  expect(keyBuilder('{name}').ifTaken).toBe('new-name');
  expect(keyBuilder('{name}', { collision: 'ask' }).ifTaken).toBe('refuse');
  expect(
    keyBuilder('{name}', { collision: 'ask', naming: { createdAt: noon, folderName: '', collision: 'replace' } })
      .ifTaken,
  ).toBe('replace');
  for (const unique of [defaultTemplate, '{uuid}{ext}', 'a/{random:16}'])
    expect(keyBuilder(unique, { collision: 'replace' })).toMatchObject({ isUnique: true, ifTaken: 'new-name' });
  for (const shared of ['{name}', '{random:15}', '{hash:64}', '{date}/{time}{ext}'])
    expect(keyBuilder(shared).isUnique, shared).toBe(false);
});

test('the key template of an upload overrides the template of the destination', async () => {
  const naming = { createdAt: noon, folderName: '', keyTemplate: 'reports/{date}/summary.pdf' };
  expect(await buildPath(defaultTemplate, { naming })).toBe('reports/2026-11-22/summary.pdf');
  expect(() => keyBuilder(defaultTemplate, { naming: { ...naming, keyTemplate: '../{nme}' } })).toThrow(
    expect.objectContaining({ error: { code: 'invalid-input' } }),
  );
});

test('any name in any template results in a key that is safe for stores, XML and browsers', async () => {
  const names = fc.oneof(
    fc.constantFrom(...hostileNames),
    fc.string({ unit: 'binary', maxLength: 300 }),
    // Any UTF-16 code units, and so also unpaired surrogates.
    fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((n) => String.fromCharCode(n)), maxLength: 300 }),
  );
  const templates = fc.constantFrom(
    defaultTemplate,
    '{name}',
    '{folder}/{profile}/{name}',
    '{stem}.{ext}',
    '{stem}/{ext}/{random:4}',
    '{ext}{stem}',
    'a/{folder}{ext}/{hash}',
    '{stem}{stem}{stem}{stem}',
    '/{name}/',
  );
  const attempts = fc.constantFrom(1, 2, 20);
  await fc.assert(
    fc.asyncProperty(
      names,
      names,
      templates,
      attempts,
      fc.constantFrom(minMaxBytes, 1024),
      async (name, folder, template, attempt, maxBytes) => {
        const path = await buildPath(
          template,
          { name, profile: folder, naming: { createdAt: noon, folderName: folder } },
          attempt,
          maxBytes,
        );
        expect(byteLength(path)).toBeLessThanOrEqual(maxBytes);
        expect(path).toBe(path.normalize('NFC'));
        // eslint-disable-next-line no-control-regex
        expect(path).not.toMatch(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff\\]|\p{Cs}|\p{Bidi_Control}/u);
        for (const segment of path.split('/')) {
          expect(['', '.', '..']).not.toContain(segment);
          expect(byteLength(segment)).toBeLessThanOrEqual(255);
        }
        const url = `https://b.example.com/${encodeKey(path)}`;
        expect(new URL(url).href).toBe(url);
        expect(new URL(url).pathname.slice(1).split('/').map(decodeURIComponent).join('/')).toBe(path);
      },
    ),
    { numRuns: 600 },
  );
});

// ---------------------------------------------------------------- folders

test('files of a folder keep their relative paths, under the date of the folder', async () => {
  const noRandom = (): never => {
    throw new Error('requested random bytes for a file of a folder');
  };
  expect(await buildPath(defaultTemplate, { ...inFolder('a.jpg'), randomBytes: noRandom })).toBe(
    '2026/11/22/q3Zl8s1TSz0X_h-w/holiday/a.jpg',
  );
  expect(await buildPath(defaultTemplate, inFolder('deep/er/0.txt'))).toBe(
    '2026/11/22/q3Zl8s1TSz0X_h-w/holiday/deep/er/0.txt',
  );
  expect(await buildPath(defaultTemplate, inFolder('deep//0.txt'))).toBe(
    '2026/11/22/q3Zl8s1TSz0X_h-w/holiday/deep/0.txt',
  );
});

test('all files of a folder get the same base key from the template', async () => {
  for (const template of ['{folder}/{name}', '{stem}-{hash}{ext}', '{uuid}/{name}', '{random:40}/{time}']) {
    const [a, b] = [
      await buildPath(template, inFolder('a.jpg', 'v1.2')),
      await buildPath(template, inFolder('deep/b.txt', 'v1.2')),
    ];
    expect(a.endsWith('/a.jpg') && b.endsWith('/deep/b.txt'), `${a} ${b}`).toBe(true);
    expect(a.slice(0, -'/a.jpg'.length)).toBe(b.slice(0, -'/deep/b.txt'.length));
  }
  expect(await buildPath('{folder}/{name}', inFolder('a.jpg'))).toBe('Pictures/holiday/a.jpg');
  // A dot in a folder's name does not start an extension.
  expect(await buildPath('{stem}', inFolder('a.jpg', 'v1.2'))).toBe('v1.2/a.jpg');
  expect(await buildPath('{name}', inFolder('deep/a.jpg'), 3)).toBe('holiday/deep/a-3.jpg');
});

test('a sanitized path segment gets a hash suffix, so that it cannot equal another segment', async () => {
  const pathOf = (relativePath: string): Promise<string> => buildPath(defaultTemplate, inFolder(relativePath));
  expect(await pathOf('a\nb.txt')).toMatch(/\/holiday\/a_b~[\w-]{8}\.txt$/);
  expect(await pathOf('../x')).toMatch(/\/holiday\/__~[\w-]{8}\/x$/);
  expect((await pathOf('x/../../y')).split('/')).not.toContain('..');
  const relativePaths = [
    'a_b',
    'a\nb',
    'a\tb',
    'Caf\u00e9',
    'Cafe\u0301',
    'x/a_b',
    'x/a\nb',
    'x\n/a_b',
    'x_/a_b',
    '..',
    '.',
    '_',
    '__',
  ];
  expect(new Set(await Promise.all(relativePaths.map(pathOf))).size).toBe(relativePaths.length);
});

test('a path that is too long is shortened to a unique key with the same file name', async () => {
  const deepPath = (fileName: string): string => `${'folder with a long name/'.repeat(60)}${fileName}`;
  const pathOf = (relativePath: string): Promise<string> =>
    buildPath(defaultTemplate, inFolder(relativePath, 'h'.repeat(255)), 1, minMaxBytes);
  const paths = await Promise.all([deepPath('a.jpg'), deepPath('b.jpg'), `other/${deepPath('a.jpg')}`].map(pathOf));
  for (const path of paths) expect(byteLength(path)).toBeLessThanOrEqual(minMaxBytes);
  expect(paths[0]).toMatch(/\/a\.jpg$/);
  expect(new Set(paths).size).toBe(3);
  expect(await pathOf(deepPath('a.jpg'))).toBe(paths[0]);
});

test('no two files of a folder get the same key', async () => {
  const segment = fc.oneof(
    fc.constantFrom(...hostileNames.map((name) => name.replaceAll('/', '')).filter((name) => name !== '')),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).map((name) => name.replaceAll('/', '_')),
  );
  const relativePath = fc.array(segment, { minLength: 1, maxLength: 40 }).map((segments) => segments.join('/'));
  await fc.assert(
    fc.asyncProperty(
      relativePath,
      relativePath,
      fc.constantFrom(minMaxBytes, 1024),
      async (first, second, maxBytes) => {
        const [a, b] = await Promise.all(
          [first, second].map((file) => buildPath(defaultTemplate, inFolder(file, 'h'), 1, maxBytes)),
        );
        expect(a === b).toBe(first === second);
        for (const path of [a!, b!]) {
          expect(byteLength(path)).toBeLessThanOrEqual(maxBytes);
          for (const part of path.split('/')) {
            expect(['', '.', '..']).not.toContain(part);
            expect(byteLength(part)).toBeLessThanOrEqual(255);
          }
          expect(new URL(`https://b.example.com/${encodeKey(path)}`).pathname.slice(1)).toBe(encodeKey(path));
        }
      },
    ),
    { numRuns: 400 },
  );
});
