/** Response headers that protect the user from uploaded web pages. */
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { Bucket, startServerForEachTest } from './testing/server-fixture.ts';

const server = startServerForEachTest();

test('objects that can contain scripts are downloaded, not shown', async () => {
  for (const [key, type] of [
    ['p.html', 'text/html; charset=utf-8'],
    ['s.svg', 'IMAGE/SVG+XML'],
    ['x.xhtml', 'application/xhtml+xml'],
    ['x.xml', 'text/xml'],
    ['a.xml', 'application/xml ; a=b'],
    ['r.rss', 'application/rss+xml'],
  ] as const) {
    await server.put(key, '<script>alert(1)</script>', {
      ContentType: type,
      ContentDisposition: `inline; filename="${key}"`,
    });
    const response = await server.send({ path: `/practice/${key}` });
    expect(response.headers['content-disposition'], type).toBe(`attachment; filename="${key}"`);
  }
  await server.put('t.txt', 'x', { ContentType: 'text/plain' });
  const overridden = await fetch(
    await server.presign(
      new GetObjectCommand({
        Bucket,
        Key: 't.txt',
        ResponseContentType: 'text/html',
        ResponseContentDisposition: 'inline',
      }),
    ),
  );
  expect(overridden.headers.get('content-disposition')).toBe('attachment');
  expect((await server.send({ path: '/practice/t.txt' })).headers['content-disposition']).toBeUndefined();
});

test('no response allows another origin to read it', async () => {
  await server.put('t.txt', 'x', { ContentType: 'text/plain' });
  for (const [path, request] of [
    ['/practice/t.txt', {}],
    ['/practice/none', {}],
    ['/', {}],
    ['/practice', {}],
    ['/practice/t.txt', { signed: 'no' }],
    [
      '/practice/t.txt',
      {
        method: 'OPTIONS',
        signed: 'no',
        headers: { origin: 'https://evil.example', 'access-control-request-method': 'PUT' },
      },
    ],
  ] as const) {
    const { headers } = await server.send({
      path,
      ...request,
      headers: { origin: 'https://evil.example', ...('headers' in request ? request.headers : {}) },
    });
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    expect(headers['content-security-policy']).toMatch(/^sandbox; default-src 'none'/);
  }
});
