/** The settings, the connections and the memory use of the driver. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MiB } from '../../platform/testing/mib.ts';
import { neverAborted } from '../../platform/testing/never-aborted.ts';
import { connectDestination } from '../destination/connect.ts';
import type { ProxiedRequest } from '../testing/fault-proxy.ts';
import { openFileSource, patternBytes, patternSource } from '../testing/pattern-source.ts';
import { createTransfer, DriverFixture, errorCodeOf, fiveMiBParts, thrownBy } from './testing/driver-fixture.ts';
import { s3ProviderWith, s3TestPorts } from './testing/subject.ts';

vi.setConfig({ testTimeout: 30_000 });

let fixture: DriverFixture;
beforeEach(async () => {
  fixture = await DriverFixture.start();
});
afterEach(() => fixture.stop());

describe('credentials and settings', () => {
  test('environment variables for other programs do not affect the driver', async () => {
    for (const [name, value] of Object.entries({
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9',
      AWS_REGION: 'eu-west-9',
      AWS_DEFAULT_REGION: 'eu-west-9',
      AWS_ACCESS_KEY_ID: 'OTHER',
      AWS_SECRET_ACCESS_KEY: 'other',
      AWS_SESSION_TOKEN: 'other',
      AWS_PROFILE: 'unknown',
      AWS_MAX_ATTEMPTS: 'many',
      AWS_USE_DUALSTACK_ENDPOINT: 'true',
      AWS_USE_FIPS_ENDPOINT: 'true',
      AWS_REQUEST_CHECKSUM_CALCULATION: 'when_supported',
      AWS_S3_US_EAST_1_REGIONAL_ENDPOINT: 'legacy',
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_RETRY_MODE: 'adaptive',
    }))
      vi.stubEnv(name, value);
    const driver = fixture.createDriver();
    const ref = await driver.upload(createTransfer(patternSource(10)));
    expect(await fixture.storedBytes(ref)).toHaveLength(10);
    expect((await driver.link(ref, neverAborted)).url).toContain(fixture.proxy.url);
    expect(fixture.proxy.requests[0]?.headers).not.toHaveProperty('x-amz-security-token');
  });

  test('the driver sends the session token, and its links expire with the session', async () => {
    // Practice does not support sessions. This rule answers like a store that accepts the session.
    fixture.proxy.setRule((request) =>
      request.hasFileBody && request.headers['x-amz-security-token'] === 'tok/en+='
        ? { kind: 'answer', status: 200, headers: { etag: '"x"' }, when: 'after the body' }
        : undefined,
    );
    const driver = fixture.createDriver({
      settings: {
        signIn: {
          by: 'keys',
          accessKeyId: String(fixture.values.accessKeyId),
          secretAccessKey: String(fixture.values.secretAccessKey),
          sessionToken: 'tok/en+=',
        },
      },
    });
    const ref = await driver.upload(createTransfer(patternSource(10)));
    const { url, expiresAt } = await driver.link(ref, neverAborted);
    expect(expiresAt! - Date.now()).toBeLessThanOrEqual(12 * 3_600_000);
    expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe('43200');
    expect(new URL(url).searchParams.get('X-Amz-Security-Token')).toBe('tok/en+=');
  });
});

describe('connections', () => {
  test('only the failed part is sent again after a connection reset and after a 503', async () => {
    for (const fault of [
      { kind: 'reset', afterBytes: 2 * MiB },
      { kind: 'answer', status: 503 },
    ] as const) {
      fixture.proxy.setRule((request) => (request.number === 3 ? fault : undefined));
      const size = 20 * MiB;
      const progress: number[] = [];
      const ref = await fixture
        .createDriver(fiveMiBParts)
        .upload(createTransfer(patternSource(size), { onProgress: (sent) => progress.push(sent) }));
      expect((await fixture.storedBytes(ref)).equals(patternBytes(size))).toBe(true);
      expect(fixture.fileRequests()).toHaveLength(5);
      // The progress does not count the bytes of the failed attempt.
      expect(progress.at(-1)).toBe(size);
      expect(Math.max(...progress)).toBe(size);
    }
  });

  test('a part on a stalled connection is sent again, and the third stalled attempt fails the upload', async () => {
    const driver = fixture.createDriver({ ...fiveMiBParts, options: { idleMs: 1000 } });
    fixture.proxy.setRule((request) => (request.number === 2 ? { kind: 'stall' } : undefined));
    const size = 5 * MiB + 1;
    expect(
      (await fixture.storedBytes(await driver.upload(createTransfer(patternSource(size))))).equals(patternBytes(size)),
    ).toBe(true);

    const destination = await connectDestination(
      s3ProviderWith({ retryMs: 1, idleMs: 100 }),
      fixture.values,
      s3TestPorts,
    );
    for (const isStalled of [
      (request: ProxiedRequest) => request.hasFileBody,
      (request: ProxiedRequest) => request.method === 'POST',
    ]) {
      fixture.proxy.setRule((request) => (isStalled(request) ? { kind: 'stall' } : undefined));
      const thrown = await thrownBy(destination.upload(createTransfer(patternSource(size))));
      expect(thrown.message).toBe('stalled');
    }
    destination.close();
  });

  test('a slow connection does not count as stalled', async () => {
    const idleMs = 1500;
    const driver = fixture.createDriver({ options: { idleMs } });
    // The upload takes longer than the idle limit, but each pause is much shorter than the limit.
    const source = patternSource(2 * MiB, {
      onRead: (at) => (at > 0 ? sleep(idleMs / 10) : undefined),
    });
    const startedAt = performance.now();
    expect(await fixture.storedBytes(await driver.upload(createTransfer(source)))).toHaveLength(2 * MiB);
    expect(performance.now() - startedAt).toBeGreaterThan(idleMs);
  });

  test(
    'a cancel in the middle of a body closes every socket and stops reading the file',
    { timeout: 10_000 },
    async () => {
      const controller = new AbortController();
      const reads: number[] = [];
      const driver = fixture.createDriver(fiveMiBParts);
      fixture.proxy.setRule((request) => (request.hasFileBody ? { kind: 'silence' } : undefined));
      const work = thrownBy(
        driver.upload(
          createTransfer(
            patternSource(64 * MiB, {
              onRead: (at) => {
                reads.push(at);
              },
            }),
            { signal: controller.signal },
          ),
        ),
      );
      await fixture.proxy.waitUntil(
        () =>
          fixture.fileRequests().length === 4 &&
          fixture.fileRequests().some((request) => request.bytesReceived > MiB && request.bytesReceived < 5 * MiB),
      );
      const startedAt = performance.now();
      controller.abort();
      expect((await work).name).toMatch(/^(AbortError|AppFailure)$/);
      const readsAtCancel = reads.length;
      await fixture.proxy.waitUntil(() => fixture.proxy.connections.open <= 1);
      expect(performance.now() - startedAt).toBeLessThan(10_000);
      expect(reads).toHaveLength(readsAtCancel);
    },
  );

  test('memory use does not depend on the size of the file', async () => {
    const sink = spawn(process.execPath, [fileURLToPath(new URL('testing/upload-sink.mjs', import.meta.url))], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const folder = await mkdtemp(join(tmpdir(), 'hoist-'));
    try {
      const [line] = (await once(sink.stdout, 'data')) as [Buffer];
      const path = join(folder, 'sparse.bin');
      const handle = await open(path, 'w');
      await handle.truncate(256 * MiB);
      await handle.close();
      const source = await openFileSource(path);
      const driver = fixture.createDriver({ settings: { endpoint: line.toString().trim() } });
      const before = process.memoryUsage().arrayBuffers;
      let peak = 0;
      await driver.upload(
        createTransfer(source, {
          onProgress: () => {
            peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
          },
        }),
      );
      await source.close();
      expect(peak).toBeLessThan(6 * MiB);
    } finally {
      sink.stdin.end();
      await rm(folder, { recursive: true });
    }
  });
});

test('a checkpoint or a reference of an unknown format causes the error `bug`', async () => {
  expect(await errorCodeOf(fixture.createDriver().discard({ checkpoint: { v: 2 } }, neverAborted))).toBe('bug');
  expect(await errorCodeOf(fixture.createDriver().stat({ nonsense: true }, neverAborted))).toBe('bug');
});
