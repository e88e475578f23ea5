/** The driver on a real Ceph RADOS Gateway, if one is running (e2e/servers/rgw.sh). */
import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { MiB } from '../../platform/testing/mib.ts';
import { neverAborted } from '../../platform/testing/never-aborted.ts';
import type { FieldValues } from '../../../src-shared/profile.ts';
import type { Checkpoint } from '../../../src-shared/upload.ts';
import type { Driver } from '../contract/provider.ts';
import { connectDestination } from '../destination/connect.ts';
import { probeLink } from '../links/probe-link.ts';
import { patternSource } from '../testing/pattern-source.ts';
import { createTransfer, fiveMiBParts, recordTo, thrownBy } from './testing/driver-fixture.ts';
import {
  createTestDriver,
  logWhenSkipped,
  rgw,
  s3ProviderWith,
  s3TestPorts,
  type S3DriverOverrides,
} from './testing/subject.ts';

vi.setConfig({ testTimeout: 30_000 });

const drivers: Driver[] = [];
afterEach(() => {
  for (const driver of drivers.splice(0)) driver.close();
});

function createDriver(values: FieldValues, overrides: S3DriverOverrides): Driver {
  const driver = createTestDriver(values, overrides);
  drivers.push(driver);
  return driver;
}

logWhenSkipped('public links on Ceph RADOS Gateway');
describe.skipIf(rgw.endpoint === undefined)('the driver on Ceph RADOS Gateway', () => {
  test('creates public links that anonymous clients can open, for a small file and for a file in parts', async () => {
    const values = {
      endpoint: rgw.endpoint ?? '',
      bucket: rgw.bucket,
      region: 'us-east-1',
      accessKeyId: rgw.accessKeyId,
      secretAccessKey: rgw.secretAccessKey,
      prefix: 'public',
    };
    const driver = createDriver(values, {
      settings: { ...fiveMiBParts.settings, acl: 'public-read', linkKind: 'public' },
    });
    await driver.check(neverAborted);
    for (const size of [10, 5 * MiB + 1]) {
      const ref = await driver.upload(
        createTransfer(patternSource(size, { name: 'Bild ü.svg', contentType: 'image/svg+xml' })),
      );
      const link = await driver.link(ref, neverAborted);
      expect(link.visibility).toBe('public');
      expect(await probeLink(link, size, neverAborted)).toBe('this-computer');
      await driver.discard({ ref }, neverAborted);
    }
  });
});

logWhenSkipped('S3 over TLS on Ceph RADOS Gateway');
describe.skipIf(rgw.tlsEndpoint === undefined)('the driver on Ceph RADOS Gateway over TLS', () => {
  const tlsValues = (): FieldValues => ({
    endpoint: rgw.tlsEndpoint ?? '',
    bucket: rgw.bucket,
    region: 'us-east-1',
    accessKeyId: rgw.accessKeyId,
    secretAccessKey: rgw.secretAccessKey,
    prefix: 'tls',
  });

  test('refuses a certificate of an unknown authority, even with NODE_TLS_REJECT_UNAUTHORIZED=0', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const destination = await connectDestination(s3ProviderWith({ retryMs: 1 }), tlsValues(), s3TestPorts);
    for (const sendRequest of [
      () => destination.check(neverAborted),
      () => destination.upload(createTransfer(patternSource(10))),
      () => destination.upload(createTransfer(patternSource(6 * MiB))),
    ]) {
      expect(await thrownBy(sendRequest())).toMatchObject({ message: 'tls-untrusted', error: { field: 'ca' } });
    }
    destination.close();
  });

  test('checks, uploads and cancels with a trusted certificate', async () => {
    const certificates = [await readFile(rgw.certificate ?? '', 'utf8')];
    const driver = createDriver(tlsValues(), { ...fiveMiBParts, options: { certificates } });
    await driver.check(neverAborted);
    for (const size of [10, 3 * 5 * MiB]) {
      const ref = await driver.upload(createTransfer(patternSource(size)));
      expect(await driver.stat(ref, neverAborted)).toEqual({ size });
      await driver.discard({ ref }, neverAborted);
    }
    const controller = new AbortController();
    const checkpoints: Checkpoint[] = [];
    const work = thrownBy(
      driver.upload(
        createTransfer(
          patternSource(64 * MiB, {
            onRead: (at) => {
              if (at > 4 * MiB) controller.abort();
            },
          }),
          {
            signal: controller.signal,
            onCheckpoint: recordTo(checkpoints),
          },
        ),
      ),
    );
    expect((await work).name).toMatch(/^(AbortError|AppFailure)$/);
    await driver.discard({ checkpoint: checkpoints.at(-1)! }, neverAborted);
  });

  test('fails with http at the https port, and with https at the http port', async () => {
    for (const endpoint of [rgw.tlsEndpoint!.replace('https', 'http'), rgw.endpoint!.replace('http', 'https')]) {
      const destination = await connectDestination(
        s3ProviderWith({ retryMs: 1 }),
        { ...tlsValues(), endpoint },
        s3TestPorts,
      );
      expect(['wrong-service', 'unreachable']).toContain((await thrownBy(destination.check(neverAborted))).message);
      destination.close();
    }
  });
});
