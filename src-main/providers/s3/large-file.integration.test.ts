/**
 * R22: uploads a file of many GiB to a store that discards the bytes. Memory does not grow with the file, and after a
 * stop in the middle it resumes without sending stored parts again. The promise is 8 GiB; HOIST_LARGE_GIB sets
 * another size, such as 100 for a long run.
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
const maxGrowth = 150 * MiB;

test(
  `${gib} GiB: memory stays flat, and after a stop in the middle only the parts in flight are sent again`,
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
      const driver = (): Driver => {
        const values = {
          endpoint,
          region: 'us-east-1',
          bucket: 'large',
          accessKeyId: 'AKIDEXAMPLE',
          secretAccessKey: 'secret',
          pathStyle: 'true',
          linkKind: 'expiring',
        };
        const created = createTestDriver(values, { settings: { store: { ...customService, checksum: 'crc32' } } });
        drivers.push(created);
        return created;
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
      let [bytesStored, startedAt] = [0, performance.now()];
      const first = await openSource(accepted.source, accepted);
      await expect(
        driver().upload({
          source: first,
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
      await first.close();
      const ms = performance.now() - startedAt;

      startedAt = performance.now();
      const second = await openSource(accepted.source, accepted);
      await driver().upload({
        source: second,
        signal: new AbortController().signal,
        checkpoint: checkpoint!,
        onProgress: sampleMemory,
        onCheckpoint: async () => undefined,
      });
      await second.close();
      const taken = Number(await (await fetch(`${endpoint}/taken`)).text());
      console.log(
        `${gib} GiB, stopped at ${(bytesStored / MiB).toFixed(0)} MiB after ${(ms / 1000).toFixed(1)} s, the rest in ${((performance.now() - startedAt) / 1000).toFixed(1)} s: memory +${(peak / MiB).toFixed(0)} MiB, ${((taken - size) / MiB).toFixed(0)} MiB sent twice`,
      );
      expect(peak).toBeLessThanOrEqual(maxGrowth);
      expect(taken).toBeGreaterThanOrEqual(size);
      expect(taken - size).toBeLessThanOrEqual(defaultConcurrencyLimits.perUpload * planParts(size)!.partSize + MiB);
    } finally {
      for (const one of drivers) one.close();
      sink.stdin.end();
      await rm(folder, { recursive: true });
    }
  },
);
