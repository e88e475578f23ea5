/** Nothing waits for ever: each thing that a network can leave unanswered, and what is said then. */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppFailure, type AppError } from '../../src-shared/errors.ts';
import { errorText } from '../../src-shared/text/text.ts';
import { connectDestination } from './connect.ts';
import { meaningOfNetwork } from './network-errors.ts';
import { environmentNetwork, openWay, type Way, type WaySettings } from './network.ts';
import { tuned, ports } from './s3/testing/subject.ts';
import { authority, good } from './testing/certificates.ts';
import { httpProxy, socksProxy } from './testing/proxies.ts';
import { TlsFront } from './testing/tls-front.ts';

const short = 150;
const patient = 10_000;
const silent = net.createServer((socket) => {
  socket.on('error', () => undefined);
});
let silentPort = 0;
beforeAll(async () => {
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  silentPort = (silent.address() as AddressInfo).port;
});
afterAll(() => {
  silent.close();
});

type Got = { status: number } | { code: unknown };

function get(way: Way, url: string, options: http.RequestOptions = {}): Promise<Got> {
  const isTls = url.startsWith('https:');
  return new Promise((resolve) => {
    const request = (isTls ? https : http).get(
      url,
      { agent: isTls ? way.httpsAgent : way.httpAgent, ...options },
      (answer) => {
        answer.resume();
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0 }));
      },
    );
    request.once('error', (cause) =>
      resolve({ code: cause instanceof AppFailure ? cause.error : (cause as NodeJS.ErrnoException).code }),
    );
  });
}

const direct: WaySettings = { proxy: { kind: 'none' }, certificates: [] };
const through = (url: string): WaySettings => ({ proxy: { kind: 'address', url }, certificates: [] });

describe('a connection stands in time or not at all', () => {
  const never: http.RequestOptions = { lookup: () => undefined };

  test.each(['http:', 'https:'])('a name that is never found, over %s', async (protocol) => {
    const way = openWay(direct, undefined, { connectMs: short });
    const began = performance.now();
    expect(await get(way, `${protocol}//store.invalid/`, never)).toEqual({ code: 'ETIMEDOUT' });
    expect(performance.now() - began).toBeLessThan(patient);
    way.close();
  });

  test('somebody who takes the connection and never shakes hands: directly, through a tunnel, through SOCKS', async () => {
    const [proxy, socks] = [await httpProxy(), await socksProxy()];
    for (const settings of [direct, through(`http://${proxy.address}`), through(`socks5://${socks.address}`)]) {
      // Whoever is between us has to be reached first.
      const way = openWay(settings, undefined, { connectMs: settings === direct ? short : 1000 });
      expect(await get(way, `https://127.0.0.1:${silentPort}/`)).toEqual({ code: 'ERR_TLS_HANDSHAKE_TIMEOUT' });
      way.close();
    }
    await proxy.stop();
    await socks.stop();
    const { what } = errorText({
      code: 'unreachable',
      params: { host: 'h', why: meaningOfNetwork({ code: 'ERR_TLS_HANDSHAKE_TIMEOUT' })!.why! },
    });
    expect(what).toBe('h takes the connection, but says nothing.');
  });

  test('a connection that stands is not cut when the time for standing is over', async () => {
    let answerIt: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      answerIt = resolve;
    });
    const slow = http
      .createServer((_, response) => {
        void asked.then(() => response.end('late'));
      })
      .listen(0, '127.0.0.1');
    await once(slow, 'listening');
    const front = await TlsFront.start(`http://127.0.0.1:${(slow.address() as AddressInfo).port}`);
    front.show(good);
    const way = openWay({ ...direct, certificates: [authority] }, undefined, { connectMs: 1000 });
    const got = get(way, front.url);
    // Longer than the connection may take to stand.
    setTimeout(answerIt, 1300);
    expect(await got).toEqual({ status: 200 });
    way.close();
    front.stop();
    slow.close();
  });
});

describe('whoever knows about proxies', () => {
  const asking = (): Promise<string> => new Promise(() => undefined);
  test.each([
    ['system', 'proxy'],
    ['pac', 'proxyAddress'],
  ] as const)('%s: does not answer', async (kind, field) => {
    const file = http
      .createServer((_, response) => response.end('function FindProxyForURL() {}'))
      .listen(0, '127.0.0.1');
    await once(file, 'listening');
    const proxy: WaySettings['proxy'] =
      kind === 'pac' ? { kind, url: `http://127.0.0.1:${(file.address() as AddressInfo).port}/` } : { kind };
    const way = openWay(
      { proxy, certificates: [] },
      { ...environmentNetwork, systemProxy: asking, pacProxy: asking },
      { askForProxyMs: short },
    );
    const { code: error } = (await get(way, 'http://store.invalid/')) as { code: AppError };
    expect(error).toMatchObject({ code: 'unreachable', field, params: { why: 'askProxy' } });
    expect(errorText(error).remedy).toMatch(/under Network/);
    way.close();
    file.close();
  });
});

test('a store that answers nothing once it is connected: no first byte, no upload without an end', async () => {
  const values = {
    bucket: 'photos',
    accessKeyId: 'AKID',
    secretAccessKey: 's',
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${silentPort}`,
    pathStyle: 'true',
  };
  const destination = await connectDestination(tuned({ idleMs: short, checkMs: patient, retryMs: 1 }), values, ports);
  const { signal } = new AbortController();
  const source = {
    name: 'a.txt',
    size: 3,
    contentType: 'text/plain',
    read: async (into: Uint8Array) => {
      into.set([1, 2, 3]);
      return 3;
    },
    check: async () => undefined,
    close: async () => undefined,
  };
  const ends = [
    () => destination.check(signal),
    () => destination.upload({ source, signal, onCheckpoint: async () => undefined, onProgress: () => undefined }),
  ];
  for (const end of ends) await expect(end()).rejects.toMatchObject({ error: { code: 'stalled' } });
  destination.close();
});

test('every limit is in one place', () => {
  const folder = import.meta.dirname;
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !/\.test\.ts$|testing/.test(name),
  );
  const written = files.filter((name) =>
    /AbortSignal\.timeout\(\d|setTimeout\([^;]*, \d{3,}|[a-z]Timeout: \d/.test(
      readFileSync(path.join(folder, name), 'utf8'),
    ),
  );
  expect(written).toEqual([]);
});
