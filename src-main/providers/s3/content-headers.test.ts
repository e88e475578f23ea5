/** The headers that make a browser show or save a file. */
import http from 'node:http';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hostileNames } from '../testing/hostile-names.ts';
import { contentHeaders } from './content-headers.ts';

const options = { showsPages: false };

test.each([
  'text/html',
  'text/html; charset=utf-8',
  'TEXT/HTML',
  'image/svg+xml',
  'application/xhtml+xml',
  'application/xml',
  'text/xml',
  'application/atom+xml',
  'multipart/related',
])('a browser saves a file of the type %s instead of running it', (type) => {
  expect(contentHeaders('page.html', type, options).ContentDisposition).toBe('attachment; filename="page.html"');
});

test.each(['image/png', 'video/mp4', 'application/pdf', 'text/plain', 'application/json', 'application/octet-stream'])(
  'a browser shows a file of the type %s',
  (type) => {
    expect(contentHeaders('file.bin', type, options).ContentDisposition).toBe('inline; filename="file.bin"');
  },
);

test.each([
  ['text/plain', 'text/plain; charset=utf-8'],
  ['text/html', 'text/html; charset=utf-8'],
  ['text/csv; charset=iso-8859-1', 'text/csv; charset=iso-8859-1'],
  ['image/png', 'image/png'],
  ['', 'application/octet-stream'],
  ['nonsense', 'application/octet-stream'],
  ['text/plain\r\nX-Evil: 1', 'application/octet-stream'],
])('the type %j is sent as %j', (typed, sent) => {
  expect(contentHeaders('a', typed, options).ContentType).toBe(sent);
});

test('the header has the exact name and an ASCII name', () => {
  expect(contentHeaders('Größe "1" 50%.pdf', 'application/pdf', options).ContentDisposition).toBe(
    `inline; filename="Gr__e _1_ 50_.pdf"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%221%22%2050%25.pdf`,
  );
});

test('the header is valid for every file name', () => {
  fc.assert(
    fc.property(fc.oneof(fc.constantFrom(...hostileNames), fc.string({ unit: 'binary' })), (name) => {
      const { ContentDisposition: value } = contentHeaders(name, 'image/png', options);
      http.validateHeaderValue('content-disposition', value);
      // The name in quotes has only printable ASCII, without quotation marks, percent signs and backslashes.
      expect(value).toMatch(
        /^inline; filename="[\x20-\x21\x23-\x24\x26-\x5b\x5d-\x7e]*"(; filename\*=UTF-8''[\w%.~-]+)?$/,
      );
      const exact = /filename\*=UTF-8''(.*)$/.exec(value)?.[1];
      if (exact !== undefined) expect(() => decodeURIComponent(exact)).not.toThrow();
    }),
    { numRuns: 400 },
  );
});
