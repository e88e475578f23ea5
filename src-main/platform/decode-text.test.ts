/** Text files of Windows programs: UTF-16 and byte order marks. */
import { expect, test } from 'vitest';
import { decodeText } from './decode-text.ts';

const text = '[default]\r\naws_access_key_id = AKIDÜ\r\n';
const littleEndian = Buffer.from(text, 'utf16le');
const bigEndian = Buffer.from(littleEndian).swap16();

test.each<[string, Uint8Array]>([
  ['UTF-8', Buffer.from(text)],
  ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${text}`)],
  ['UTF-16 of PowerShell', Buffer.concat([Buffer.from([0xff, 0xfe]), littleEndian])],
  ['UTF-16 with the other byte order', Buffer.concat([Buffer.from([0xfe, 0xff]), bigEndian])],
  ['UTF-16 without a byte order mark', littleEndian],
  ['UTF-16 without a byte order mark, with the other byte order', bigEndian],
])('reads %s', (_, bytes) => expect(decodeText(bytes)).toBe(text));

test('reads short and empty files', () => {
  expect(decodeText(Buffer.alloc(0))).toBe('');
  expect(decodeText(Buffer.from('a'))).toBe('a');
  expect(decodeText(Buffer.from([0xff, 0xfe]))).toBe('');
});
