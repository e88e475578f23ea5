import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ProfileDraft, ProfileStatus } from '../../src-shared/profile.ts';
import { TestPractice } from '../practice/testing/test-practice.ts';
import { checkProfiles } from '../profiles/check-profiles.ts';
import type { Provider, ProviderModule } from '../providers/contract/provider.ts';
import { providers } from '../providers/registry.ts';
import { FaultProxy } from '../providers/testing/fault-proxy.ts';
import { CoreFixture, practiceDraft, wrongSecret, type PracticeDraftOptions } from '../testing/core-fixture.ts';

let fixture: CoreFixture;
let store: TestPractice;
let proxy: FaultProxy;

/** A provider whose code is missing, incomplete, or never loads. */
const brokenProvider = (name: string, load: () => Promise<unknown>): Provider => ({
  ...providers[0]!,
  id: name as never,
  name,
  discoverCredentials: () => [],
  load: load as () => Promise<ProviderModule>,
});
const broken = [
  brokenProvider('throwing', () => {
    throw new Error('Cannot find module ./driver.js');
  }),
  brokenProvider('half', async () => ({ connect: () => undefined })),
  brokenProvider('hanging', () => new Promise(() => undefined)),
];

beforeEach(async () => {
  store = await TestPractice.start();
  proxy = await FaultProxy.start(store.address.endpoint);
  fixture = await CoreFixture.open({ providers: [...providers, ...broken] });
  fixture.core.engine.start();
});
afterEach(async () => {
  await fixture.remove();
  await proxy.stop();
  await store.stop();
});

const draft = (options?: PracticeDraftOptions): ProfileDraft => practiceDraft(store.address, proxy.url, options);
const statusOf = (id: string): ProfileStatus =>
  fixture.core.profiles.views.all().profiles.find((profile) => profile.id === id)!.status;
const namesNeedingAttention = () => fixture.core.profiles.views.needingAttention().map(({ name }) => name);

function saveDestinationsOf(brokenProviders: readonly Provider[]): void {
  for (const { id, name } of brokenProviders)
    fixture.core.store.profiles.save({
      id: name,
      providerId: id,
      name,
      settings: { ...draft().settings, credentials: 'profile', awsProfile: 'work' },
      createdAt: 0,
    });
}

test('the status of a destination follows the errors of its uploads, and is reset when the user fixes the destination', async () => {
  const { editor } = fixture.core.profiles;
  const { id } = await editor.save(draft({ secretAccessKey: wrongSecret }));
  expect(statusOf(id)).toEqual({ state: 'ready' });
  const first = await fixture.send(id);
  await fixture.becomes(first, { error: { code: 'unauthorized' } });
  expect(statusOf(id)).toMatchObject({
    state: 'needs-sign-in',
    error: { code: 'unauthorized', params: { destination: 'Store' } },
    checkedAt: expect.any(Number),
  });
  expect(namesNeedingAttention()).toEqual(['Store']);
  const changesBefore = fixture.profileChanges;
  await editor.save(draft({ id }));
  expect(fixture.profileChanges).toBeGreaterThan(changesBefore);
  expect(statusOf(id)).toEqual({ state: 'ready' });
  await fixture.becomes(first, { status: 'done' });
  expect(statusOf(id)).toMatchObject({ state: 'ready' });
  expect(namesNeedingAttention()).toEqual([]);
});

test('after a restart, the status of a destination follows from the uploads that wait for its fix', async () => {
  const { id } = await fixture.core.profiles.editor.save(draft({ secretAccessKey: wrongSecret, keep: 'unprotected' }));
  const names = Array.from({ length: 30 }, (_, i) => [`${i}.txt`, `${i}.txt`]);
  const ids = (await fixture.sendAll(id, Object.fromEntries(names) as Record<string, string>)).map(
    (upload) => upload.id,
  );
  await expect
    .poll(() => fixture.count(ids, 'waiting') + fixture.count(ids, 'failed'), { timeout: 10_000 })
    .toBe(ids.length);
  expect(fixture.count(ids, 'waiting')).toBeGreaterThan(0);
  await fixture.restart();
  fixture.core.engine.start();
  fixture.core.orphans.start();
  expect(statusOf(id)).toMatchObject({ state: 'needs-sign-in', error: { code: 'unauthorized' } });
  await fixture.core.profiles.editor.save(draft({ id, keep: 'unprotected' }));
  expect(statusOf(id)).toMatchObject({ state: 'ready' });
});

test('a check contacts all stores at once and reports each result as soon as it arrives', async () => {
  const { editor } = fixture.core.profiles;
  const right = await editor.save(draft());
  const wrong = await editor.save(draft({ settings: { bucket: 'no-such-bucket' } }));
  const down = await editor.save(draft({ settings: { endpoint: 'http://127.0.0.1:9' } }));
  saveDestinationsOf(broken);
  const check = checkProfiles(fixture.core.profiles);
  await expect
    .poll(() => [right.id, wrong.id, down.id, 'throwing', 'half'].map((id) => statusOf(id).state), { timeout: 8000 })
    .toEqual(['ready', 'needs-setup', 'unreachable', 'needs-setup', 'needs-setup']);
  expect(statusOf('hanging')).toMatchObject({ isChecking: true });
  expect(statusOf(wrong.id).error).toMatchObject({ code: 'no-bucket' });
  for (const name of ['throwing', 'half'])
    expect(statusOf(name).error).toMatchObject({ code: 'provider-broken', params: { provider: name } });
  await check;
  expect(statusOf('hanging')).toMatchObject({
    state: 'unreachable',
    error: { code: 'unreachable', params: { host: 'hanging' } },
  });
}, 20_000);

test('an upload to a destination with broken code falls back to the next one and keeps the reason', async () => {
  const { core, latest } = fixture;
  const right = await core.profiles.editor.save(draft());
  saveDestinationsOf(broken.slice(0, 2));
  core.profiles.chains.setFallback({ on: true, order: ['half', right.id] });
  const id = await fixture.send('throwing');
  await fixture.becomes(id, { status: 'done' });
  expect(core.uploadViews.of(latest.get(id)!)).toMatchObject({
    destination: 'Store',
    attempts: [
      { destination: 'throwing', error: { code: 'provider-broken', params: { provider: 'throwing' } } },
      { destination: 'half', error: { code: 'provider-broken' } },
    ],
  });
  expect(statusOf('throwing')).toMatchObject({ state: 'needs-setup', error: { code: 'provider-broken' } });
});
