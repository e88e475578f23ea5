/** Content types by name and content. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { contentTypeAfterRename, contentTypeFor } from './content-type.ts';
import { acceptFile } from './source-file.ts';
import { tempFolder } from './testing/temp-folders.ts';

const text = Buffer.from('const größe = 1;\n');
/** An MPEG transport stream: 20 packets of 188 bytes. */
const transportStream = Buffer.concat(
  Array.from({ length: 20 }, () => Buffer.from([0x47, 0x40, 0, 0x10, ...Array(184).fill(0)])),
);
const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

test.each([
  'app.ts',
  'app.mts',
  'app.tsx',
  'main.py',
  'main.go',
  'lib.rs',
  'run.sh',
  'README',
  'Makefile',
  'Dockerfile',
  '.gitignore',
  'fix.patch',
  'data.jsonl',
  'id_ed25519.pub',
  'server.key',
  'ca.pem',
  'a.tex',
  'b.php',
  'c.sql.bak',
  'd.log',
  'e.toml.tmp',
  'f.ps1',
  'g.bat',
  'h.lua',
  'i.env',
])('text in %s opens as text', (name) => expect(contentTypeFor(name, text)).toMatch(/^text\//));

test.each([
  ['clip.ts', transportStream, 'video/mp2t'],
  ['blob', Buffer.from([0, 1, 2, 3]), 'application/octet-stream'],
  ['photo', png, 'image/png'],
  ['document', Buffer.from('%PDF-1.7\n%\xe2\xe3\n', 'latin1'), 'application/pdf'],
  ['data.json', Buffer.from('{}'), 'application/json'],
  ['list.m3u8', Buffer.from('#EXTM3U'), 'application/vnd.apple.mpegurl'],
  ['feed.rss', Buffer.from('<?xml version="1.0"?>'), 'application/rss+xml'],
  ['drawing.svg', Buffer.from('<svg/>'), 'image/svg+xml'],
  ['page.html', Buffer.from('<p>'), 'text/html'],
  ['archive.zip', Buffer.from([0x50, 0x4b, 3, 4, 0, 0]), 'application/zip'],
  ['notes', Buffer.from('\ufeffhello', 'utf16le'), 'text/plain'],
  ['empty', Buffer.alloc(0), 'text/plain'],
  ['latin', Buffer.from('caf\xe9 cr\xe8me', 'latin1'), 'application/octet-stream'],
])('%s gets the type of its format', (name, content, type) => expect(contentTypeFor(name, content)).toBe(type));

test('a file that begins as text and ends with other bytes is no text', () => {
  expect(contentTypeFor('installer', text, Buffer.from([0, 1, 2]))).toBe('application/octet-stream');
});

test('the sample may end and begin within a character', async () => {
  const file = path.join(tempFolder(), 'long');
  for (const shift of ['', 'a', 'ab']) {
    writeFileSync(file, shift + '日'.repeat(5000));
    expect((await acceptFile(file)).contentType).toBe('text/plain');
  }
});

test('a new name keeps the type of the content', () => {
  expect(contentTypeAfterRename('b.ts', 'text/plain')).toBe('text/plain');
  expect(contentTypeAfterRename('b.ts', 'video/mp2t')).toBe('video/mp2t');
  expect(contentTypeAfterRename('b', 'image/png')).toBe('image/png');
  expect(contentTypeAfterRename('b.png', 'text/plain')).toBe('image/png');
});
