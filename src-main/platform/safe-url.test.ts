import { expect, test } from 'vitest';
import { isSafeLink, isSafeToOpen } from './safe-url.ts';

test.each([
  'https://bucket.s3.eu-central-1.amazonaws.com/2026/11/23/x/a%20b.txt?X-Amz-Signature=1',
  'http://127.0.0.1:7480/b/k',
  'http://localhost:9000/b/k',
  'http://192.168.1.5/b',
  'http://nas.local/b',
  'http://[::1]:80/x',
  'https://xn--bcher-kva.example/',
])('allows %s', (url) => {
  expect(isSafeToOpen(url)).toBe(true);
});

test.each([
  '',
  'x',
  'http://example.com/',
  'http://1.2.3.4/',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'JAVASCRIPT:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  'ms-msdt:/id',
  'search-ms:query=x',
  'smb://host/x',
  'ftp://host/x',
  '\\\\host\\share',
  'https://user:pw@example.com/',
  'https://user@example.com/',
  'http://127.0.0.1@example.com/',
  'http://127.0.0.1.example.com/',
  'http://localhost.example.com/',
  'http://192.168.1.5.example.com/',
  'http://172.32.0.1/',
  'http://11.0.0.1/',
  'http://[2001:db8::1]/',
  ' javascript:alert(1)',
  'java\nscript:alert(1)',
  'https:',
  'https://',
  'about:blank',
  'chrome://settings',
  'app://hoist/',
  'view-source:https://example.com',
  `https://example.com/${'x'.repeat(5000)}`,
  'http://evil.localhost.example/',
  'x-apple.systempreferences:',
])('rejects %j', (url) => {
  expect(isSafeToOpen(url)).toBe(false);
});

test.each([
  ['https://v3.fal.media/files/b/a%20b.png', true],
  ['http://127.0.0.1:9000/x', true],
  ['http://v3.fal.media/files/x', false],
  ['http://192.168.1.5/x', false],
  ['https://v3.fal.media/files/x\nhttps://evil.example/', false],
  ['https://v3.fal.media/\tfiles/x', false],
  ['https://v3.fal.media/\u001b[2Jx', false],
  ['https://v3.fal.media/\u009b2Jx', false],
  ['https://v3.fal.media/\u202egnp.x', false],
  [' https://v3.fal.media/x', false],
  ['https://user:pw@v3.fal.media/x', false],
  ['javascript:alert(1)', false],
  ['file:///etc/passwd', false],
])('a service may return the link %j: %s', (url, isAllowed) => {
  expect(isSafeLink(url)).toBe(isAllowed);
});
