import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTemplate, usualTemplate } from '../../src-shared/name-template.ts';
import { byteLength } from '../../src-shared/safe-name.ts';
import type { FolderPlace } from '../../src-shared/upload.ts';
import { placeOf, type PlaceOptions } from './place.ts';
import { encodeKey } from './keys.ts';
import { hostileNames } from './testing/names.ts';
import { patternOf, patternSource } from './testing/source.ts';

const never = new AbortController().signal;
const noon = new Date(2026, 10, 22, 12, 5, 9).getTime();
/** The least that a driver leaves: S3's limit without the longest prefix. */
const least = 511;

function place(
  template: string,
  { name = 'holiday.jpg', folder, ...rest }: Partial<PlaceOptions> & { name?: string; folder?: FolderPlace } = {},
) {
  const source = { ...patternSource(1000, { name }), ...(folder ? { folder } : {}) };
  const parsed = parseTemplate(template);
  if (!parsed.template) throw new Error(parsed.problem.why);
  return placeOf({
    template: parsed.template,
    collision: 'new-name',
    profile: 'Work',
    naming: { at: noon, folder: 'Pictures' },
    source,
    signal: never,
    randomBytes: (count) => randomBytes(count),
    ...rest,
  });
}
const pathOf = (template: string, options?: Parameters<typeof place>[1], tries = 1, maxBytes = 1024): Promise<string> =>
  place(template, options).path(tries, maxBytes);
const inFolder = (below: string, name = 'holiday'): { folder: FolderPlace; name: string } => ({
  name: below.split('/').at(-1) ?? '',
  folder: { name, below, token: 'q3Zl8s1TSz0X_h-w', at: noon },
});

test('unless said otherwise a file goes to its day, 96 random bits, and its name', async () => {
  expect(await pathOf(usualTemplate)).toMatch(/^2026\/11\/22\/[\w-]{16}\/holiday\.jpg$/);
  const counts: number[] = [];
  await pathOf(usualTemplate, {
    randomBytes: (count) => {
      counts.push(count);
      return new Uint8Array(count);
    },
  });
  expect(counts).toEqual([12]);
  const many = await Promise.all(Array.from({ length: 1000 }, () => pathOf(usualTemplate)));
  expect(new Set(many).size).toBe(1000);
});

test('what is known of the file and its destination is filled in', async () => {
  expect(await pathOf('{profile}/{folder}/{stem}-{date:yyyyMMdd}-{time}{ext}')).toBe(
    'Work/Pictures/holiday-20261122-120509.jpg',
  );
  expect(await pathOf('{stem}.{ext}')).toBe('holiday.jpg');
  expect(await pathOf('{uuid}/{name}')).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\/holiday\.jpg$/,
  );
  // Nothing to fill in leaves no empty folder.
  expect(await pathOf('{folder}/{name}', { naming: { at: noon, folder: '' } })).toBe('holiday.jpg');
});

test('a hash is of what the file holds, read once and only when asked for', async () => {
  let reads = 0;
  const source = patternSource(3_000_000, {
    onRead: () => {
      reads++;
    },
  });
  const its = place('{hash:64}/{name}', { source });
  const sum = createHash('sha256').update(patternOf(3_000_000)).digest('hex');
  expect(await its.path(1, 1024)).toBe(`${sum}/file.bin`);
  const once = reads;
  expect(await its.path(2, 1024)).toBe(`${sum}/file-2.bin`);
  expect(reads).toBe(once);
  reads = 0;
  await place('{name}', { source }).path(1, 1024);
  expect(reads).toBe(0);
  const gone = AbortSignal.abort();
  await expect(place('{hash}', { source, signal: gone }).path(1, 1024)).rejects.toMatchObject({
    error: { code: 'canceled' },
  });
});

test('the next name is another one, with its number before the extension', async () => {
  const its = place('{folder}/{name}');
  expect(await its.path(2, 1024)).toBe('Pictures/holiday-2.jpg');
  expect(await its.path(9, 1024)).toBe('Pictures/holiday-9.jpg');
  expect(await its.path(10, 1024)).toMatch(/^Pictures\/holiday-[\w-]{6}\.jpg$/);
  expect(await pathOf('{name}', { name: `${'x'.repeat(300)}.jpeg` }, 2)).toBe(`${'x'.repeat(195)}-2.jpeg`);
  expect(await pathOf('{name}', { name: '.profile' }, 2)).toBe('.profile-2');
  // What is random is another one anyway.
  expect(await pathOf('{random:4}/{name}', {}, 2)).toMatch(/^[\w-]{4}\/holiday\.jpg$/);
});

test('the rule of an upload goes before that of its destination, and no rule touches what cannot be taken', () => {
  expect(place('{name}').onTaken).toBe('new-name');
  expect(place('{name}', { collision: 'ask' }).onTaken).toBe('refuse');
  expect(place('{name}', { collision: 'ask', naming: { at: noon, folder: '', collision: 'replace' } }).onTaken).toBe(
    'replace',
  );
  for (const unique of [usualTemplate, '{uuid}{ext}', 'a/{random:16}'])
    expect(place(unique, { collision: 'replace' })).toMatchObject({ isUnique: true, onTaken: 'new-name' });
  for (const shared of ['{name}', '{random:15}', '{hash:64}', '{date}/{time}{ext}'])
    expect(place(shared).isUnique, shared).toBe(false);
});

test('a place of an upload’s own goes before the template of its destination', async () => {
  const naming = { at: noon, folder: '', place: 'reports/{date}/summary.pdf' };
  expect(await pathOf(usualTemplate, { naming })).toBe('reports/2026-11-22/summary.pdf');
  expect(() => place(usualTemplate, { naming: { ...naming, place: '../{nme}' } })).toThrow(
    expect.objectContaining({ error: { code: 'invalid-input' } }),
  );
});

test('every name in every template makes a path that stores, XML and browsers leave alone', async () => {
  const names = fc.oneof(
    fc.constantFrom(...hostileNames),
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((n) => String.fromCharCode(n)), maxLength: 300 }),
  );
  const templates = fc.constantFrom(
    usualTemplate,
    '{name}',
    '{folder}/{profile}/{name}',
    '{stem}.{ext}',
    '{stem}/{ext}/{random:4}',
    '{ext}{stem}',
    'a/{folder}{ext}/{hash}',
    '{stem}{stem}{stem}{stem}',
    '/{name}/',
  );
  const tries = fc.constantFrom(1, 2, 20);
  await fc.assert(
    fc.asyncProperty(
      names,
      names,
      templates,
      tries,
      fc.constantFrom(least, 1024),
      async (name, folder, template, count, maxBytes) => {
        const made = await pathOf(template, { name, profile: folder, naming: { at: noon, folder } }, count, maxBytes);
        expect(byteLength(made)).toBeLessThanOrEqual(maxBytes);
        expect(made).toBe(made.normalize('NFC'));
        // eslint-disable-next-line no-control-regex
        expect(made).not.toMatch(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff\\]|\p{Cs}|\p{Bidi_Control}/u);
        for (const segment of made.split('/')) {
          expect(['', '.', '..']).not.toContain(segment);
          expect(byteLength(segment)).toBeLessThanOrEqual(255);
        }
        const url = `https://b.example.com/${encodeKey(made)}`;
        expect(new URL(url).href).toBe(url);
        expect(new URL(url).pathname.slice(1).split('/').map(decodeURIComponent).join('/')).toBe(made);
      },
    ),
    { numRuns: 600 },
  );
});

// ---------------------------------------------------------------- folders

test('files of a folder lie beside each other, in their places, on the day of the folder', async () => {
  const noRandom = (): never => {
    throw new Error('a folder has its own');
  };
  expect(await pathOf(usualTemplate, { ...inFolder('a.jpg'), randomBytes: noRandom })).toBe(
    '2026/11/22/q3Zl8s1TSz0X_h-w/holiday/a.jpg',
  );
  expect(await pathOf(usualTemplate, inFolder('deep/er/0.txt'))).toBe(
    '2026/11/22/q3Zl8s1TSz0X_h-w/holiday/deep/er/0.txt',
  );
  expect(await pathOf(usualTemplate, inFolder('deep//0.txt'))).toBe('2026/11/22/q3Zl8s1TSz0X_h-w/holiday/deep/0.txt');
});

test('a template names the place of the folder, the same for all its files', async () => {
  for (const template of ['{folder}/{name}', '{stem}-{hash}{ext}', '{uuid}/{name}', '{random:40}/{time}']) {
    const [a, b] = [
      await pathOf(template, inFolder('a.jpg', 'v1.2')),
      await pathOf(template, inFolder('deep/b.txt', 'v1.2')),
    ];
    expect(a.endsWith('/a.jpg') && b.endsWith('/deep/b.txt'), `${a} ${b}`).toBe(true);
    expect(a.slice(0, -'/a.jpg'.length)).toBe(b.slice(0, -'/deep/b.txt'.length));
  }
  expect(await pathOf('{folder}/{name}', inFolder('a.jpg'))).toBe('Pictures/holiday/a.jpg');
  // The dot in a folder's name begins no extension.
  expect(await pathOf('{stem}', inFolder('a.jpg', 'v1.2'))).toBe('v1.2/a.jpg');
  expect(await pathOf('{name}', inFolder('deep/a.jpg'), 3)).toBe('holiday/deep/a-3.jpg');
});

test('a place that cannot stay as it is gets a mark, so that it does not become its neighbour’s', async () => {
  const of = (below: string): Promise<string> => pathOf(usualTemplate, inFolder(below));
  expect(await of('a\nb.txt')).toMatch(/\/holiday\/a_b~[\w-]{8}\.txt$/);
  expect(await of('../x')).toMatch(/\/holiday\/__~[\w-]{8}\/x$/);
  expect((await of('x/../../y')).split('/')).not.toContain('..');
  const neighbours = [
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
  expect(new Set(await Promise.all(neighbours.map(of))).size).toBe(neighbours.length);
});

test('a place that is too deep for a key keeps its name, and is like no other', async () => {
  const deep = (last: string): string => `${'folder with a long name/'.repeat(60)}${last}`;
  const of = (below: string): Promise<string> => pathOf(usualTemplate, inFolder(below, 'h'.repeat(255)), 1, least);
  const paths = await Promise.all([deep('a.jpg'), deep('b.jpg'), `other/${deep('a.jpg')}`].map(of));
  for (const made of paths) expect(byteLength(made)).toBeLessThanOrEqual(least);
  expect(paths[0]).toMatch(/\/a\.jpg$/);
  expect(new Set(paths).size).toBe(3);
  expect(await of(deep('a.jpg'))).toBe(paths[0]);
});

test('no two places of a folder have one path, whatever they are called', async () => {
  const segment = fc.oneof(
    fc.constantFrom(...hostileNames.map((name) => name.replaceAll('/', '')).filter((name) => name !== '')),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).map((name) => name.replaceAll('/', '_')),
  );
  const below = fc.array(segment, { minLength: 1, maxLength: 40 }).map((segments) => segments.join('/'));
  await fc.assert(
    fc.asyncProperty(below, below, fc.constantFrom(least, 1024), async (one, other, maxBytes) => {
      const [a, b] = await Promise.all([one, other].map((at) => pathOf(usualTemplate, inFolder(at, 'h'), 1, maxBytes)));
      expect(a === b).toBe(one === other);
      for (const made of [a!, b!]) {
        expect(byteLength(made)).toBeLessThanOrEqual(maxBytes);
        for (const part of made.split('/')) {
          expect(['', '.', '..']).not.toContain(part);
          expect(byteLength(part)).toBeLessThanOrEqual(255);
        }
        expect(new URL(`https://b.example.com/${encodeKey(made)}`).pathname.slice(1)).toBe(encodeKey(made));
      }
    }),
    { numRuns: 400 },
  );
});
