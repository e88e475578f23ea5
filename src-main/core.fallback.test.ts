/** Several destinations, each with its own store: fallback, fixing a destination, and unpublishing. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ProfileDraft } from '../src-shared/profile.ts';
import type { UploadId, UploadView } from '../src-shared/upload.ts';
import type { Core } from './core.ts';
import { TestPractice } from './practice/testing/test-practice.ts';
import { FaultProxy } from './providers/testing/fault-proxy.ts';
import { CoreFixture, practiceDraft, wrongSecret, type PracticeDraftOptions } from './testing/core-fixture.ts';

let fixture: CoreFixture;
let core: Core;
let stores: TestPractice[];
let proxies: FaultProxy[];

beforeEach(async () => {
  stores = [await TestPractice.start(), await TestPractice.start()];
  proxies = await Promise.all(stores.map((store) => FaultProxy.start(store.address.endpoint)));
  fixture = await CoreFixture.open();
  ({ core } = fixture);
  core.engine.start();
});
afterEach(async () => {
  await fixture.remove();
  for (const proxy of proxies) await proxy.stop();
  for (const store of stores) await store.stop();
});

const draft = (index: 0 | 1, options: PracticeDraftOptions = {}): ProfileDraft =>
  practiceDraft(stores[index]!.address, proxies[index]!.url, { name: `Store ${index}`, ...options });
const viewOf = (id: UploadId): UploadView => core.uploadViews.of(fixture.latest.get(id)!);

test('falls back to the next destination when the key is refused, and the row keeps the reason', async () => {
  const first = await core.profiles.editor.save(draft(0, { secretAccessKey: wrongSecret }));
  const second = await core.profiles.editor.save(draft(1));
  core.profiles.chains.setFallback({ on: true, order: [second.id] });
  const id = await fixture.send(first.id);
  await fixture.becomes(id, { status: 'done' });
  expect(viewOf(id)).toMatchObject({
    destination: 'Store 1',
    attempts: [{ destination: 'Store 0', error: { code: 'unauthorized' } }],
  });
  expect([await stores[0]!.itemCounts(), await stores[1]!.itemCounts()]).toEqual([
    { objects: 0, uploads: 0 },
    { objects: 1, uploads: 0 },
  ]);
});

test('does not fall back while fallback is off', async () => {
  const first = await core.profiles.editor.save(draft(0, { secretAccessKey: wrongSecret }));
  const second = await core.profiles.editor.save(draft(1));
  core.profiles.chains.setFallback({ on: false, order: [second.id] });
  const id = await fixture.send(first.id);
  await fixture.becomes(id, { status: 'failed', error: { code: 'unauthorized' } });
  expect(proxies[1]!.requests).toEqual([]);
});

test('falls back to a destination with wider visibility only after the user confirms it', async () => {
  const first = await core.profiles.editor.save(draft(0, { secretAccessKey: wrongSecret }));
  const second = await core.profiles.editor.save(
    draft(1, { settings: { linkKind: 'public', publicBaseUrl: `${proxies[1]!.url}/practice` } }),
  );
  core.profiles.chains.setFallback({ on: true, order: [second.id] });
  const id = await fixture.send(first.id);
  await fixture.becomes(id, { status: 'failed', withheld: { profileId: second.id, reason: 'more-people' } });
  expect(viewOf(id).withheld).toMatchObject({ destination: 'Store 1', reason: 'more-people' });
  expect(proxies[1]!.requests).toEqual([]);
  await core.engine.sendAnyway(id);
  await fixture.becomes(id, { status: 'done', link: { visibility: 'public' } });
  expect((await stores[1]!.itemCounts()).objects).toBe(1);
});

test('after a refused key the other files wait without a request each, and are uploaded when the key is fixed', async () => {
  const profile = await core.profiles.editor.save(draft(0, { secretAccessKey: wrongSecret }));
  const names = Array.from({ length: 30 }, (_, i) => `${i}.txt`);
  const contents = Object.fromEntries(names.map((name) => [name, name]));
  const ids = (await fixture.sendAll(profile.id, contents)).map(({ id }) => id);
  await expect.poll(() => fixture.count(ids, 'waiting'), { timeout: 10_000 }).toBeGreaterThan(20);
  expect(proxies[0]!.requests.length).toBeLessThan(12);
  await expect.poll(() => ids.length - fixture.count(ids, 'waiting') - fixture.count(ids, 'failed')).toBe(0);
  await core.profiles.editor.save(draft(0, { id: profile.id }));
  await expect.poll(() => fixture.count(ids, 'done'), { timeout: 15_000 }).toBe(30);
});

test('unpublish deletes the object, its link and its history entry', async () => {
  const profile = await core.profiles.editor.save(draft(0));
  const id = await fixture.send(profile.id);
  await fixture.becomes(id, { status: 'done' });
  const { url } = viewOf(id).link!;
  expect((await fetch(url)).status).toBe(200);
  await core.engine.unpublish(id);
  expect((await fetch(url)).status).toBe(404);
  expect(fixture.latest.has(id)).toBe(false);
  expect(core.store.uploads.get(id)).toBeUndefined();
});

test('unpublish keeps the history entry when the store refuses the deletion', async () => {
  const profile = await core.profiles.editor.save(draft(0));
  const id = await fixture.send(profile.id);
  await fixture.becomes(id, { status: 'done' });
  proxies[0]!.setRule(() => ({ kind: 'answer', status: 403, body: '<Error><Code>AccessDenied</Code></Error>' }));
  await expect(core.engine.unpublish(id)).rejects.toMatchObject({ error: { code: 'forbidden' } });
  expect(core.store.uploads.get(id)?.status).toBe('done');
});
