/** A round trip on real accounts, by `npm run test:live` alone: what no server on loopback can prove. It leaves nothing behind. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { FieldValues } from '../../src-shared/profile.ts';
import { connectDestination, testDestination } from './connect.ts';
import type { DriverPorts } from './provider.ts';
import { providers } from './registry.ts';
import { patternOf, patternSource } from './testing/source.ts';

const { env } = process;
const of = (name: string): string => env[`HOIST_LIVE_${name}`] ?? '';
const given = (values: FieldValues): FieldValues => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));

/** Settings by provider; nothing where the environment has no keys. */
const accounts: Record<string, () => FieldValues | undefined> = {
  s3: () => (of('S3_SECRET') === '' ? undefined : given({ bucket: of('S3_BUCKET'), accessKeyId: of('S3_KEY'), secretAccessKey: of('S3_SECRET'), endpoint: of('S3_ENDPOINT'), region: of('S3_REGION'), linkKind: 'expiring' })),
  dropbox: () => (of('DROPBOX_REFRESH_TOKEN') === '' ? undefined : {
    account: JSON.stringify({ refreshToken: of('DROPBOX_REFRESH_TOKEN'), appKey: of('DROPBOX_APP_KEY'), ...(of('DROPBOX_APP_SECRET') === '' ? {} : { appSecret: of('DROPBOX_APP_SECRET') }) }),
    folder: 'hoist-live-test',
  }),
  fal: () => (of('FAL_KEY') === '' ? undefined : { key: of('FAL_KEY') }),
};

const ports: DriverPorts = { now: Date.now, randomBytes: (count) => randomBytes(count) };
const never = new AbortController().signal;
const MiB = 1024 * 1024;

/** Only when asked for: keys that lie around in an environment are not used. */
const chosen = env.HOIST_LIVE === '1' ? providers.flatMap((provider) => { const values = accounts[provider.id]?.(); return values ? [{ provider, values, name: provider.name }] : []; }) : [];

if (chosen.length > 0) {
  describe.each(chosen)('$name, for real', { timeout: 600_000 }, ({ provider, values }) => {
    test('the test of a destination passes', async () => {
      const report = await testDestination(provider, values, ports);
      expect(report.results.filter((one) => one.outcome === 'failed')).toEqual([]);
    });

    test.each([1234, 40 * MiB + 7])('%i bytes arrive, open by their link, and go again', async (size) => {
      const destination = await connectDestination(provider, values, ports);
      try {
        const ref = await destination.upload({ source: patternSource(size, { name: 'hoist live test ü.bin' }), signal: never, onCheckpoint: async () => undefined, onProgress: () => undefined });
        const link = await destination.link(ref, never);
        expect(await destination.probe(link, size, never)).toBe('verified');
        const bytes = Buffer.from(await (await fetch(link.url)).arrayBuffer());
        expect(bytes.equals(patternOf(size))).toBe(true);
        if (provider.capabilities.canDelete) await destination.discard({ ref }, never);
      } finally {
        destination.close();
      }
    });
  });
} else {
  test('real accounts are left alone unless asked for', () => { expect(chosen).toEqual([]); });
}
