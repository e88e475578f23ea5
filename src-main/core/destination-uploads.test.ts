import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestPractice } from '../practice/testing/test-practice.ts';
import { FaultProxy } from '../providers/testing/fault-proxy.ts';
import { CoreFixture, practiceDraft } from '../testing/core-fixture.ts';
import { KilledProcess } from '../testing/killed-process.ts';

let fixture: CoreFixture;
let store: TestPractice;
let proxy: FaultProxy;

beforeEach(async () => {
  store = await TestPractice.start();
  proxy = await FaultProxy.start(store.address.endpoint);
  fixture = await CoreFixture.open();
  fixture.core.engine.start();
});
afterEach(async () => {
  await fixture.remove();
  await proxy.stop();
  await store.stop();
});

const draft = () => practiceDraft(store.address, proxy.url);

test('removing a destination cancels its unfinished uploads, deletes their remote data, and keeps the links of done uploads', async () => {
  const { core, latest } = fixture;
  const { id } = await core.profiles.editor.save(draft());
  const done = await fixture.send(id);
  await fixture.becomes(done, { status: 'done' });
  proxy.setRule((request) => (request.target.includes('partNumber=2') ? { kind: 'stall' } : undefined));
  const large = await fixture.send(id, 'large.bin', Buffer.alloc(20_000_000, 'x'));
  await expect.poll(async () => (await store.itemCounts()).uploads, { timeout: 10_000 }).toBe(1);
  await expect.poll(() => latest.get(large)?.bytesStored ?? 0, { timeout: 10_000 }).toBeGreaterThan(0);
  expect(core.profileRemover.impact(id)).toEqual({ unfinished: 1, done: 1 });
  proxy.setRule();
  await core.profileRemover.remove(id);
  expect(latest.get(large)).toMatchObject({ status: 'canceled' });
  expect(await store.itemCounts()).toEqual({ objects: 1, uploads: 0 });
  const view = core.uploadViews.of(latest.get(done)!);
  expect((await fetch(view.link!.url)).status).toBe(200);
  expect(core.profiles.views.all().profiles).toEqual([]);
  expect(readdirSync(fixture.folder)).not.toContain('unprotected-keys.json');
}, 20_000);

test('removing a destination does not hang when its store does not respond', async () => {
  const { core, latest } = fixture;
  const { id } = await core.profiles.editor.save(draft());
  proxy.setRule((request) =>
    request.target.includes('partNumber=') || request.method === 'DELETE' ? { kind: 'stall' } : undefined,
  );
  const large = await fixture.send(id, 'large.bin', Buffer.alloc(20_000_000, 'x'));
  const isSending = () =>
    latest.get(large)?.status === 'uploading' && proxy.requests.some(({ target }) => target.includes('partNumber='));
  await expect.poll(isSending, { timeout: 10_000 }).toBe(true);
  await core.profileRemover.remove(id);
  expect(core.profiles.views.all().profiles).toEqual([]);
}, 60_000);

test('a paused upload of a killed process counts among the leftovers and is canceled with its destination', async () => {
  const { core } = fixture;
  const killed = await KilledProcess.open(fixture);
  try {
    const { id: profileId } = await core.profiles.editor.save({
      providerId: 's3',
      name: 'Removed later',
      keep: 'session',
      settings: { bucket: 'bucket', endpoint: 'http://127.0.0.1:9', accessKeyId: 'AKIDEXAMPLE', linkKind: 'expiring' },
      secrets: { secretAccessKey: 'not-a-secret' },
    });
    core.orphans.start();
    await killed.insertUpload({
      id: 'paused.txt',
      status: 'paused',
      chain: [{ profileId, visibility: 'expiring' }],
      checkpoint: { v: 1, bucket: 'b', key: 'k', uploadId: 'u', partBytes: 5 },
    });
    expect(core.engine.leftovers().uploads).toBe(1);
    expect(core.profileRemover.impact(profileId)).toMatchObject({ unfinished: 1 });
    await core.profileRemover.remove(profileId);
    const canceled = core.store.uploads.get('paused.txt');
    expect(canceled?.status).toBe('canceled');
    expect(canceled).not.toHaveProperty('checkpoint');
  } finally {
    killed.store.close();
  }
});
