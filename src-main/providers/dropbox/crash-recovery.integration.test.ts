/**
 * Kills a process during a large upload and resumes in a new one: only the missing bytes are sent. HOIST_KILL_MIB=300
 * uses a file of 300 MiB.
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
const part = 4 * MiB;
const size = Number(process.env.HOIST_KILL_MIB ?? 40) * MiB + 77;
/** The bytes that may be in flight when the process is killed: one part per slot. */
const maxResentBytes = 8 * part;

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

async function writeFile(): Promise<{ file: string; sum: string }> {
  const file = join(folder, 'large.bin');
  const handle = await open(file, 'w');
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(MiB);
  for (let at = 0; at < size; at += buffer.length) {
    fillPattern(buffer, at);
    const bytes = buffer.subarray(0, Math.min(buffer.length, size - at));
    hash.update(bytes);
    await handle.write(bytes);
  }
  await handle.close();
  return { file, sum: hash.digest('hex') };
}

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

const sent = (): number => proxy.requests.reduce((sum, seen) => sum + (seen.hasFileBody ? seen.bytesReceived : 0), 0);

test(
  'a new process sends the missing bytes after a kill, and the file is unchanged',
  { timeout: 600_000 },
  async () => {
    const { file, sum } = await writeFile();
    const first = start(file);
    await proxy.waitUntil(() => sent() > size / 2);
    first.kill('SIGKILL');
    await once(first, 'close');
    await proxy.waitUntil(() => proxy.connections.open === 0);
    expect(fixture.server.account.files).toEqual([]);
    const before = sent();
    proxy.setRule();
    const second = start(file);
    let stdout = '';
    second.stdout!.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    const [code] = (await once(second, 'close')) as [number];
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ v: 1, size });
    const resent = sent();
    expect(resent).toBeLessThanOrEqual(size - before + maxResentBytes);
    expect(resent).toBeLessThan(size);
    console.info(
      `${Math.round(size / MiB)} MiB: ${Math.round(before / MiB)} MiB sent before the kill, ${Math.round(resent / MiB)} MiB after it`,
    );
    const [stored, ...others] = fixture.server.account.files;
    expect(others).toEqual([]);
    const hash = createHash('sha256');
    for (const chunk of stored!.content) hash.update(chunk);
    expect(hash.digest('hex')).toBe(sum);
  },
);
