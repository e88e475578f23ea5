/** Engine, store and the S3 driver together on a real S3 server, without Electron. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AppFailure } from '../src-shared/errors.ts';
import type { Upload, UploadIn } from '../src-shared/upload.ts';
import { Core } from './core.ts';
import { openLog } from './platform/log.ts';
import { createNetworkMonitor } from './platform/network-monitor.ts';
import { processStart } from './platform/process-start.ts';
import { acceptFile } from './platform/source-file.ts';
import type { SecretBox } from './profiles/secret-box.ts';
import { openStore } from './store/open.ts';

const server = process.env['HOIST_TEST_S3_ENDPOINT'];
if (!server) console.log('core on a real S3 server: skipped, because HOIST_TEST_S3_ENDPOINT is not set');

/** Not encryption, but not the plain text either. */
const box: SecretBox = {
  available: async () => true,
  backend: () => 'test',
  encrypt: async (text) => Buffer.from([...Buffer.from(text)].map((byte) => byte ^ 0x5a)),
  decrypt: async (blob) => Buffer.from([...blob].map((byte) => byte ^ 0x5a)).toString(),
};

let folder: string;
let core: Core;
let settled: (uploads: Upload[]) => void;

async function open(): Promise<Core> {
  const store = await openStore({
    folder,
    owner: { pid: process.pid, startTime: processStart(process.pid) },
    now: Date.now,
  });
  const log = openLog({ folder: join(folder, 'logs'), home: '/home/nobody' });
  return new Core({
    folder,
    builtIns: ['practice'],
    store,
    log,
    secretBox: box,
    network: createNetworkMonitor({ online: () => true }),
    env: {},
    profilesChanged: () => undefined,
    events: {
      changed: () => undefined,
      removed: () => undefined,
      batchSettled: (uploads) => settled(uploads),
      abandonedExpired: () => undefined,
    },
  });
}
const nextBatch = (): Promise<Upload[]> =>
  new Promise((ok) => {
    settled = ok;
  });
const file = (name: string, bytes: number): string => {
  const at = join(folder, name);
  writeFileSync(at, randomBytes(bytes));
  return at;
};
const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

const draft = (over: Record<string, string> = {}, secret = process.env['HOIST_TEST_S3_SECRET'] ?? '') => ({
  providerId: 's3' as const,
  name: 'Test',
  secrets: { secretAccessKey: secret },
  settings: {
    bucket: process.env['HOIST_TEST_S3_BUCKET'] ?? '',
    endpoint: server ?? '',
    region: 'us-east-1',
    pathStyle: 'true',
    accessKeyId: process.env['HOIST_TEST_S3_KEY'] ?? '',
    linkKind: 'expiring',
    ...over,
  },
});

describe.skipIf(!server)('core on a real S3 server', () => {
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hoist-core-'));
    core = await open();
  });
  afterEach(async () => {
    await core.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('a file becomes a link that gives its bytes, and is in the history of the next process', async () => {
    const profile = await core.profiles.save(draft());
    const paths = [file('ä b#1.bin', 1000), file('large.bin', 40 * 1024 * 1024)];
    const batch = nextBatch();
    core.enqueue(await Promise.all(paths.map(acceptFile)), core.profiles.chain(profile.id));
    const done = (await batch) as UploadIn<'done'>[];
    expect(done.map((u) => [u.name, u.status, u.verification])).toEqual([
      ['ä b#1.bin', 'done', 'this-computer'],
      ['large.bin', 'done', 'this-computer'],
    ]);
    for (const [i, u] of done.entries()) {
      const got = new Uint8Array(await (await fetch(u.link.url)).arrayBuffer());
      expect(sha256(got)).toBe(sha256(readFileSync(paths[i]!)));
    }
    await core.close();
    core = await open();
    expect(
      core
        .history({ limit: 10 })
        .uploads.map((u) => u.name)
        .sort(),
    ).toEqual(['large.bin', 'ä b#1.bin']);
    expect(core.history({ limit: 10, text: 'LARGE' }).uploads).toHaveLength(1);
  });

  test('wrong keys, wrong bucket and a server that is down say so in words, and the record stays', async () => {
    for (const [over, secret, code] of [
      [{}, 'wrong'.repeat(8), 'unauthorized'],
      [{ bucket: 'no-such-bucket-here' }, undefined, 'no-bucket'],
    ] as const) {
      const profile = await core.profiles.save(draft(over, secret));
      const batch = nextBatch();
      core.enqueue([await acceptFile(file('a.txt', 10))], core.profiles.chain(profile.id));
      expect((await batch)[0]).toMatchObject({ status: 'failed', error: { code, diagnosticId: expect.any(String) } });
    }
    const down = await core.profiles.save(draft({ endpoint: 'http://127.0.0.1:9' }));
    const [upload] = core.enqueue([await acceptFile(file('a.txt', 10))], core.profiles.chain(down.id));
    await expect
      .poll(() => core.store.uploads.get(upload!.id), { timeout: 10_000 })
      .toMatchObject({
        status: 'waiting',
        error: { code: 'unreachable', params: { host: expect.stringContaining('127.0.0.1') } },
      });
    core.engine.cancel(upload!.id);
  });

  test('the test of a destination stores, opens and removes a file, and names what is wrong', async () => {
    const report = await core.profiles.test(draft());
    expect(report).toMatchObject({ ok: true });
    expect(report.results.map((r) => [r.step, r.outcome])).toEqual([
      ['settings', 'ok'],
      ['sign-in', 'ok'],
      ['write', 'ok'],
      ['link', 'warning'],
      ['clean-up', 'ok'],
    ]);
    const wrong = await core.profiles.test(draft({}, 'wrong'.repeat(8)));
    expect(wrong.ok).toBe(false);
    expect(wrong.results.find((r) => r.outcome === 'failed')?.error?.code).toBe('unauthorized');
    await expect(core.profiles.save(draft({ bucket: 'Not A Bucket' }))).rejects.toMatchObject({
      error: { code: 'invalid-input', field: 'bucket' },
    } satisfies Partial<AppFailure>);
  });

  test('no secret is in the records, the log or what the window is told', async () => {
    const secret = process.env['HOIST_TEST_S3_SECRET']!;
    const profile = await core.profiles.save(draft());
    const batch = nextBatch();
    core.enqueue([await acceptFile(file('a.txt', 10))], core.profiles.chain(profile.id));
    await batch;
    await core.close();
    const files = ['hoist.db', 'hoist.db-wal'].flatMap((name) => {
      try {
        return [readFileSync(join(folder, name), 'latin1')];
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw cause;
      }
    });
    core = await open();
    expect(files.length).toBeGreaterThan(0);
    expect(files.join('')).not.toContain(secret);
    expect(JSON.stringify([core.snapshot(0), core.profiles.view(), core.history({ limit: 10 })])).not.toContain(secret);
  });
});
