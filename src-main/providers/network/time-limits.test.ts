/** Every network operation that may wait forever has a time limit and an error for it. */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppFailure, type AppError } from '../../../src-shared/errors.ts';
import { errorText } from '../../../src-shared/text/text.ts';
import { connectDestination } from '../destination/connect.ts';
import { networkErrorMeaning } from './network-errors.ts';
import { environmentProxyResolver, createTransport, type Transport, type TransportSettings } from './transport.ts';
import { s3ProviderWith, s3TestPorts } from '../s3/testing/subject.ts';
import { testCa, loopbackCertificate } from '../testing/certificates.ts';
import { startHttpProxy, startSocksProxy } from '../testing/proxies.ts';
import { TlsProxy } from '../testing/tls-proxy.ts';

const shortMs = 150;
const longMs = 10_000;
const silentServer = net.createServer((socket) => {
  socket.on('error', () => undefined);
});
let silentPort = 0;
beforeAll(async () => {
  silentServer.listen(0, '127.0.0.1');
  await once(silentServer, 'listening');
  silentPort = (silentServer.address() as AddressInfo).port;
});
afterAll(() => {
  silentServer.close();
});

/** `code`: the code of Node's error, or the error of an AppFailure. */
type GetOutcome = { status: number } | { code: unknown };

function get(transport: Transport, url: string, options: http.RequestOptions = {}): Promise<GetOutcome> {
  const isTls = url.startsWith('https:');
  return new Promise((resolve) => {
    const request = (isTls ? https : http).get(
      url,
      { agent: isTls ? transport.httpsAgent : transport.httpAgent, ...options },
      (response) => {
        response.resume();
        response.once('end', () => resolve({ status: response.statusCode ?? 0 }));
      },
    );
    request.once('error', (cause) =>
      resolve({ code: cause instanceof AppFailure ? cause.error : (cause as NodeJS.ErrnoException).code }),
    );
  });
}

const direct: TransportSettings = { proxy: { kind: 'none' }, certificates: [] };
const viaProxy = (url: string): TransportSettings => ({ proxy: { kind: 'address', url }, certificates: [] });

describe('the time limit for connecting', () => {
  const unansweredLookup: http.RequestOptions = { lookup: () => undefined };

  test.each(['http:', 'https:'])('ends a DNS lookup that gets no response, over %s', async (protocol) => {
    const transport = createTransport(direct, undefined, { connectMs: shortMs });
    const startedAt = performance.now();
    expect(await get(transport, `${protocol}//store.invalid/`, unansweredLookup)).toEqual({ code: 'ETIMEDOUT' });
    expect(performance.now() - startedAt).toBeLessThan(longMs);
    transport.close();
  });

  test('ends a TLS handshake that never finishes: directly, through a tunnel and through SOCKS', async () => {
    const [proxy, socks] = [await startHttpProxy(), await startSocksProxy()];
    for (const settings of [direct, viaProxy(`http://${proxy.address}`), viaProxy(`socks5://${socks.address}`)]) {
      // Connecting to the proxy takes additional time.
      const transport = createTransport(settings, undefined, { connectMs: settings === direct ? shortMs : 1000 });
      expect(await get(transport, `https://127.0.0.1:${silentPort}/`)).toEqual({ code: 'ERR_TLS_HANDSHAKE_TIMEOUT' });
      transport.close();
    }
    await proxy.stop();
    await socks.stop();
    const { what } = errorText({
      code: 'unreachable',
      params: { host: 'h', why: networkErrorMeaning({ code: 'ERR_TLS_HANDSHAKE_TIMEOUT' })!.why! },
    });
    expect(what).toBe('h accepts connections but doesn’t respond.');
  });

  test('does not end an established connection', async () => {
    let respond: () => void = () => undefined;
    const mayRespond = new Promise<void>((resolve) => {
      respond = resolve;
    });
    const slow = http
      .createServer((_, response) => {
        void mayRespond.then(() => response.end('late'));
      })
      .listen(0, '127.0.0.1');
    await once(slow, 'listening');
    const tlsProxy = await TlsProxy.start(`http://127.0.0.1:${(slow.address() as AddressInfo).port}`);
    tlsProxy.useCertificate(loopbackCertificate);
    const transport = createTransport({ ...direct, certificates: [testCa] }, undefined, { connectMs: 1000 });
    const outcome = get(transport, tlsProxy.url);
    // Longer than the time limit for connecting.
    setTimeout(respond, 1300);
    expect(await outcome).toEqual({ status: 200 });
    transport.close();
    tlsProxy.stop();
    slow.close();
  });
});

describe('the time limit for the proxy lookup', () => {
  const neverAnswers = (): Promise<string> => new Promise(() => undefined);
  test.each([
    ['system', 'proxy'],
    ['pac', 'proxyAddress'],
  ] as const)('ends a lookup that gets no answer, with the proxy setting %s', async (kind, field) => {
    const file = http
      .createServer((_, response) => response.end('function FindProxyForURL() {}'))
      .listen(0, '127.0.0.1');
    await once(file, 'listening');
    const proxy: TransportSettings['proxy'] =
      kind === 'pac' ? { kind, url: `http://127.0.0.1:${(file.address() as AddressInfo).port}/` } : { kind };
    const transport = createTransport(
      { proxy, certificates: [] },
      { ...environmentProxyResolver, systemProxy: neverAnswers, pacProxy: neverAnswers },
      { proxyLookupMs: shortMs },
    );
    const { code: error } = (await get(transport, 'http://store.invalid/')) as { code: AppError };
    expect(error).toMatchObject({ code: 'unreachable', field, params: { why: 'askProxy' } });
    expect(errorText(error).remedy).toMatch(/under Network/);
    transport.close();
    file.close();
  });
});

test('a store that accepts the connection but never responds fails the check and the upload', async () => {
  const values = {
    bucket: 'photos',
    accessKeyId: 'AKID',
    secretAccessKey: 's',
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${silentPort}`,
    pathStyle: 'true',
  };
  const destination = await connectDestination(
    s3ProviderWith({ idleMs: shortMs, checkMs: longMs, retryMs: 1 }),
    values,
    s3TestPorts,
  );
  const { signal } = new AbortController();
  const source = {
    name: 'a.txt',
    size: 3,
    contentType: 'text/plain',
    read: async (into: Uint8Array) => {
      into.set([1, 2, 3]);
      return 3;
    },
    assertUnchanged: async () => undefined,
    close: async () => undefined,
  };
  const operations = [
    () => destination.check(signal),
    () => destination.upload({ source, signal, onCheckpoint: async () => undefined, onProgress: () => undefined }),
  ];
  for (const operation of operations) await expect(operation()).rejects.toMatchObject({ error: { code: 'stalled' } });
  destination.close();
});

test('all time limits are defined in time-limits.ts', () => {
  const folder = path.dirname(import.meta.dirname);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !/\.test\.ts$|testing/.test(name),
  );
  // Matches a timeout in ms that is written as a number in the code.
  const offenders = files.filter((name) =>
    /AbortSignal\.timeout\(\d|setTimeout\([^;]*, \d{3,}|[a-z]Timeout: \d/.test(
      readFileSync(path.join(folder, name), 'utf8'),
    ),
  );
  expect(offenders).toEqual([]);
});
