import { expect, test } from 'vitest';
import { copiedFilePaths } from './copied-files.ts';

test.each([
  ['a list of addresses (RFC 2483)', '# a comment\r\nfile:///a%20b/%C3%BC.txt\r\nfile:///c\r\n', ['/a b/ü.txt', '/c']],
  ['an address with this computer as its host', 'file://localhost/a.txt\r\n', ['/a.txt']],
  ['x-special/gnome-copied-files', 'copy\nfile:///a.txt\nfile:///b.txt', ['/a.txt', '/b.txt']],
  ['cut files', 'cut\nfile:///a.txt\0', ['/a.txt']],
  ['the text of Nautilus', 'x-special/nautilus-clipboard\ncopy\nfile:///a.txt\n', ['/a.txt']],
  ['a plain address', 'file:///a.txt', ['/a.txt']],
])('reads %s', (_title, content, paths) => expect(copiedFilePaths(content)).toEqual(paths));

test.each([
  ['nothing', ''],
  ['a word', 'copy'],
  ['a path without a scheme', '/etc/passwd'],
  ['text that mentions a file', 'see file:///a.txt'],
  ['a file and text', 'file:///a.txt\nhello'],
  ['a web address', 'https://example.com/a.txt'],
  ['a file of another computer', 'file://server/share/a.txt'],
  ['a malformed escape', 'file:///100%.txt'],
  ['an escaped slash', 'file:///a%2Fb.txt'],
])('finds no file in %s', (_title, content) => expect(copiedFilePaths(content)).toEqual([]));
