import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hostileNames } from '../testing/names.ts';
import { encodeKey, makeKey, safeName } from './keys.ts';

const key = (name: string, prefix = ''): string => makeKey({ name, prefix, now: Date.UTC(2026, 10, 22, 23, 59, 59), randomBytes: (count) => randomBytes(count) });

test('a key is the UTC date, 96 random bits, and the name', () => {
  expect(key('holiday.jpg')).toMatch(/^2026\/11\/22\/[\w-]{16}\/holiday\.jpg$/);
  expect(key('a', 'team/shots')).toMatch(/^team\/shots\/2026\/11\/22\/[\w-]{16}\/a$/);
  const counts: number[] = [];
  makeKey({ name: 'a', prefix: '', now: 0, randomBytes: (count) => { counts.push(count); return new Uint8Array(count); } });
  expect(counts).toEqual([12]);
  expect(new Set(Array.from({ length: 1000 }, () => key('same.png'))).size).toBe(1000);
});

test.each([
  ['Cafe\u0301.txt', 'Caf\u00e9.txt'],
  ['.', '_'], ['..', '__'], ['', '_'], ['...', '...'], ['.hidden', '.hidden'],
  ['a/b\\c', 'a_b_c'],
  ['tab\tnul\u0000bell\u0007c1\u0085line\u2028', 'tab_nul_bell_c1_line_'],
  ['right\u202egpj.exe', 'right_gpj.exe'],
  ['half \ud83d pair', 'half \ufffd pair'],
  ['non\uffffchar', 'non\ufffdchar'],
  ['\u{1f468}\u200d\u{1f469}.jpg', '\u{1f468}\u200d\u{1f469}.jpg'],
  ['a b+c#d%e?f&g=h;i\'j"k', 'a b+c#d%e?f&g=h;i\'j"k'],
])('the name %j is stored as %j', (name, stored) => {
  expect(safeName(name)).toBe(stored);
});

test('a long name keeps its extension, whole characters, and 255 bytes', () => {
  expect(safeName(`${'x'.repeat(300)}.jpeg`)).toBe(`${'x'.repeat(250)}.jpeg`);
  expect(safeName('日'.repeat(200) + '.tar.gz')).toBe(`${'日'.repeat(84)}.gz`);
  expect(safeName('\u{1f389}'.repeat(100))).toBe('\u{1f389}'.repeat(63));
  // What looks like an extension of 200 bytes is none.
  expect(Buffer.byteLength(safeName(`a.${'y'.repeat(400)}`))).toBe(255);
});

test('every name makes a key that S3, XML and browsers leave alone', () => {
  const names = fc.oneof(fc.constantFrom(...hostileNames), fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((n) => String.fromCharCode(n)), maxLength: 300 }));
  fc.assert(fc.property(names, (name) => {
    const made = key(name, 'p'.repeat(512));
    expect(Buffer.byteLength(made)).toBeLessThanOrEqual(1024);
    expect(made).toBe(made.normalize('NFC'));
    // eslint-disable-next-line no-control-regex
    expect(made).not.toMatch(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff\\]|\p{Cs}|\p{Bidi_Control}/u);
    const segments = made.split('/');
    expect(segments).toHaveLength(6);
    expect(segments).not.toContain('.');
    expect(segments).not.toContain('..');
    const url = `https://b.example.com/${encodeKey(made)}`;
    expect(new URL(url).href).toBe(url);
    expect(new URL(url).pathname.slice(1).split('/').map(decodeURIComponent).join('/')).toBe(made);
    expect(safeName(safeName(name))).toBe(safeName(name));
  }), { numRuns: 400 });
});

// ---------------------------------------------------------------- folders

const folderKey = (below: string, name = 'holiday', prefix = ''): string => makeKey({
  name: below.split('/').at(-1) ?? '', prefix, now: Date.UTC(2030, 0, 1), randomBytes: () => { throw new Error('a folder has its own'); },
  folder: { name, below, token: 'q3Zl8s1TSz0X_h-w', at: Date.UTC(2026, 10, 22, 23, 59) },
});

test('files of a folder lie beside each other, in their places, on the day of the folder', () => {
  expect(folderKey('a.jpg')).toBe('2026/11/22/q3Zl8s1TSz0X_h-w/holiday/a.jpg');
  expect(folderKey('deep/er/0.txt', 'holiday', 'team/shots')).toBe('team/shots/2026/11/22/q3Zl8s1TSz0X_h-w/holiday/deep/er/0.txt');
  expect(folderKey('deep//0.txt')).toBe('2026/11/22/q3Zl8s1TSz0X_h-w/holiday/deep/0.txt');
});

test('a place that cannot stay as it is gets a mark, so that it does not become its neighbour’s', () => {
  expect(folderKey('a\nb.txt')).toMatch(/\/holiday\/a_b~[\w-]{8}\.txt$/);
  expect(folderKey('../x')).toMatch(/\/holiday\/__~[\w-]{8}\/x$/);
  expect(folderKey('x/../../y').split('/')).not.toContain('..');
  const neighbours = ['a_b', 'a\nb', 'a\tb', 'Caf\u00e9', 'Cafe\u0301', 'x/a_b', 'x/a\nb', 'x\n/a_b', 'x_/a_b', '..', '.', '_', '__'];
  expect(new Set(neighbours.map((below) => folderKey(below))).size).toBe(neighbours.length);
});

test('a place that is too deep for a key keeps its name, and is like no other', () => {
  const deep = (last: string): string => `${'folder with a long name/'.repeat(60)}${last}`;
  const keys = [deep('a.jpg'), deep('b.jpg'), `other/${deep('a.jpg')}`].map((below) => folderKey(below, 'h'.repeat(255), 'p'.repeat(512)));
  for (const made of keys) expect(Buffer.byteLength(made)).toBeLessThanOrEqual(1024);
  expect(keys[0]).toMatch(/\/a\.jpg$/);
  expect(new Set(keys).size).toBe(3);
  expect(folderKey(deep('a.jpg'), 'h'.repeat(255), 'p'.repeat(512))).toBe(keys[0]);
});

test('no two places of a folder have one key, whatever they are called', () => {
  const segment = fc.oneof(fc.constantFrom(...hostileNames.map((name) => name.replaceAll('/', '')).filter((name) => name !== '')), fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).map((name) => name.replaceAll('/', '_')));
  const below = fc.array(segment, { minLength: 1, maxLength: 40 }).map((segments) => segments.join('/'));
  fc.assert(fc.property(below, below, fc.constantFrom('', 'p'.repeat(512)), (one, other, prefix) => {
    const [a, b] = [folderKey(one, 'h', prefix), folderKey(other, 'h', prefix)];
    expect(a === b).toBe(one === other);
    for (const made of [a, b]) {
      expect(Buffer.byteLength(made)).toBeLessThanOrEqual(1024);
      for (const part of made.split('/')) {
        expect(['', '.', '..']).not.toContain(part);
        expect(Buffer.byteLength(part)).toBeLessThanOrEqual(prefix === '' ? 255 : 512);
      }
      expect(new URL(`https://b.example.com/${encodeKey(made)}`).pathname.slice(1)).toBe(encodeKey(made));
    }
  }), { numRuns: 400 });
});

// ---------------------------------------------------------------- addresses

test('addresses encode what programs trip over', () => {
  expect(encodeKey(`a b+c#d%e?é/ü.txt`)).toBe('a%20b%2Bc%23d%25e%3F%C3%A9/%C3%BC.txt');
  expect(encodeKey(`!'()*~-._`)).toBe('%21%27%28%29%2A~-._');
});
