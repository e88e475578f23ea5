/** Tests proxies and proxy lookup on loopback: which requests use a proxy, and the errors of failing proxies. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { AppError } from '../../../src-shared/errors.ts';
import type { CheckReport, FieldValues } from '../../../src-shared/profile.ts';
import { errorText } from '../../../src-shared/text/text.ts';
import { TestPractice } from '../../practice/testing/test-practice.ts';
import { connectDestination } from '../destination/connect.ts';
import { testDestination } from '../destination/test-destination.ts';
import { environmentProxyResolver, createTransport, type ProxyResolver } from './transport.ts';
import { parseProxyList, withLogin } from './proxy-list.ts';
import { s3 } from '../s3/index.ts';
import { s3TestPorts, s3Sizes, s3ProviderWith } from '../s3/testing/subject.ts';
import { suggestValues } from '../destination/suggest.ts';
import { testCa, loopbackCertificate } from '../testing/certificates.ts';
import { startHttpProxy, startSocksProxy } from '../testing/proxies.ts';
import { patternBytes, patternSource } from '../testing/pattern-source.ts';
import { TlsProxy } from '../testing/tls-proxy.ts';

let practice: TestPractice;
let tlsStore: TlsProxy;
let values: FieldValues;
const cleanUps: (() => Promise<void>)[] = [];
const neverAborted = new AbortController().signal;
const login = { user: 'ann', password: 's3cret:/@' };
const withUser = { proxyUser: login.user, proxyPassword: login.password };

beforeAll(async () => {
  practice = await TestPractice.start();
  const { bucket, region, accessKeyId, secretAccessKey, endpoint } = practice.address;
  tlsStore = await TlsProxy.start(endpoint);
  tlsStore.useCertificate(loopbackCertificate);
  values = {
    bucket,
    region,
    accessKeyId,
    secretAccessKey,
    endpoint: tlsStore.url,
    ca: testCa,
    pathStyle: 'true',
    linkKind: 'expiring',
  };
});
afterAll(async () => {
  tlsStore.stop();
  await practice.stop();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

async function startAndTrack<T extends { stop(): Promise<void> }>(started: Promise<T>): Promise<T> {
  const resource = await started;
  cleanUps.push(() => resource.stop());
  return resource;
}

/** Tests a destination at Practice, through a TLS proxy, with these additional settings. */
const testWith = (settings: FieldValues, network?: ProxyResolver): Promise<CheckReport> =>
  testDestination(s3, { ...values, ...settings }, { ...s3TestPorts, ...(network ? { network } : {}) });
const failedStep = (report: CheckReport): { step: string; error: AppError | undefined } | undefined =>
  report.results.find(({ outcome }) => outcome === 'failed') as
    | { step: string; error: AppError | undefined }
    | undefined;
const storeHost = (): string => new URL(tlsStore.url).host;

describe('a proxy from the settings', () => {
  test('is used for every request: sign-in, upload and link check', async () => {
    const proxy = await startAndTrack(startHttpProxy());
    expect((await testWith({ proxy: 'address', proxyAddress: proxy.address })).ok).toBe(true);
    expect(new Set(proxy.requests)).toEqual(new Set([`CONNECT ${storeHost()}`]));
    // The driver reuses its connection. Each anonymous request has a separate connection.
    expect(proxy.requests.length).toBeGreaterThanOrEqual(3);
  });

  test('forwards requests to an http endpoint without a tunnel', async () => {
    const proxy = await startAndTrack(startHttpProxy({ login }));
    const { endpoint } = practice.address;
    expect(
      (await testWith({ proxy: 'address', proxyAddress: `http://${proxy.address}`, endpoint, ...withUser })).ok,
    ).toBe(true);
    expect(proxy.requests.some((line) => line.startsWith(`PUT ${endpoint}/`))).toBe(true);
    expect(proxy.requests.some((line) => line.startsWith('CONNECT'))).toBe(false);
  });

  test.each([
    ['a missing user name', {}],
    ['a wrong password', { ...withUser, proxyPassword: 'wrong' }],
  ])('causes a login error with %s', async (_, user) => {
    for (const endpoint of [tlsStore.url, practice.address.endpoint]) {
      const proxy = await startAndTrack(startHttpProxy({ login }));
      const report = await testWith({ proxy: 'address', proxyAddress: proxy.address, endpoint, ...user });
      expect(failedStep(report)).toMatchObject({
        step: 'sign-in',
        error: { code: 'unauthorized', field: 'proxyUser' },
      });
      expect(errorText(failedStep(report)!.error!).what).toMatch(/proxy (rejected|requires a user name)/);
    }
    const proxy = await startAndTrack(startHttpProxy({ login }));
    expect((await testWith({ proxy: 'address', proxyAddress: proxy.address, ...withUser })).ok).toBe(true);
  });

  test.each(['NTLM', 'Negotiate', 'Digest realm="x"'])('names the cause if it requires %s', async (scheme) => {
    for (const endpoint of [tlsStore.url, practice.address.endpoint]) {
      const proxy = await startAndTrack(startHttpProxy({ login: { user: 'other', password: 'x' }, scheme }));
      const report = await testWith({ proxy: 'address', proxyAddress: proxy.address, endpoint, ...withUser });
      const { error } = failedStep(report)!;
      expect(error).toMatchObject({ code: 'unauthorized', field: 'proxyUser', params: { why: 'proxyScheme' } });
      expect(errorText(error!).what).toMatch(/another kind of sign-in/);
    }
  });

  test.each([
    [404, 'unreachable', 'proxyAddress', /isn’t a proxy/],
    [405, 'unreachable', 'proxyAddress', /isn’t a proxy/],
    [403, 'rejected', 'proxyAddress', /blocks this destination/],
    [502, 'unreachable', 'endpoint', /can’t reach/],
  ] as const)('is reported as the cause of a %i response to CONNECT', async (status, code, field, what) => {
    const proxy = await startAndTrack(startHttpProxy({ connectStatus: status }));
    const { step, error } = failedStep(await testWith({ proxy: 'address', proxyAddress: proxy.address }))!;
    expect([step, error?.code, error?.field]).toEqual(['sign-in', code, field]);
    expect(errorText(error!).what).toMatch(what);
  });

  test('causes an error at its field if it is not running', async () => {
    const proxy = await startHttpProxy();
    await proxy.stop();
    for (const proxyAddress of [proxy.address, `socks5://${proxy.address}`]) {
      expect(failedStep(await testWith({ proxy: 'address', proxyAddress }))).toMatchObject({
        step: 'sign-in',
        error: { code: 'unreachable', field: 'proxyAddress', params: { proxy: proxy.address } },
      });
    }
  });

  test("works over TLS with the organization's certificate", async () => {
    const proxy = await startAndTrack(startHttpProxy({ login }));
    const tlsToProxy = await TlsProxy.start(`http://${proxy.address}`);
    tlsToProxy.useCertificate(loopbackCertificate);
    expect((await testWith({ proxy: 'address', proxyAddress: tlsToProxy.url, ...withUser })).ok).toBe(true);
    expect(
      failedStep(await testWith({ proxy: 'address', proxyAddress: tlsToProxy.url, ca: '', ...withUser }))?.error,
    ).toMatchObject({ code: 'unreachable', field: 'proxyAddress' });
    tlsToProxy.stop();
  });

  test.each([
    ['through a tunnel', (): string => tlsStore.url],
    ['without a tunnel', (): string => practice.address.endpoint],
  ])('transfers a file in parts %s, without changing its bytes', async (_, endpoint) => {
    const proxy = await startAndTrack(startHttpProxy());
    const destination = await connectDestination(
      s3ProviderWith({ retryMs: 10 }),
      { ...values, endpoint: endpoint(), proxy: 'address', proxyAddress: proxy.address },
      s3TestPorts,
    );
    const size = s3Sizes.partBytes + 300_001;
    const ref = await destination.upload({
      source: patternSource(size),
      signal: neverAborted,
      onCheckpoint: async () => undefined,
      onProgress: () => undefined,
    });
    expect(
      (await destination.download(await destination.link(ref, neverAborted), size, neverAborted))?.equals(
        patternBytes(size),
      ),
    ).toBe(true);
    await destination.discard({ ref }, neverAborted);
    destination.close();
  });

  test('can be a SOCKS proxy, with or without a password, which looks up the host names', async () => {
    const openProxy = await startAndTrack(startSocksProxy());
    expect(
      (
        await testWith({
          proxy: 'address',
          proxyAddress: `socks5://${openProxy.address}`,
          endpoint: tlsStore.url.replace('127.0.0.1', 'localhost'),
        })
      ).ok,
    ).toBe(true);
    expect(new Set(openProxy.requests)).toEqual(new Set([`SOCKS localhost:${new URL(tlsStore.url).port}`]));
    const passwordProxy = await startAndTrack(startSocksProxy({ login }));
    expect(
      (await testWith({ proxy: 'address', proxyAddress: `socks5://${passwordProxy.address}`, ...withUser })).ok,
    ).toBe(true);
    expect(
      failedStep(
        await testWith({
          proxy: 'address',
          proxyAddress: `socks5://${passwordProxy.address}`,
          ...withUser,
          proxyPassword: 'wrong',
        }),
      )?.error,
    ).toMatchObject({ code: 'unauthorized', field: 'proxyUser' });
  });

  test('does not disable the check of the destination’s certificate', async () => {
    const tunnel = await startAndTrack(startHttpProxy());
    const socks = await startAndTrack(startSocksProxy());
    for (const proxyAddress of [tunnel.address, `socks5://${socks.address}`]) {
      expect(failedStep(await testWith({ proxy: 'address', proxyAddress, ca: '' }))).toMatchObject({
        step: 'sign-in',
        error: { code: 'tls-untrusted', field: 'ca' },
      });
    }
  });

  test('is used for suggestions too', async () => {
    const proxy = await startAndTrack(startHttpProxy());
    const computer = { env: {}, home: '', platform: process.platform, read: () => undefined };
    expect(
      await suggestValues(
        s3,
        { field: 'bucket', values: { ...values, bucket: '', proxy: 'address', proxyAddress: proxy.address }, computer },
        s3TestPorts,
      ),
    ).toEqual([values.bucket]);
    expect(proxy.requests).toEqual([`CONNECT ${storeHost()}`]);
  });
});

describe("the system's proxy", () => {
  const systemProxyReturning = (list: string): ProxyResolver => ({
    ...environmentProxyResolver,
    systemProxy: async () => list,
  });
  /** Loopback addresses cause no lookup, so these tests use a host name that only the proxy can resolve. */
  const startSystemProxy = async (): Promise<{
    lookups: string[];
    systemNetwork: ProxyResolver;
    proxy: Awaited<ReturnType<typeof startHttpProxy>>;
  }> => {
    const lookups: string[] = [];
    const proxy = await startAndTrack(startHttpProxy());
    return {
      lookups,
      proxy,
      systemNetwork: {
        ...environmentProxyResolver,
        systemProxy: async (url) => {
          lookups.push(url);
          return `PROXY ${proxy.address}; DIRECT`;
        },
      },
    };
  };
  const get = (url: string, network: ProxyResolver): Promise<number | string> =>
    new Promise((resolve) => {
      const transport = createTransport({ proxy: { kind: 'system' }, certificates: [] }, network, {
        connectionReuse: 'per-request',
      });
      const request = http.get(url, { agent: transport.httpAgent }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
        transport.close();
      });
      request.once('error', (cause) => {
        resolve(cause.message);
        transport.close();
      });
    });

  test('is never used for this computer, so Practice always works', async () => {
    const { lookups, systemNetwork, proxy } = await startSystemProxy();
    expect((await testWith({}, systemNetwork)).ok).toBe(true);
    expect([lookups, proxy.requests]).toEqual([[], []]);
  });

  test('is used for all other hosts', async () => {
    const { lookups, systemNetwork, proxy } = await startSystemProxy();
    await get('http://store.invalid:8080/x', systemNetwork);
    expect(lookups).toEqual(['http://store.invalid:8080/']);
    expect(proxy.requests).toEqual(['GET http://store.invalid:8080/x']);
  });

  test('is the next proxy of the list if the first proxy does not respond', async () => {
    const stoppedProxy = await startHttpProxy();
    await stoppedProxy.stop();
    const secondProxy = await startAndTrack(startHttpProxy());
    const transport = createTransport(
      { proxy: { kind: 'system' }, certificates: [] },
      systemProxyReturning(`PROXY ${stoppedProxy.address}; PROXY ${secondProxy.address}`),
    );
    const requestOnce = (): Promise<string> =>
      new Promise((resolve) => {
        http
          .get('http://store.invalid/x', { agent: transport.httpAgent }, (response) => {
            response.resume();
            resolve('answered');
          })
          .once('error', (cause) => resolve(cause.message));
      });
    await requestOnce();
    expect(secondProxy.requests).toEqual([]);
    await requestOnce();
    expect(secondProxy.requests).toEqual(['GET http://store.invalid/x']);
    transport.close();
  });

  test('comes from the environment variables, except for hosts in NO_PROXY', async () => {
    const proxy = await startAndTrack(startHttpProxy({ login }));
    vi.stubEnv('http_proxy', `http://ann:${encodeURIComponent(login.password)}@${proxy.address}`);
    vi.stubEnv('no_proxy', 'near.invalid');
    await get('http://store.invalid/a', environmentProxyResolver);
    await get('http://near.invalid/b', environmentProxyResolver);
    expect(proxy.requests).toEqual(['GET http://store.invalid/a']);
  });

  test('is not bypassed when the answer names no usable proxy', async () => {
    tlsStore.useCertificate(loopbackCertificate);
    const empty: ProxyResolver = { systemProxy: async () => '', pacProxy: async () => 'MAGIC a:1' };
    const folder = await mkdtemp(path.join(os.tmpdir(), 'hoist-pac-'));
    const proxyAddress = path.join(folder, 'proxy.pac');
    await writeFile(proxyAddress, 'function FindProxyForURL() {}');
    for (const [fields, field] of [
      [{ proxy: 'system', endpoint: 'https://store.invalid' }, 'proxy'],
      [{ proxy: 'pac', proxyAddress }, 'proxyAddress'],
    ] as const)
      expect(failedStep(await testWith(fields, empty))?.error).toMatchObject({ code: 'unreachable', field });
    expect(tlsStore.handshakes).toBe(0);
    await rm(folder, { recursive: true });
  });

  test('is parsed from the list that the system returns', () => {
    expect(parseProxyList('PROXY a:1; HTTPS b:2;SOCKS5 c:3 ; SOCKS d:4; DIRECT')).toEqual([
      'http://a:1',
      'https://b:2',
      'socks5://c:3',
      'socks5://d:4',
      'DIRECT',
    ]);
    expect(parseProxyList('MAGIC a:1; PROXY ; ; DIRECT')).toEqual(['DIRECT']);
    expect(parseProxyList('')).toEqual([]);
    expect(parseProxyList('http://:secret@a:1')).toEqual(['http://:secret@a:1']);
    expect(parseProxyList('http://me@a:1')).toEqual(['http://me@a:1']);
    expect(withLogin('http://a:1', login)).toBe('http://ann:s3cret%3A%2F%40@a:1');
  });
});

describe('a proxy configuration file', () => {
  /** Replaces the app. Does not run the script, but returns the first proxy that the script's text names. */
  const pacRunner = (lookups: string[]): ProxyResolver => ({
    ...environmentProxyResolver,
    pacProxy: async (script, url) => {
      lookups.push(url);
      return /PROXY [\d.:]+/.exec(script)?.[0] ?? 'DIRECT';
    },
  });

  test('is loaded from a server or the disk, and requests use its proxy', async () => {
    const proxy = await startAndTrack(startHttpProxy());
    const script = `function FindProxyForURL(url, host) { return 'PROXY ${proxy.address}'; }`;
    const server = http.createServer((_, response) => response.end(script)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const folder = await mkdtemp(path.join(os.tmpdir(), 'hoist-pac-'));
    await writeFile(path.join(folder, 'a b.pac'), script);
    for (const proxyAddress of [
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/proxy.pac`,
      path.join(folder, 'a b.pac'),
    ]) {
      const lookups: string[] = [];
      proxy.requests.length = 0;
      expect((await testWith({ proxy: 'pac', proxyAddress }, pacRunner(lookups))).ok).toBe(true);
      expect(lookups[0]).toBe(`${tlsStore.url}/`);
      expect(new Set(proxy.requests)).toEqual(new Set([`CONNECT ${storeHost()}`]));
    }
    server.close();
    await rm(folder, { recursive: true });
  });

  test('causes an error when it is missing or invalid, and no request bypasses the proxy', async () => {
    const server = http.createServer((_, response) => response.end('<html>Not found</html>')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const lookups: string[] = [];
    tlsStore.useCertificate(loopbackCertificate);
    for (const [proxyAddress, code] of [
      [`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, 'invalid-input'],
      ['/no/such/file.pac', 'unreachable'],
      ['http://127.0.0.1:9/', 'unreachable'],
    ] as const) {
      const { step, error } = failedStep(await testWith({ proxy: 'pac', proxyAddress }, pacRunner(lookups)))!;
      expect([step, error?.code, error?.field]).toEqual(['sign-in', code, 'proxyAddress']);
    }
    expect([tlsStore.handshakes, lookups]).toEqual([0, []]);
    server.close();
  });
});

describe('the size limit of a destination', () => {
  const connectWithValues = (rest: FieldValues) =>
    connectDestination(s3, { ...values, endpoint: practice.address.endpoint, ...rest }, s3TestPorts);
  const transfer = (source: ReturnType<typeof patternSource>, rest = {}) => ({
    source,
    signal: neverAborted,
    onCheckpoint: async () => undefined,
    onProgress: () => undefined,
    ...rest,
  });

  test('rejects a larger file before the first byte', async () => {
    const destination = await connectWithValues({ largestMB: '0.5' });
    const failed = await destination.upload(transfer(patternSource(500_001))).then(
      () => undefined,
      (cause: unknown) => cause as { error: AppError },
    );
    expect(failed?.error).toMatchObject({ code: 'too-large', field: 'largestMB', params: { limit: 0.5 } });
    expect(errorText(failed!.error).what).toBe('The file is larger than the 0.5 MB limit of this destination.');
    expect(await practice.itemCounts()).toEqual({ objects: 0, uploads: 0 });
    const ref = await destination.upload(transfer(patternSource(500_000)));
    await destination.discard({ ref }, neverAborted);
    destination.close();
  });

  test('rejects a stream as soon as it exceeds the limit', async () => {
    const destination = await connectWithValues({ largestMB: '0.5' });
    let produced = 0;
    const source = {
      name: 'x.bin',
      size: undefined,
      contentType: 'text/plain',
      bytesRead: () => produced,
      close: async () => undefined,
      chunks: async function* chunks() {
        for (;;) {
          produced += 100_000;
          yield Buffer.alloc(100_000);
        }
      },
    };
    const failed = await destination
      .upload({ source, signal: neverAborted, onCheckpoint: async () => undefined, onProgress: () => undefined })
      .then(
        () => undefined,
        (cause: unknown) => cause as { error: AppError },
      );
    expect(failed?.error).toMatchObject({ code: 'too-large', field: 'largestMB' });
    expect(produced).toBeLessThanOrEqual(700_000);
    expect(await practice.itemCounts()).toMatchObject({ objects: 0 });
    destination.close();
  });
});

test('errors and reports never contain the proxy login', async () => {
  const proxy = await startAndTrack(startHttpProxy({ login }));
  vi.stubEnv('http_proxy', `http://ann:canary-password@${proxy.address}`);
  const stoppedProxy = await startHttpProxy();
  await stoppedProxy.stop();
  const reports = [
    await testWith({
      proxy: 'address',
      proxyAddress: proxy.address,
      proxyUser: 'ann',
      proxyPassword: 'canary-password',
    }),
    await testWith({
      proxy: 'address',
      proxyAddress: stoppedProxy.address,
      proxyUser: 'ann',
      proxyPassword: 'canary-password',
    }),
  ];
  expect(JSON.stringify(reports)).not.toContain('canary-password');
});
