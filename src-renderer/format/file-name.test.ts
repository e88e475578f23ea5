import { expect, test } from 'vitest';
import { displaySafeName, splitName, typeLabel } from './file-name.ts';

test.each([
  ['invoice\u202Egpj.exe', 'invoice�gpj.exe'],
  ['a\u0000b\u001b[31m\r\nc', 'a�b�[31m��c'],
  ['\u2067x\u2069', '�x�'],
  ['\ud800.txt', '�.txt'],
  ['zero\u200bwidth', 'zero�width'],
  ['👩‍👩‍👧.png', '👩‍👩‍👧.png'],
  ['Zoë & Søn.pdf', 'Zoë & Søn.pdf'],
  ['شهر.pdf', 'شهر.pdf'],
])('%j is shown as %j', (name, shown) => expect(displaySafeName(name)).toBe(shown));

test('a short name is not split', () =>
  expect(splitName('conference.mp4')).toEqual({ head: 'conference.mp4', tail: '' }));

test('a long name keeps its end and extension', () => {
  expect(splitName('conference talk – the very final cut (2).mp4')).toEqual({
    head: 'conference talk – the very final c',
    tail: 'ut (2).mp4',
  });
});

test('an emoji of several characters is not split', () => {
  const name = `${'x'.repeat(30)}👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧.png`;
  expect(splitName(name).tail).toBe('👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧.png');
});

test('a word in a joining script is not split', () =>
  expect(splitName('تقرير المبيعات السنوي النهائي للشركة.pdf').tail).toBe('.pdf'));

test('head and tail add up to the name', () => {
  for (const name of ['a'.repeat(200), `${'b'.repeat(90)}.tar.gz`, `.${'c'.repeat(60)}`, `x.${'d'.repeat(60)}`]) {
    const { head, tail } = splitName(name);
    expect(head + tail).toBe(name);
  }
});

test.each([
  ['a.pdf', 'PDF'],
  ['a.tar.gz', 'GZ'],
  ['.bashrc', undefined],
  ['README', undefined],
  ['a.jpeg2000', undefined],
  ['x.MP4', 'MP4'],
])('the icon of %s shows %s', (name, label) => expect(typeLabel(name)).toBe(label));
