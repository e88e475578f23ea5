/**
 * Uploads a file of many GiB to a store that discards the bytes. Memory use does not depend on the size, and after a
 * stop in the middle the upload resumes without sending stored parts again. A full run uses 8 GiB. HOIST_LARGE_GIB
 * sets another size, for example 100.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Checkpoint } from '../../../src-shared/upload.ts';
import { defaultConcurrencyLimits } from '../../engine/adaptive-concurrency.ts';
import { planParts } from '../../engine/plan-parts.ts';
import { acceptFile, openSource } from '../../platform/source-file.ts';
import { caseCount } from '../../testing/sample.ts';
import type { Driver } from '../contract/provider.ts';
import { customService } from './presets.ts';
import { createTestDriver } from './testing/subject.ts';

const MiB = 1024 ** 2;
const gib = Number(process.env.HOIST_LARGE_GIB ?? caseCount({ full: 8, sample: 1 }));
const size = gib * 1024 * MiB;
/** The maximum growth of the process's memory (resident set size) during the uploads. */
const maxMemoryGrowth = 150 * MiB;

test(
  `a file of ${gib} GiB needs little memory, and after a stop only the parts in flight are sent again`,
  { timeout: gib * 180_000 },
  async () => {
    const sink = spawn(process.execPath, [join(import.meta.dirname, 'testing/upload-sink.mjs')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const folder = await mkdtemp(join(tmpdir(), 'hoist-large-'));
    const drivers: Driver[] = [];
    try {
      const [line] = (await once(sink.stdout, 'data')) as [Buffer];
      const endpoint = line.toString().trim();
      const createDriver = (): Driver => {
        const values = {
          endpoint,
          region: 'us-east-1',
          bucket: 'large',
          accessKeyId: 'AKIDEXAMPLE',
          secretAccessKey: 'secret',
          pathStyle: 'true',
          linkKind: 'expiring',
        };
        const driver = createTestDriver(values, { settings: { store: { ...customService, checksum: 'crc32' } } });
        drivers.push(driver);
        return driver;
      };
      const path = join(folder, 'sparse.bin');
      const handle = await open(path, 'w');
      await handle.truncate(size);
      await handle.close();
      const accepted = await acceptFile(path);

      const before = process.memoryUsage().rss;
      let peak = 0;
      const sampleMemory = (): void => {
        peak = Math.max(peak, process.memoryUsage().rss - before);
      };
      const stop = new AbortController();
      let checkpoint: Checkpoint | undefined;
      let bytesStored = 0;
      let startedAt = performance.now();
      const firstSource = await openSource(accepted.source, accepted);
      await expect(
        createDriver().upload({
          source: firstSource,
          signal: stop.signal,
          onProgress: sampleMemory,
          onCheckpoint: async (saved) => {
            checkpoint = saved;
          },
          onBytesStored: (bytes) => {
            bytesStored = bytes;
            if (bytes > size / 2) stop.abort();
          },
        }),
      ).rejects.toThrow();
      await firstSource.close();
      const firstRunMs = performance.now() - startedAt;

      startedAt = performance.now();
      const secondSource = await openSource(accepted.source, accepted);
      await createDriver().upload({
        source: secondSource,
        signal: new AbortController().signal,
        checkpoint: checkpoint!,
        onProgress: sampleMemory,
        onCheckpoint: async () => undefined,
      });
      await secondSource.close();
      const bytesReceived = Number(await (await fetch(`${endpoint}/received`)).text());
      console.log(
        `${gib} GiB, stopped at ${(bytesStored / MiB).toFixed(0)} MiB after ${(firstRunMs / 1000).toFixed(1)} s, resumed and completed in ${((performance.now() - startedAt) / 1000).toFixed(1)} s: memory +${(peak / MiB).toFixed(0)} MiB, ${((bytesReceived - size) / MiB).toFixed(0)} MiB sent twice`,
      );
      expect(peak).toBeLessThanOrEqual(maxMemoryGrowth);
      expect(bytesReceived).toBeGreaterThanOrEqual(size);
      // Only the parts in flight at the stop are sent twice. 1 MiB is for the bodies of other requests.
      expect(bytesReceived - size).toBeLessThanOrEqual(
        defaultConcurrencyLimits.perUpload * planParts(size, customService)!.partSize + MiB,
      );
    } finally {
      for (const driver of drivers) driver.close();
      sink.stdin.end();
      await rm(folder, { recursive: true });
    }
  },
);
