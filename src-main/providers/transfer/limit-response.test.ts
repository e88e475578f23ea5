/** Tests the request handler of all providers with servers that send too much or too slowly. */
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { gzipSync } from 'node:zlib';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, test } from 'vitest';
import { FalHttpClient } from '../fal/http-client.ts';
import { networkErrorMeaning } from '../network/network-errors.ts';
import { createTransport } from '../network/transport.ts';
import { patternSource } from '../testing/pattern-source.ts';
import { sendDropboxRequest } from '../dropbox/send-request.ts';
import { FilePart } from './file-part.ts';
import { defaultHandlerOptions, FilePartHandler } from './request-handler.ts';

const mib = 1024 * 1024;
const neverAborted = new AbortController().signal;
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function listen(server: net.Server): Promise<number> {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket.on('error', () => undefined));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}
const serve = (respond: http.RequestListener): Promise<number> => listen(http.createServer(respond));

/** Sends zeros until the client closes the connection. */
const endless =
  (status: number, onBytes: (count: number) => void = () => undefined): http.RequestListener =>
  (request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': 'application/json' });
    const chunk = Buffer.alloc(64 * 1024);
    const send = (): void => {
      while (!response.destroyed) {
        onBytes(chunk.length);
        if (!response.write(chunk)) return;
      }
    };
    response.on('drain', send);
    send();
  };

function createHandler(options: { responseMs?: number } = {}): FilePartHandler {
  const transport = createTransport({ proxy: { kind: 'none' }, certificates: [] });
  cleanups.push(() => transport.close());
  return new FilePartHandler(transport, { ...defaultHandlerOptions, ...options });
}

async function request(
  handler: FilePartHandler,
  port: number,
  { downloadBytes, body }: { downloadBytes?: number; body?: FilePart } = {},
): Promise<Buffer> {
  const target = { protocol: 'http:', hostname: '127.0.0.1', port, path: '/', query: {}, headers: {}, method: 'GET' };
  const { response } = await handler.handle(
    {
      ...target,
      ...(body ? { method: 'PUT', body, headers: { 'content-length': String(body.byteLength) } } : {}),
    } as never,
    downloadBytes === undefined ? {} : { downloadBytes },
  );
  return buffer(response.body as Readable);
}

const smallPart = (): FilePart =>
  new FilePart({ source: patternSource(10), start: 0, length: 10, onBytes: () => undefined });

describe('a response without end', () => {
  test.each([
    ['an error', 503, 1, undefined],
    ['the response to a listing', 200, 16, undefined],
    ['an error response to an upload', 503, 1, smallPart],
  ])('is cut off: %s', async (_, status, limitMib, part) => {
    let sent = 0;
    const port = await serve(
      endless(status, (count) => {
        sent += count;
      }),
    );
    const failed = await request(createHandler(), port, part ? { body: part() } : {}).catch((cause: unknown) => cause);
    expect(failed).toMatchObject({ name: 'ResponseTooLargeError' });
    expect(networkErrorMeaning(failed as Error)).toMatchObject({ code: 'wrong-service' });
    // The buffers of the two sockets hold a few MiB.
    expect(sent).toBeLessThan((limitMib + 12) * mib);
  });

  test('does not fill the memory or block the event loop, with every provider', { timeout: 60_000 }, async () => {
    const port = await serve(endless(500));
    const url = `http://127.0.0.1:${port}/`;
    const handler = createHandler();
    const transport = createTransport({ proxy: { kind: 'none' }, certificates: [] });
    cleanups.push(() => transport.close());
    const s3 = new S3Client({
      endpoint: url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      requestHandler: handler,
      maxAttempts: 1,
    });
    const attempts: (() => Promise<unknown>)[] = [
      () => s3.send(new ListObjectsV2Command({ Bucket: 'b' })),
      () => new FalHttpClient(transport).send({ method: 'GET', url: new URL(url), signal: neverAborted }),
      () =>
        sendDropboxRequest(
          handler,
          url,
          { method: 'POST', headers: {} },
          { signal: neverAborted, attempts: 1, retryMs: 1 },
        ),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toThrow(/more than 1048576 bytes/);
    const before = process.memoryUsage().rss;
    let peak = before;
    const stall = monitorEventLoopDelay({ resolution: 5 });
    stall.enable();
    for (let round = 0; round < 20; round++) {
      await Promise.allSettled(attempts.map((attempt) => attempt()));
      peak = Math.max(peak, process.memoryUsage().rss);
    }
    stall.disable();
    expect(peak - before).toBeLessThan(64 * mib);
    // The histogram is in nanoseconds, the limit in ms.
    expect(stall.max / 1e6).toBeLessThan(2000);
  });
});

test('a compressed response of 500 MB is not decompressed', { timeout: 60_000 }, async () => {
  // Concatenated gzip streams are one gzip stream.
  const bomb = Buffer.concat(Array<Buffer>(50).fill(gzipSync(Buffer.alloc(10 * mib))));
  const port = await serve((_, response) => {
    response.writeHead(503, { 'content-encoding': 'gzip' }).end(bomb);
  });
  const before = process.memoryUsage().rss;
  expect((await request(createHandler(), port)).length).toBe(bomb.length);
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * mib);
});

test('a download may have the size that the caller expects', async () => {
  const size = 17 * mib;
  const port = await serve((_, response) => {
    response.end(Buffer.alloc(size));
  });
  const handler = createHandler();
  await expect(request(handler, port).then(({ length }) => length)).rejects.toThrow('more than 16777216 bytes');
  expect((await request(handler, port, { downloadBytes: size })).length).toBe(size);
});

describe('a request fails after its time limit when the server sends one byte at a time', () => {
  /** Starts a server that sends the beginning of a response at once and then one byte every 10 ms. */
  const serveSlowly = async (head: string): Promise<number> =>
    listen(
      net.createServer((socket) => {
        socket.write(head);
        const timer = setInterval(() => socket.write('x'), 10);
        socket.once('close', () => clearInterval(timer));
      }),
    );

  test.each([
    ['in the headers', 'HTTP/1.1 200 OK\r\nx-slow: '],
    ['in the body', 'HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n'],
  ])('%s', async (_, head) => {
    const failed = await request(createHandler({ responseMs: 300 }), await serveSlowly(head)).catch(
      (cause: unknown) => cause,
    );
    expect(failed).toMatchObject({ name: 'TimeoutError' });
    expect(networkErrorMeaning(failed as Error)).toMatchObject({ code: 'stalled' });
  });
});
