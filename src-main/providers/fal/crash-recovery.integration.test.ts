/**
 * Kills a process during a large upload and resumes the upload in a new process, which sends only the missing parts.
 * HOIST_KILL_MIB sets the size in MiB; the default is 100.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fillPattern } from '../testing/pattern-source.ts';
import { falTestKey, startFalFixture, type FalFixture } from './testing/fal-fixture.ts';
import type { FalCheckpoint } from './checkpoint.ts';

const MiB = 1024 * 1024;
const size = Number(process.env['HOIST_KILL_MIB'] ?? 100) * MiB + 12_345;
const partBytes = 10 * MiB;
/** The number of slots that {@link slotAcquirer} gives an upload that no engine controls. */
const maxParallelRequests = 4;

let fixture: FalFixture;
let folder: string;
beforeEach(async () => {
  fixture = await startFalFixture();
  folder = mkdtempSync(path.join(tmpdir(), 'hoist-fal-'));
});
afterEach(async () => {
  await fixture.stop();
  rmSync(folder, { recursive: true });
});

const checkpointFile = (): string => path.join(folder, 'checkpoint.json');
const checkpoint = (): FalCheckpoint => JSON.parse(readFileSync(checkpointFile(), 'utf8')) as FalCheckpoint;

const start = (): ChildProcess =>
  spawn(
    process.execPath,
    [
      fileURLToPath(new URL('testing/upload-process.mjs', import.meta.url)),
      fixture.proxy.url,
      String(size),
      checkpointFile(),
      falTestKey,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );

test(
  'after a kill during a large upload, the next process sends only the missing parts and creates one file',
  { timeout: 300_000 },
  async () => {
    const { server, proxy } = fixture;
    // Later requests stall, so that they cannot complete before the kill.
    proxy.setRule((request) => (request.hasFileBody && request.number > 6 ? { kind: 'stall' } : undefined));
    const first = start();
    // At least 4 parts are stored, and other parts are in flight.
    await proxy.waitUntil(() => proxy.requests.filter((request) => request.hasFileBody).length >= 8);
    await proxy.waitUntil(() => server.requests.filter(({ route }) => route === 'part').length >= 4);
    first.kill('SIGKILL');
    await once(first, 'exit');
    const savedParts = checkpoint().parts ?? [];
    expect(savedParts.length).toBeGreaterThan(0);
    const sentBeforeKill = server.requests.reduce((sum, { route, bytes }) => sum + (route === 'part' ? bytes : 0), 0);
    const requestsBefore = server.requests.length;

    proxy.setRule();
    const second = start();
    let printed = '';
    second.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
    await once(second, 'exit');
    const { file } = JSON.parse(printed) as { file: string };
    const sent = server.requests
      .slice(requestsBefore)
      .filter(({ route }) => route === 'part')
      .reduce((sum, { bytes }) => sum + bytes, 0);
    expect(sent).toBe(size - savedParts.length * partBytes);
    // Only parts that were in flight or just acknowledged at the kill may be sent twice.
    expect(sentBeforeKill + sent - size).toBeLessThanOrEqual(maxParallelRequests * partBytes);
    expect(server.leftovers()).toEqual({ objects: 1, uploads: 0 });
    expect(server.violations).toEqual([]);
    const stored = server.bytesAt(file)!;
    const expected = Buffer.allocUnsafe(size);
    fillPattern(expected, 0);
    expect(stored.equals(expected)).toBe(true);
    console.info(`fal kill test: ${size} bytes, ${savedParts.length} parts kept, ${sent} bytes sent after the kill`);
  },
);
