/** Engine, store and the S3 driver together on a real S3 server, without Electron. */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AppFailure } from '../src-shared/errors.ts';
import type { Upload, UploadIn } from '../src-shared/upload.ts';
import type { SecretBox } from './profiles/secret-box.ts';
import { CoreFixture } from './testing/core-fixture.ts';

const server = process.env['HOIST_TEST_S3_ENDPOINT'];
if (!server) console.log('core on a real S3 server: skipped, because HOIST_TEST_S3_ENDPOINT is not set');

/** Does not encrypt, but the result does not contain the plain text. */
const testSecretBox: SecretBox = {
  available: async () => true,
  backend: () => 'test',
  encrypt: async (text) => Buffer.from([...Buffer.from(text)].map((byte) => byte ^ 0x5a)),
  decrypt: async (blob) => Buffer.from([...blob].map((byte) => byte ^ 0x5a)).toString(),
};

let fixture: CoreFixture;

/** Resolves with the uploads of the next batch that has ended. */
const nextBatch = (): Promise<Upload[]> =>
  new Promise((resolve) => {
    fixture.core.listeners.add({ batchSettled: resolve });
  });
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
    fixture = await CoreFixture.open({ secretBox: testSecretBox });
  });
  afterEach(() => fixture.remove());

  test('uploads files whose links return the same bytes, and keeps them in the history after a restart', async () => {
    const profile = await fixture.core.profiles.editor.save(draft());
    const contents = { 'ä b#1.bin': randomBytes(1000), 'large.bin': randomBytes(40 * 1024 * 1024) };
    const batch = nextBatch();
    await fixture.sendAll(profile.id, contents);
    const done = (await batch) as UploadIn<'done'>[];
    expect(done.map((u) => [u.name, u.status, u.verification])).toEqual([
      ['ä b#1.bin', 'done', 'this-computer'],
      ['large.bin', 'done', 'this-computer'],
    ]);
    for (const [i, u] of done.entries()) {
      const got = new Uint8Array(await (await fetch(u.link.url)).arrayBuffer());
      expect(sha256(got)).toBe(sha256(Object.values(contents)[i]!));
    }
    await fixture.restart();
    const { uploadViews } = fixture.core;
    const names = uploadViews.history({ limit: 10 }).uploads.map(({ name }) => name);
    expect(names.sort()).toEqual(['large.bin', 'ä b#1.bin']);
    expect(uploadViews.history({ limit: 10, text: 'LARGE' }).uploads).toHaveLength(1);
  });

  test('reports separate errors for wrong keys, a wrong bucket and an unreachable server, and keeps the records', async () => {
    for (const [over, secret, code] of [
      [{}, 'wrong'.repeat(8), 'unauthorized'],
      [{ bucket: 'no-such-bucket-here' }, undefined, 'no-bucket'],
    ] as const) {
      const profile = await fixture.core.profiles.editor.save(draft(over, secret));
      const batch = nextBatch();
      await fixture.send(profile.id);
      expect((await batch)[0]).toMatchObject({ status: 'failed', error: { code, diagnosticId: expect.any(String) } });
    }
    const down = await fixture.core.profiles.editor.save(draft({ endpoint: 'http://127.0.0.1:9' }));
    const id = await fixture.send(down.id);
    await expect
      .poll(() => fixture.core.store.uploads.get(id), { timeout: 10_000 })
      .toMatchObject({
        status: 'waiting',
        error: { code: 'unreachable', params: { host: expect.stringContaining('127.0.0.1') } },
      });
    fixture.core.engine.cancel(id);
  });

  test('tests a destination by storing, opening and deleting a file, and names the failed step', async () => {
    const report = await fixture.core.profiles.drafts.test(draft());
    expect(report).toMatchObject({ ok: true });
    expect(report.results.map((r) => [r.step, r.outcome])).toEqual([
      ['settings', 'ok'],
      ['sign-in', 'ok'],
      ['write', 'ok'],
      ['link', 'warning'],
      ['clean-up', 'ok'],
    ]);
    const wrong = await fixture.core.profiles.drafts.test(draft({}, 'wrong'.repeat(8)));
    expect(wrong.ok).toBe(false);
    expect(wrong.results.find((r) => r.outcome === 'failed')?.error?.code).toBe('unauthorized');
    await expect(fixture.core.profiles.editor.save(draft({ bucket: 'Not A Bucket' }))).rejects.toMatchObject({
      error: { code: 'invalid-input', field: 'bucket' },
    } satisfies Partial<AppFailure>);
  });

  test('keeps secrets out of the records and the views for the window', async () => {
    const secret = process.env['HOIST_TEST_S3_SECRET']!;
    const profile = await fixture.core.profiles.editor.save(draft());
    const batch = nextBatch();
    await fixture.send(profile.id);
    await batch;
    await fixture.core.close();
    const files = ['hoist.db', 'hoist.db-wal'].flatMap((name) => {
      try {
        return [readFileSync(join(fixture.folder, name), 'latin1')];
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw cause;
      }
    });
    await fixture.reopen();
    const { core } = fixture;
    expect(files.length).toBeGreaterThan(0);
    expect(files.join('')).not.toContain(secret);
    expect(
      JSON.stringify([
        core.uploadViews.snapshot(0).snapshot,
        core.profiles.views.all(),
        core.uploadViews.history({ limit: 10 }),
      ]),
    ).not.toContain(secret);
  });
});
