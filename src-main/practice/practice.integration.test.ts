/**
 * All processes of a user share one Practice server: which process serves, and which data it stores. See also
 * third-party-clients.integration.test.ts.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import {
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { identityPath, isPracticeServer, nonceHeader } from './identity.ts';
import type { PracticeSettings } from './practice.ts';
import { memorySettings, TestPractice } from './testing/test-practice.ts';

const MiB = 1024 * 1024;
/** Stops what a test started, in reverse order. */
const stops: (() => unknown)[] = [];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hoist-practice-'));
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  await rm(folder, { recursive: true, force: true });
});

async function startPractice(ports: Parameters<typeof TestPractice.start>[0] = {}): Promise<TestPractice> {
  const server = await TestPractice.start({ folder: join(folder, 'store'), ...ports });
  stops.push(
    () => server.practice.close(),
    () => server.client.destroy(),
  );
  return server;
}

describe('one process', () => {
  test('keeps its address, keys and objects after a restart', async () => {
    const storedSettings = memorySettings();
    const first = await startPractice({ storedSettings });
    await first.put('a/ü 1.txt', 'hello');
    await first.put('gone', 'x');
    const { client, address } = first;
    const created = await client.send(new CreateMultipartUploadCommand({ Bucket: address.bucket, Key: 'later' }));
    await client.send(
      new UploadPartCommand({
        Bucket: address.bucket,
        Key: 'later',
        UploadId: created.UploadId,
        PartNumber: 3,
        Body: Buffer.alloc(1000, 7),
      }),
    );
    await first.practice.close();
    await expect(first.practice.ensure()).rejects.toThrow('canceled');

    const restarted = await startPractice({ storedSettings });
    expect(restarted.address).toEqual(address);
    expect(await restarted.keys()).toEqual(['a/ü 1.txt', 'gone']);
    expect((await restarted.bytes('a/ü 1.txt')).toString()).toBe('hello');
    expect(await restarted.uploads()).toEqual([created.UploadId]);
    expect(await restarted.practice.usage()).toEqual({ objects: 2, bytes: 1006, quotaBytes: 5 * 1024 ** 3 });
    expect(restarted.problems).toEqual([]);
  });

  test('listens only on 127.0.0.1, at a port below the ephemeral ports', async () => {
    const { address } = await startPractice();
    const port = Number(new URL(address.endpoint).port);
    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(port).toBeLessThan(32_000);
    expect(new URL(address.endpoint).hostname).toBe('127.0.0.1');
    if (process.platform !== 'linux') return;
    const listening = (await readFile('/proc/net/tcp', 'utf8'))
      .split('\n')
      // The local port in hexadecimal, no remote address, and the state 0A (listening).
      .filter((line) => line.includes(`:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`));
    expect(listening).toHaveLength(1);
    // 127.0.0.1, with its bytes in reverse order.
    expect(listening[0]).toContain('0100007F:');
  });

  test('gives only this user access to its folders (0700) and files (0600)', async () => {
    const server = await startPractice();
    await server.put('k', 'v');
    for (const entry of await readdir(server.folder, { withFileTypes: true, recursive: true })) {
      const { mode } = await stat(join(entry.parentPath, entry.name));
      expect((mode & 0o777).toString(8), entry.name).toBe(entry.isDirectory() ? '700' : '600');
    }
    expect(((await stat(server.folder)).mode & 0o777).toString(8)).toBe('700');
  });

  test('removes the partial files of a killed process at the next start', async () => {
    const storedSettings = memorySettings();
    const server = await startPractice({ storedSettings });
    await server.put('k', 'v');
    await server.practice.close();
    const store = join(folder, 'store');
    await writeFile(join(store, 'pieces', 'half-a-blob-of-an-upload'), 'xxx');
    await writeFile(join(store, 'objects', 'ab.json.123.draft'), '{"v":1,');
    // An incomplete record.
    await writeFile(join(store, 'objects', `${'0'.repeat(64)}.json`), '{"v":1}');
    await mkdir(join(store, 'uploads', 'never-got-a-record'));
    const restarted = await startPractice({ storedSettings });
    expect(await restarted.keys()).toEqual(['k']);
    expect(
      await Promise.all(
        ['pieces', 'objects', 'uploads'].map(async (name) => (await readdir(join(store, name))).length),
      ),
    ).toEqual([1, 1, 0]);
    expect((await restarted.practice.usage()).bytes).toBe(1);
  });

  test('chooses another port and stores it when another program uses the stored one', async () => {
    const receivedRequests: string[] = [];
    const foreignServer = http
      .createServer((request, response) => {
        receivedRequests.push(JSON.stringify([request.url, request.headers]));
        response.end('0'.repeat(64));
      })
      .listen(0, '127.0.0.1');
    await once(foreignServer, 'listening');
    stops.push(() => foreignServer.close());
    const { port } = foreignServer.address() as AddressInfo;
    const storedSettings = memorySettings();
    const settings: PracticeSettings = { port, accessKeyId: 'HOISTKEPT', secretAccessKey: 'kept-secret' };
    storedSettings.set(settings);
    const server = await startPractice({ storedSettings });
    expect(server.address).toMatchObject({ accessKeyId: 'HOISTKEPT', secretAccessKey: 'kept-secret' });
    expect(new URL(server.address.endpoint).port).not.toBe(String(port));
    expect(storedSettings.get()).toEqual({ ...settings, port: Number(new URL(server.address.endpoint).port) });
    expect(receivedRequests).toHaveLength(1);
    expect(receivedRequests.join()).not.toContain('kept-secret');
  });

  test('closing aborts the running requests immediately, and leaves no partial data', async () => {
    const server = await startPractice();
    const { bucket } = server.address;
    const put = server.client.send(
      new UploadPartCommand({
        Bucket: bucket,
        Key: 'k',
        UploadId: await openUpload(server),
        PartNumber: 1,
        Body: Buffer.alloc(64 * MiB),
      }),
    );
    const outcome = put.then(
      () => 'stored',
      () => 'aborted',
    );
    await waitUntil(async () => (await readdir(join(server.folder, 'pieces'))).length > 0);
    const startedAt = performance.now();
    await server.practice.close();
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(await outcome).toBe('aborted');
    expect(await readdir(join(server.folder, 'pieces'))).toEqual([]);
  });

  test('accepts only a server that knows the secret key, and its proof only for one port and folder', async () => {
    const { address, folder: practiceFolder } = await startPractice();
    const port = Number(new URL(address.endpoint).port);
    const { secretAccessKey } = address;
    expect(await isPracticeServer({ secretAccessKey, folder: practiceFolder, port })).toBe(true);
    expect(await isPracticeServer({ secretAccessKey: `${secretAccessKey}x`, folder: practiceFolder, port })).toBe(
      false,
    );
    expect(await isPracticeServer({ secretAccessKey, folder: `${practiceFolder}2`, port })).toBe(false);
    // Another program forwards the request to the real server.
    const relay = http
      .createServer((request, response) => {
        http.get(
          {
            port,
            host: '127.0.0.1',
            path: request.url,
            headers: { [nonceHeader]: String(request.headers[nonceHeader]) },
          },
          (practiceResponse) => practiceResponse.pipe(response),
        );
      })
      .listen(0, '127.0.0.1');
    await once(relay, 'listening');
    stops.push(() => relay.close());
    expect(
      await isPracticeServer({ secretAccessKey, folder: practiceFolder, port: (relay.address() as AddressInfo).port }),
    ).toBe(false);
    const withoutNonce = await fetch(`${address.endpoint}${identityPath}`);
    expect(withoutNonce.status).toBe(403);
    await withoutNonce.text();
  });

  test('does not accept a server that never responds', async () => {
    const silent = http.createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    stops.push(() => {
      silent.closeAllConnections();
      silent.close();
    });
    expect(await isPracticeServer({ secretAccessKey: 's', folder, port: (silent.address() as AddressInfo).port })).toBe(
      false,
    );
  });
});

async function openUpload({ client, address }: TestPractice): Promise<string | undefined> {
  return (await client.send(new CreateMultipartUploadCommand({ Bucket: address.bucket, Key: 'k' }))).UploadId;
}

async function waitUntil(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue()))
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
}

// ---------------------------------------------------------------- several processes

interface ProcessReply {
  event: string;
  endpoint?: string;
  isHost?: boolean;
  accessKeyId?: string;
  secretAccessKey?: string;
  objects?: number;
  message?: string;
  peakBytes?: number;
}

/** The settings that the serving process reported, for a Practice in this process. */
const settingsOf = ({ endpoint, accessKeyId, secretAccessKey }: ProcessReply) => ({
  get: (): PracticeSettings => ({
    port: Number(new URL(endpoint!).port),
    accessKeyId: accessKeyId!,
    secretAccessKey: secretAccessKey!,
  }),
  set: () => undefined,
});

/** Another process that shares folder and settings. It reads one command per line. */
class PeerProcess {
  readonly process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor() {
    this.process = spawn(
      process.execPath,
      [
        fileURLToPath(new URL('testing/peer-process.mjs', import.meta.url)),
        join(folder, 'store'),
        join(folder, 'settings.json'),
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    this.#lines = createInterface({ input: this.process.stdout! })[Symbol.asyncIterator]();
    stops.push(() => this.kill());
  }

  async send(command: 'ensure' | 'close' | 'usage' | 'empty' | 'memory'): Promise<ProcessReply> {
    this.process.stdin!.write(`${command}\n`);
    return this.receive();
  }
  async receive(): Promise<ProcessReply> {
    return JSON.parse(String((await this.#lines.next()).value)) as ProcessReply;
  }

  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill('SIGKILL');
    await once(this.process, 'exit');
  }
}

describe('several processes', { timeout: 60_000 }, () => {
  test('when several processes start at once, exactly one serves and all get the same settings', async () => {
    for (let round = 0; round < 3; round++) {
      await rm(join(folder, 'settings.json'), { force: true });
      await rm(join(folder, 'store'), { recursive: true, force: true });
      const peers = Array.from({ length: 5 }, () => new PeerProcess());
      for (const peer of peers) expect((await peer.receive()).event).toBe('ready');
      const replies = await Promise.all(peers.map((peer) => peer.send('ensure')));
      expect(replies.filter(({ isHost }) => isHost)).toHaveLength(1);
      expect(
        new Set(
          replies.map(({ endpoint, accessKeyId, secretAccessKey }) => [endpoint, accessKeyId, secretAccessKey].join()),
        ).size,
        JSON.stringify(replies),
      ).toBe(1);
      for (const peer of peers) await peer.kill();
    }
  });

  test('when the serving process is killed, another one takes over with the same address and objects', async () => {
    const [first, second] = [new PeerProcess(), new PeerProcess()];
    await Promise.all([first.receive(), second.receive()]);
    const reply = await first.send('ensure');
    expect(reply.isHost).toBe(true);
    expect(await second.send('ensure')).toMatchObject({ isHost: false, endpoint: reply.endpoint });
    const storedSettings = settingsOf(reply);
    const third = await startPractice({ storedSettings });
    expect((await third.practice.ensure()).isHost).toBe(false);
    await third.put('k', 'survives');
    await first.kill();
    expect(await second.send('ensure')).toMatchObject({
      isHost: true,
      endpoint: reply.endpoint,
      secretAccessKey: reply.secretAccessKey,
    });
    expect((await third.bytes('k')).toString()).toBe('survives');
    expect((await second.send('close')).event).toBe('closed');
    expect((await third.practice.ensure()).isHost).toBe(true);
    expect((await third.bytes('k')).toString()).toBe('survives');
  });

  test('memory use does not depend on the file size, for uploads and downloads', async () => {
    const peer = new PeerProcess();
    await peer.receive();
    const reply = await peer.send('ensure');
    const storedSettings = settingsOf(reply);
    const local = await startPractice({ storedSettings });
    const Bucket = local.address.bucket;
    // The client must not hash the body, because the test sends the body through a presigned URL.
    const client = local.newClient({ requestChecksumCalculation: 'WHEN_REQUIRED' });
    stops.push(() => client.destroy());
    const size = 400 * MiB;
    const putBig = async (bytes: number): Promise<void> => {
      const url = await getSignedUrl(client, new PutObjectCommand({ Bucket, Key: 'big' }), { expiresIn: 60 });
      const block = Buffer.alloc(MiB, 7);
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const request = http.request(url, { method: 'PUT', headers: { 'content-length': bytes } }, (response) =>
          response.resume().once('end', () => resolve(response.statusCode)),
        );
        request.on('error', reject);
        Readable.from(
          (function* () {
            for (let i = 0; i < bytes / MiB; i++) yield block;
          })(),
        ).pipe(request);
      });
      expect(status).toBe(200);
    };
    const getBig = async (): Promise<number> => {
      let count = 0;
      for await (const chunk of (await client.send(new GetObjectCommand({ Bucket, Key: 'big' }))).Body as Readable)
        count += (chunk as Buffer).length;
      return count;
    };
    // The first file makes the peer load its code and buffers.
    await putBig(32 * MiB);
    await getBig();
    const before = (await peer.send('memory')).peakBytes!;
    await putBig(size);
    expect(await getBig()).toBe(size);
    expect(((await peer.send('memory')).peakBytes! - before) / MiB).toBeLessThan(64);
  });

  test('every process can report the usage and delete all objects', async () => {
    const peer = new PeerProcess();
    await peer.receive();
    const reply = await peer.send('ensure');
    const storedSettings = settingsOf(reply);
    const local = await startPractice({ storedSettings, quotaBytes: 1000 });
    expect((await local.practice.ensure()).isHost).toBe(false);
    for (const key of ['a', 'b/c', 'ü & <>']) await local.put(key, '12345');
    const created = await openUpload(local);
    await local.client.send(
      new UploadPartCommand({ Bucket: local.address.bucket, Key: 'k', UploadId: created, PartNumber: 1, Body: '12' }),
    );
    expect(await local.practice.usage()).toEqual({ objects: 3, bytes: 17, quotaBytes: 1000 });
    expect((await peer.send('usage')).objects).toBe(3);
    await local.practice.empty();
    expect(await local.practice.usage()).toEqual({ objects: 0, bytes: 0, quotaBytes: 1000 });
    expect(await local.itemCounts()).toEqual({ objects: 0, uploads: 0 });
    await local.put('d', '1');
    await peer.send('empty');
    expect((await peer.send('usage')).objects).toBe(0);
  });
});
