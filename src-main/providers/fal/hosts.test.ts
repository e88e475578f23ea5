/** The provider exactly as it is registered, at the real host names of the service: they are led to the loopback server by a proxy. */
import { expect, test } from 'vitest';
import { falCertificate, falNames } from '../../../e2e/servers/fal/names.ts';
import { FalServer } from '../../../e2e/servers/fal/server.ts';
import { connectDestination, testDestination } from '../connect.ts';
import { providerOf } from '../registry.ts';
import { patternOf, patternSource } from '../testing/source.ts';
import { key, ports } from './testing/subject.ts';

const never = new AbortController().signal;

test('through TLS and a proxy, with the hosts, thresholds and times of every day', { timeout: 60_000 }, async () => {
  const server = await FalServer.start({ keys: { [key]: {} }, address: 'https://v3.fal.media' });
  const names = await falNames(server.origin);
  const values = {
    key,
    expiry: '7d',
    access: 'signed',
    linkDays: '3',
    proxy: 'address',
    proxyAddress: names.url,
    ca: falCertificate,
  };
  const destination = await connectDestination(providerOf('fal'), values, ports);
  try {
    expect(
      (await testDestination(providerOf('fal'), values, ports)).results.map(
        ({ step, outcome }) => `${step} ${outcome}`,
      ),
    ).toEqual(['settings ok', 'sign-in ok', 'write ok', 'link ok', 'clean-up warning']);
    const ref = await destination.upload({
      source: patternSource(5000, { name: 'a.png', contentType: 'image/png' }),
      signal: never,
      onCheckpoint: async () => undefined,
      onProgress: () => undefined,
    });
    const link = await destination.link(ref, never);
    expect(link.url).toMatch(/^https:\/\/v3\.fal\.media\/files\/b\/\w+\/a\.png\?/);
    expect((await destination.fetch(link, 5000, never))?.equals(patternOf(5000))).toBe(true);
    expect(new Set(names.seen)).toEqual(
      new Set(['CONNECT rest.fal.ai:443', 'CONNECT api.fal.ai:443', 'CONNECT v3.fal.media:443']),
    );
    expect(server.violations).toEqual([]);
  } finally {
    destination.close();
    await names.stop();
    await server.stop();
  }
});
