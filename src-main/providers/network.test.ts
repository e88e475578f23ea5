/** The ways through a network, on loopback: what goes through which proxy, and what is said when it does not. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { AppError } from '../../src-shared/errors.ts';
import type { CheckReport, FieldValues } from '../../src-shared/profile.ts';
import { errorText } from '../../src-shared/text/text.ts';
import { ServedPractice } from '../practice/testing/served.ts';
import { connectDestination, testDestination } from './connect.ts';
import { environmentNetwork, openWay, type NetworkPorts } from './network.ts';
import { proxiesOf, withLogin } from './proxy-list.ts';
import { s3 } from './s3/index.ts';
import { ports, sizes, tuned } from './s3/testing/subject.ts';
import { suggestValues } from './suggest.ts';
import { authority, good } from './testing/certificates.ts';
import { httpProxy, socksProxy } from './testing/proxies.ts';
import { patternOf, patternSource } from './testing/source.ts';
import { TlsFront } from './testing/tls-front.ts';

let practice: ServedPractice;
let front: TlsFront;
let values: FieldValues;
const stops: (() => Promise<void>)[] = [];
const never = new AbortController().signal;
const login = { user: 'ann', password: 's3cret:/@' };
const withUser = { proxyUser: login.user, proxyPassword: login.password };

beforeAll(async () => {
  practice = await ServedPractice.start();
  const { bucket, region, accessKeyId, secretAccessKey, endpoint } = practice.address;
  front = await TlsFront.start(endpoint);
  front.show(good);
  values = {
    bucket,
    region,
    accessKeyId,
    secretAccessKey,
    endpoint: front.url,
    ca: authority,
    pathStyle: 'true',
    linkKind: 'expiring',
  };
});
afterAll(async () => {
  front.stop();
  await practice.stop();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const stop of stops.splice(0)) await stop();
});

async function opened<T extends { stop(): Promise<void> }>(started: Promise<T>): Promise<T> {
  const it = await started;
  stops.push(() => it.stop());
  return it;
}

const trial = (rest: FieldValues, network?: NetworkPorts): Promise<CheckReport> =>
  testDestination(s3, { ...values, ...rest }, { ...ports, ...(network ? { network } : {}) });
const failedAt = (report: CheckReport): { step: string; error: AppError | undefined } | undefined =>
  report.results.find(({ outcome }) => outcome === 'failed') as
    | { step: string; error: AppError | undefined }
    | undefined;
const host = (): string => new URL(front.url).host;

describe('a proxy of one’s own', () => {
  test('everything goes through it: signing in, the file, and the look at the link', async () => {
    const proxy = await opened(httpProxy());
    expect((await trial({ proxy: 'address', proxyAddress: proxy.address })).ok).toBe(true);
    expect(new Set(proxy.seen)).toEqual(new Set([`CONNECT ${host()}`]));
    // One connection that is kept for the store, and one for each look of a stranger.
    expect(proxy.seen.length).toBeGreaterThanOrEqual(3);
  });

  test('without encryption it reads along, and passes on', async () => {
    const proxy = await opened(httpProxy({ login }));
    const { endpoint } = practice.address;
    expect((await trial({ proxy: 'address', proxyAddress: `http://${proxy.address}`, endpoint, ...withUser })).ok).toBe(
      true,
    );
    expect(proxy.seen.some((line) => line.startsWith(`PUT ${endpoint}/`))).toBe(true);
    expect(proxy.seen.some((line) => line.startsWith('CONNECT'))).toBe(false);
  });

  test.each([
    ['no user name', {}],
    ['a wrong password', { ...withUser, proxyPassword: 'wrong' }],
  ])('that asks who one is: %s', async (_, user) => {
    for (const endpoint of [front.url, practice.address.endpoint]) {
      const proxy = await opened(httpProxy({ login }));
      const report = await trial({ proxy: 'address', proxyAddress: proxy.address, endpoint, ...user });
      expect(failedAt(report)).toMatchObject({ step: 'sign-in', error: { code: 'unauthorized', field: 'proxyUser' } });
      expect(errorText(failedAt(report)!.error!).what).toMatch(/proxy refused/);
    }
    const proxy = await opened(httpProxy({ login }));
    expect((await trial({ proxy: 'address', proxyAddress: proxy.address, ...withUser })).ok).toBe(true);
  });

  test.each([
    [403, 'rejected', 'proxyAddress', /does not let/],
    [502, 'unreachable', 'endpoint', /does not reach/],
  ] as const)('that answers %i to CONNECT is not taken for the store', async (status, code, field, what) => {
    const proxy = await opened(httpProxy({ connects: status }));
    const { step, error } = failedAt(await trial({ proxy: 'address', proxyAddress: proxy.address }))!;
    expect([step, error?.code, error?.field]).toEqual(['sign-in', code, field]);
    expect(errorText(error!).what).toMatch(what);
  });

  test('that is not there', async () => {
    const proxy = await httpProxy();
    await proxy.stop();
    for (const proxyAddress of [proxy.address, `socks5://${proxy.address}`]) {
      expect(failedAt(await trial({ proxy: 'address', proxyAddress }))).toMatchObject({
        step: 'sign-in',
        error: { code: 'unreachable', field: 'proxyAddress', params: { proxy: proxy.address } },
      });
    }
  });

  test('that is spoken to over TLS, with the certificate of the same organization', async () => {
    const proxy = await opened(httpProxy({ login }));
    const safe = await TlsFront.start(`http://${proxy.address}`);
    safe.show(good);
    expect((await trial({ proxy: 'address', proxyAddress: safe.url, ...withUser })).ok).toBe(true);
    expect(
      failedAt(await trial({ proxy: 'address', proxyAddress: safe.url, ca: '', ...withUser }))?.error,
    ).toMatchObject({ code: 'unreachable', field: 'proxyAddress' });
    safe.stop();
  });

  test.each([
    ['through a tunnel', (): string => front.url],
    ['read along', (): string => practice.address.endpoint],
  ])('a larger file, in parts, %s: what arrives is the file', async (_, endpoint) => {
    const proxy = await opened(httpProxy());
    const destination = await connectDestination(
      tuned({ retryMs: 10 }),
      { ...values, endpoint: endpoint(), proxy: 'address', proxyAddress: proxy.address },
      ports,
    );
    const size = sizes.partBytes + 300_001;
    const ref = await destination.upload({
      source: patternSource(size),
      signal: never,
      onCheckpoint: async () => undefined,
      onProgress: () => undefined,
    });
    expect((await destination.fetch(await destination.link(ref, never), size, never))?.equals(patternOf(size))).toBe(
      true,
    );
    await destination.discard({ ref }, never);
    destination.close();
  });

  test('SOCKS, with and without a password; names are looked up behind it', async () => {
    const open = await opened(socksProxy());
    expect(
      (
        await trial({
          proxy: 'address',
          proxyAddress: `socks5://${open.address}`,
          endpoint: front.url.replace('127.0.0.1', 'localhost'),
        })
      ).ok,
    ).toBe(true);
    expect(new Set(open.seen)).toEqual(new Set([`SOCKS localhost:${new URL(front.url).port}`]));
    const closed = await opened(socksProxy({ login }));
    expect((await trial({ proxy: 'address', proxyAddress: `socks5://${closed.address}`, ...withUser })).ok).toBe(true);
    expect(
      failedAt(
        await trial({
          proxy: 'address',
          proxyAddress: `socks5://${closed.address}`,
          ...withUser,
          proxyPassword: 'wrong',
        }),
      )?.error,
    ).toMatchObject({ code: 'unauthorized', field: 'proxyUser' });
  });

  test('a certificate is looked at through each of them', async () => {
    const tunnel = await opened(httpProxy());
    const socks = await opened(socksProxy());
    for (const proxyAddress of [tunnel.address, `socks5://${socks.address}`]) {
      expect(failedAt(await trial({ proxy: 'address', proxyAddress, ca: '' }))).toMatchObject({
        step: 'sign-in',
        error: { code: 'tls-untrusted', field: 'ca' },
      });
    }
  });

  test('suggestions ask the same way', async () => {
    const proxy = await opened(httpProxy());
    const computer = { env: {}, home: '', platform: process.platform, read: () => undefined };
    expect(
      await suggestValues(
        s3,
        { field: 'bucket', values: { ...values, bucket: '', proxy: 'address', proxyAddress: proxy.address }, computer },
        ports,
      ),
    ).toEqual([values.bucket]);
    expect(proxy.seen).toEqual([`CONNECT ${host()}`]);
  });
});

describe('what the system says', () => {
  const says = (answer: string): NetworkPorts => ({ ...environmentNetwork, systemProxy: async () => answer });
  /** For this computer nobody is asked, so the store is reached by another name of it: through the proxy alone. */
  const elsewhere = async (): Promise<{
    asked: string[];
    system: NetworkPorts;
    proxy: Awaited<ReturnType<typeof httpProxy>>;
  }> => {
    const asked: string[] = [];
    const proxy = await opened(httpProxy());
    return {
      asked,
      proxy,
      system: {
        ...environmentNetwork,
        systemProxy: async (url) => {
          asked.push(url);
          return `PROXY ${proxy.address}; DIRECT`;
        },
      },
    };
  };
  const get = (url: string, network: NetworkPorts): Promise<number | string> =>
    new Promise((resolve) => {
      const way = openWay({ proxy: { kind: 'system' }, certificates: [] }, network, { connections: 'once' });
      const request = http.get(url, { agent: way.httpAgent }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
        way.close();
      });
      request.once('error', (cause) => {
        resolve(cause.message);
        way.close();
      });
    });

  test('this computer is never behind its proxy: Practice works whatever is set', async () => {
    const { asked, system, proxy } = await elsewhere();
    expect((await trial({}, system)).ok).toBe(true);
    expect([asked, proxy.seen]).toEqual([[], []]);
  });

  test('anything else is', async () => {
    const { asked, system, proxy } = await elsewhere();
    await get('http://store.invalid:8080/x', system);
    expect(asked).toEqual(['http://store.invalid:8080/']);
    expect(proxy.seen).toEqual(['GET http://store.invalid:8080/x']);
  });

  test('a proxy that is away is passed over where there is another way', async () => {
    const gone = await httpProxy();
    await gone.stop();
    const other = await opened(httpProxy());
    const way = openWay(
      { proxy: { kind: 'system' }, certificates: [] },
      says(`PROXY ${gone.address}; PROXY ${other.address}`),
    );
    const once1 = (): Promise<string> =>
      new Promise((resolve) => {
        http
          .get('http://store.invalid/x', { agent: way.httpAgent }, (answer) => {
            answer.resume();
            resolve('answered');
          })
          .once('error', (cause) => resolve(cause.message));
      });
    await once1();
    expect(other.seen).toEqual([]);
    await once1();
    expect(other.seen).toEqual(['GET http://store.invalid/x']);
    way.close();
  });

  test('the variables of a shell, and what NO_PROXY leaves out', async () => {
    const proxy = await opened(httpProxy({ login }));
    vi.stubEnv('http_proxy', `http://ann:${encodeURIComponent(login.password)}@${proxy.address}`);
    vi.stubEnv('no_proxy', 'near.invalid');
    await get('http://store.invalid/a', environmentNetwork);
    await get('http://near.invalid/b', environmentNetwork);
    expect(proxy.seen).toEqual(['GET http://store.invalid/a']);
  });

  test('answers as systems give them', () => {
    expect(proxiesOf('PROXY a:1; HTTPS b:2;SOCKS5 c:3 ; SOCKS d:4; DIRECT')).toEqual([
      'http://a:1',
      'https://b:2',
      'socks5://c:3',
      'socks5://d:4',
      'DIRECT',
    ]);
    expect(proxiesOf('MAGIC a:1; PROXY ; ; DIRECT')).toEqual(['DIRECT']);
    expect(proxiesOf('')).toEqual([]);
    expect(withLogin('http://a:1', login)).toBe('http://ann:s3cret%3A%2F%40@a:1');
  });
});

describe('a proxy configuration file', () => {
  /** As the app would run it. */
  const runs = (asked: string[]): NetworkPorts => ({
    ...environmentNetwork,
    pacProxy: async (script, url) => {
      asked.push(url);
      return /PROXY [\d.:]+/.exec(script)?.[0] ?? 'DIRECT';
    },
  });

  test('from a server and from the disk: what it says is done', async () => {
    const proxy = await opened(httpProxy());
    const script = `function FindProxyForURL(url, host) { return 'PROXY ${proxy.address}'; }`;
    const server = http.createServer((_, response) => response.end(script)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const folder = await mkdtemp(path.join(os.tmpdir(), 'hoist-pac-'));
    await writeFile(path.join(folder, 'a b.pac'), script);
    for (const proxyAddress of [
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/proxy.pac`,
      path.join(folder, 'a b.pac'),
    ]) {
      const asked: string[] = [];
      proxy.seen.length = 0;
      expect((await trial({ proxy: 'pac', proxyAddress }, runs(asked))).ok).toBe(true);
      expect(asked[0]).toBe(`${front.url}/`);
      expect(new Set(proxy.seen)).toEqual(new Set([`CONNECT ${host()}`]));
    }
    server.close();
    await rm(folder, { recursive: true });
  });

  test('that is not there, or is none: nothing goes directly instead', async () => {
    const server = http.createServer((_, response) => response.end('<html>Not found</html>')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const asked: string[] = [];
    front.show(good);
    for (const [proxyAddress, code] of [
      [`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, 'invalid-input'],
      ['/no/such/file.pac', 'unreachable'],
      ['http://127.0.0.1:9/', 'unreachable'],
    ] as const) {
      const { step, error } = failedAt(await trial({ proxy: 'pac', proxyAddress }, runs(asked)))!;
      expect([step, error?.code, error?.field]).toEqual(['sign-in', code, 'proxyAddress']);
    }
    expect([front.begun, asked]).toEqual([0, []]);
    server.close();
  });
});

describe('limits of a destination', () => {
  const through = (rest: FieldValues) =>
    connectDestination(s3, { ...values, endpoint: practice.address.endpoint, ...rest }, ports);
  const transfer = (source: ReturnType<typeof patternSource>, rest = {}) => ({
    source,
    signal: never,
    onCheckpoint: async () => undefined,
    onProgress: () => undefined,
    ...rest,
  });

  test('a file that is larger than wanted is refused before the first byte', async () => {
    const destination = await through({ largestMB: '0.5' });
    const failed = await destination.upload(transfer(patternSource(500_001))).then(
      () => undefined,
      (cause: unknown) => cause as { error: AppError },
    );
    expect(failed?.error).toMatchObject({ code: 'too-large', field: 'largestMB', params: { limit: 0.5 } });
    expect(errorText(failed!.error).what).toBe('The file is larger than the 0.5 MB that this destination takes.');
    expect(await practice.leftovers()).toEqual({ objects: 0, uploads: 0 });
    const ref = await destination.upload(transfer(patternSource(500_000)));
    await destination.discard({ ref }, never);
    destination.close();
  });

  test('a stream is refused as soon as it is larger', async () => {
    const destination = await through({ largestMB: '0.5' });
    let given = 0;
    const source = {
      name: 'x.bin',
      size: undefined,
      contentType: 'text/plain',
      taken: () => given,
      close: async () => undefined,
      chunks: async function* chunks() {
        for (;;) {
          given += 100_000;
          yield Buffer.alloc(100_000);
        }
      },
    };
    const failed = await destination
      .upload({ source, signal: never, onCheckpoint: async () => undefined, onProgress: () => undefined })
      .then(
        () => undefined,
        (cause: unknown) => cause as { error: AppError },
      );
    expect(failed?.error).toMatchObject({ code: 'too-large', field: 'largestMB' });
    expect(given).toBeLessThanOrEqual(700_000);
    expect(await practice.leftovers()).toMatchObject({ objects: 0 });
    destination.close();
  });
});

test('a login never gets into what is said', async () => {
  const proxy = await opened(httpProxy({ login }));
  vi.stubEnv('http_proxy', `http://ann:canary-password@${proxy.address}`);
  const gone = await httpProxy();
  await gone.stop();
  const reports = [
    await trial({ proxy: 'address', proxyAddress: proxy.address, proxyUser: 'ann', proxyPassword: 'canary-password' }),
    await trial({ proxy: 'address', proxyAddress: gone.address, proxyUser: 'ann', proxyPassword: 'canary-password' }),
  ];
  expect(JSON.stringify(reports)).not.toContain('canary-password');
});
