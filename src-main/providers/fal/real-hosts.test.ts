/**
 * Tests the registered provider without test options. It uses the service's real host names, which a proxy redirects to
 * the loopback server.
 */
import { expect, test } from 'vitest';
import { falCertificate, startFalHostProxy } from '../../../e2e/servers/fal/host-proxy.ts';
import { FalServer } from '../../../e2e/servers/fal/server.ts';
import { connectDestination } from '../destination/connect.ts';
import { testDestination } from '../destination/test-destination.ts';
import { fal } from './index.ts';
import { patternBytes, patternSource } from '../testing/pattern-source.ts';
import { falTestKey, falTestPorts } from './testing/fal-fixture.ts';

const neverAborted = new AbortController().signal;

test('the registered provider works with the real host names, limits and times', { timeout: 60_000 }, async () => {
  const server = await FalServer.start({ keys: { [falTestKey]: {} }, address: 'https://v3.fal.media' });
  const hostProxy = await startFalHostProxy(server.origin);
  const values = {
    key: falTestKey,
    expiry: '7d',
    access: 'signed',
    linkDays: '3',
    proxy: 'address',
    proxyAddress: hostProxy.url,
    ca: falCertificate,
  };
  const destination = await connectDestination(fal, values, falTestPorts);
  try {
    expect(
      (await testDestination(fal, values, falTestPorts)).results.map(({ step, outcome }) => `${step} ${outcome}`),
    ).toEqual(['settings ok', 'sign-in ok', 'write ok', 'link ok', 'clean-up warning']);
    const ref = await destination.upload({
      source: patternSource(5000, { name: 'a.png', contentType: 'image/png' }),
      signal: neverAborted,
      onCheckpoint: async () => undefined,
      onProgress: () => undefined,
    });
    const link = await destination.link(ref, neverAborted);
    expect(link.url).toMatch(/^https:\/\/v3\.fal\.media\/files\/b\/\w+\/a\.png\?/);
    expect((await destination.download(link, 5000, neverAborted))?.equals(patternBytes(5000))).toBe(true);
    expect(new Set(hostProxy.requests)).toEqual(
      new Set(['CONNECT rest.fal.ai:443', 'CONNECT api.fal.ai:443', 'CONNECT v3.fal.media:443']),
    );
    expect(server.violations).toEqual([]);
  } finally {
    destination.close();
    await hostProxy.stop();
    await server.stop();
  }
});
