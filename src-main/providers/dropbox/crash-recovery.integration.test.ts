/**
 * Kills a process during a large upload and resumes the upload in a new process, which sends only the missing bytes.
 * HOIST_KILL_MIB sets the size in MiB; the default is 40.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FaultProxy } from '../testing/fault-proxy.ts';
import { fillPattern } from '../testing/pattern-source.ts';
import { DropboxFixture } from './testing/dropbox-fixture.ts';

const MiB = 1024 * 1024;
const partBytes = 4 * MiB;
const size = Number(process.env.HOIST_KILL_MIB ?? 40) * MiB + 77;
/** The bytes that may be in flight when the process is killed: one part per slot. */
const maxResentBytes = 8 * partBytes;

let fixture: DropboxFixture;
let proxy: FaultProxy;
let folder: string;
let running: ChildProcess[];

beforeEach(async () => {
  running = [];
  folder = await mkdtemp(join(tmpdir(), 'hoist-killed-'));
  fixture = await DropboxFixture.start();
  proxy = await FaultProxy.start(fixture.server.url);
});
afterEach(async () => {
  for (const child of running) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await proxy.stop();
  await fixture.stop();
  await rm(folder, { recursive: true, force: true });
});

/** `sum`: the SHA-256 of the file. */
async function createLargeFile(): Promise<{ file: string; sum: string }> {
  const file = join(folder, 'large.bin');
  const handle = await open(file, 'w');
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(MiB);
  for (let position = 0; position < size; position += buffer.length) {
    fillPattern(buffer, position);
    const bytes = buffer.subarray(0, Math.min(buffer.length, size - position));
    hash.update(bytes);
    await handle.write(bytes);
  }
  await handle.close();
  return { file, sum: hash.digest('hex') };
}

/** Starts a process that uploads the file, or resumes its upload from the saved checkpoint. */
function start(file: string): ChildProcess {
  const child = spawn(
    process.execPath,
    [
      join(import.meta.dirname, 'testing/upload-process.mjs'),
      proxy.url,
      JSON.stringify(fixture.values),
      file,
      join(folder, 'checkpoint'),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  running.push(child);
  return child;
}

/** The file bytes that reached the proxy since the last `setRule`. */
const fileBytesSent = (): number =>
  proxy.requests.reduce((sum, request) => sum + (request.hasFileBody ? request.bytesReceived : 0), 0);

test(
  'after a kill, a new process sends only the missing bytes and stores the unchanged file',
  { timeout: 600_000 },
  async () => {
    const { file, sum } = await createLargeFile();
    const first = start(file);
    await proxy.waitUntil(() => fileBytesSent() > size / 2);
    first.kill('SIGKILL');
    await once(first, 'close');
    await proxy.waitUntil(() => proxy.connections.open === 0);
    expect(fixture.server.account.files).toEqual([]);
    const sentBeforeKill = fileBytesSent();
    proxy.setRule();
    const second = start(file);
    let stdout = '';
    second.stdout!.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    const [code] = (await once(second, 'close')) as [number];
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ v: 1, size });
    const sentAfterKill = fileBytesSent();
    expect(sentAfterKill).toBeLessThanOrEqual(size - sentBeforeKill + maxResentBytes);
    expect(sentAfterKill).toBeLessThan(size);
    const [total, before, after] = [size, sentBeforeKill, sentAfterKill].map((bytes) => Math.round(bytes / MiB));
    console.info(`Dropbox kill test: ${total} MiB, ${before} MiB sent before the kill, ${after} MiB after it`);
    const [stored, ...others] = fixture.server.account.files;
    expect(others).toEqual([]);
    const hash = createHash('sha256');
    for (const chunk of stored!.content) hash.update(chunk);
    expect(hash.digest('hex')).toBe(sum);
  },
);
