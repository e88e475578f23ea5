import { expect, test } from 'vitest';
import { byteLength, safeName, truncateName } from './safe-name.ts';

test.each([
  ['Cafe\u0301.txt', 'Caf\u00e9.txt'],
  ['.', '_'],
  ['..', '__'],
  ['', '_'],
  ['...', '...'],
  ['.hidden', '.hidden'],
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

test('a long name is shortened to 255 bytes without splitting a character, and keeps its extension', () => {
  expect(safeName(`${'x'.repeat(300)}.jpeg`)).toBe(`${'x'.repeat(250)}.jpeg`);
  expect(safeName('日'.repeat(200) + '.tar.gz')).toBe(`${'日'.repeat(84)}.gz`);
  expect(safeName('\u{1f389}'.repeat(100))).toBe('\u{1f389}'.repeat(63));
  // A dot followed by more than 16 characters starts no extension.
  expect(byteLength(safeName(`a.${'y'.repeat(400)}`))).toBe(255);
});

test('an extension that leaves no room for the name is shortened too', () => {
  expect(truncateName(`a.${'日'.repeat(16)}`, 24)).toBe(`a.${'日'.repeat(7)}`);
});

test('bytes are counted in UTF-8', () => {
  for (const text of ['', 'plain', 'Café', '日本', '\u{1f389}', 'half \ud83d'])
    expect(byteLength(text), text).toBe(new TextEncoder().encode(text).length);
});
