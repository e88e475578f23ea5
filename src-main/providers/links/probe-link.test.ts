import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { fetchLink, probeLink } from './probe-link.ts';

let server: http.Server;
let base: string;
let respond: (request: http.IncomingMessage, response: http.ServerResponse) => void;
let requests: http.IncomingMessage[] = [];
const neverAborted = new AbortController().signal;

beforeAll(async () => {
  server = http
    .createServer((request, response) => {
      requests.push(request);
      respond(request, response);
    })
    .listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});
beforeEach(() => {
  requests = [];
});

const respondWith = (status: number, headers: http.OutgoingHttpHeaders = {}, body = ''): void => {
  respond = (_, response) => response.writeHead(status, headers).end(body);
};
const probe = (size: number, path = '/file'): ReturnType<typeof probeLink> =>
  probeLink({ url: base + path }, size, neverAborted);

type ProbeCase = [
  response: string,
  outcome: string,
  status: number,
  headers: http.OutgoingHttpHeaders,
  body: string,
  fileSize: number,
];

test.each<ProbeCase>([
  [
    'status 206 with the size of the file',
    'this-computer',
    206,
    { 'content-range': 'bytes 0-0/5000', 'content-length': 1 },
    'x',
    5000,
  ],
  [
    'status 206 with another size',
    'unreachable',
    206,
    { 'content-range': 'bytes 0-0/4999', 'content-length': 1 },
    'x',
    5000,
  ],
  [
    'status 206 with an unknown size',
    'unreachable',
    206,
    { 'content-range': 'bytes 0-0/*', 'content-length': 1 },
    'x',
    5000,
  ],
  ['the whole file', 'this-computer', 200, { 'content-length': 4 }, 'file', 4],
  [
    'a login page of another length',
    'unreachable',
    200,
    { 'content-type': 'text/html', 'content-length': 9 },
    '<p>login<',
    4,
  ],
  ['a page without a length', 'unreachable', 200, { 'content-type': 'text/html' }, '<p>login</p>', 4],
  ['the whole file without a length', 'this-computer', 200, { 'transfer-encoding': 'chunked' }, 'file', 4],
  [
    'compressed content that happens to have the right length',
    'unreachable',
    200,
    { 'content-encoding': 'gzip', 'content-length': 4 },
    'abcd',
    5,
  ],
  ['an empty file', 'this-computer', 200, { 'content-length': 0 }, '', 0],
  ['status 416 for an empty file', 'this-computer', 416, {}, '', 0],
  ['status 416 for a file with content', 'unreachable', 416, {}, '', 5],
  ['status 401', 'private', 401, {}, '', 5],
  ['status 403', 'private', 403, {}, 'denied', 5],
  ['status 404', 'unreachable', 404, {}, '', 5],
  ['status 500', 'unreachable', 500, {}, '', 5],
  ['a redirect to another host', 'unreachable', 302, { location: 'http://login.example.com/' }, '', 5],
  ['a redirect to an invalid address', 'unreachable', 302, { location: 'http://' }, '', 5],
  ['a redirect to itself', 'unreachable', 302, { location: '/file' }, '', 5],
])('for %s, probeLink returns %s', async (_, outcome, status, headers, body, fileSize) => {
  respondWith(status, headers, body);
  expect(await probe(fileSize)).toBe(outcome);
});

test('probeLink requests one byte, without credentials or cookies', async () => {
  respondWith(206, { 'content-range': 'bytes 0-0/5' }, 'x');
  await probe(5);
  expect(requests[0]?.headers).toMatchObject({ range: 'bytes=0-0', 'accept-encoding': 'identity' });
  expect(requests[0]?.headers).not.toHaveProperty('authorization');
  expect(requests[0]?.headers).not.toHaveProperty('cookie');
});

test('probeLink follows three redirects within the host, but not a fourth', async () => {
  respond = (request, response) => {
    const step = Number(request.url?.slice(1));
    if (step > 0) response.writeHead(307, { location: `/${step - 1}` }).end();
    else response.writeHead(200, { 'content-length': 2 }).end('ok');
  };
  expect(await probe(2, '/3')).toBe('this-computer');
  expect(await probe(2, '/4')).toBe('unreachable');
});

test('probeLink returns "unreachable" when a request fails, and never throws', async () => {
  expect(await probeLink({ url: 'http://127.0.0.1:9/x' }, 5, neverAborted)).toBe('unreachable');
  expect(await probeLink({ url: 'not an address' }, 5, neverAborted)).toBe('unreachable');
  expect(await probeLink({ url: 'ftp://127.0.0.1/x' }, 5, neverAborted)).toBe('unreachable');
  expect(await probeLink({ url: 'http://nowhere.invalid/x' }, 5, neverAborted)).toBe('unreachable');
  respond = (request) => request.socket.destroy();
  expect(await probe(5)).toBe('unreachable');
  respond = (request, response) => {
    response.writeHead(200, { 'transfer-encoding': 'chunked' });
    response.write('x');
    request.socket.destroy();
  };
  expect(await probe(5)).toBe('unreachable');
  const controller = new AbortController();
  respond = () => controller.abort();
  expect(await probeLink({ url: base }, 5, controller.signal)).toBe('unreachable');
});

test('probeLink returns "this-computer" for a host name that resolves to this computer', async () => {
  respondWith(200, { 'content-length': 2 }, 'ok');
  expect(await probeLink({ url: base.replace('127.0.0.1', 'localhost') }, 2, neverAborted)).toBe('this-computer');
});

test('fetchLink returns the body, never the first bytes of a longer body, and undefined for status 403', async () => {
  respondWith(200, {}, 'hello');
  expect((await fetchLink({ url: base }, 5, neverAborted))?.toString()).toBe('hello');
  respondWith(200, {}, 'hello and more');
  expect((await fetchLink({ url: base }, 5, neverAborted))?.equals(Buffer.from('hello'))).toBe(false);
  respondWith(403, {}, 'hello');
  expect(await fetchLink({ url: base }, 5, neverAborted)).toBeUndefined();
});
