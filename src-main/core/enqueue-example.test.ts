import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestPractice } from '../practice/testing/test-practice.ts';
import { FaultProxy } from '../providers/testing/fault-proxy.ts';
import { CoreFixture, practiceDraft } from '../testing/core-fixture.ts';
import { enqueueExample } from './enqueue-example.ts';

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

test('uploads the example file, and a second upload does not change the file', async () => {
  const { core, latest } = fixture;
  const { id } = await core.profiles.editor.save(practiceDraft(store.address, proxy.url));
  const first = await enqueueExample(core, id);
  await fixture.becomes(first.id, { status: 'done', name: 'Hello from Hoist.txt' });
  const { url } = core.uploadViews.of(latest.get(first.id)!).link!;
  expect(await (await fetch(url)).text()).toMatch(/^Hello from Hoist\./);
  const file = join(fixture.folder, 'example', 'Hello from Hoist.txt');
  const { mtimeMs } = statSync(file);
  await fixture.becomes((await enqueueExample(core, id)).id, { status: 'done' });
  expect(statSync(file).mtimeMs).toBe(mtimeMs);
  await expect(enqueueExample(core, 'gone')).rejects.toMatchObject({ error: { code: 'no-destination' } });
});

test('the upload of the example file resumes after a restart', async () => {
  const draft = practiceDraft(store.address, proxy.url, { keep: 'unprotected' });
  const { id } = await fixture.core.profiles.editor.save(draft);
  proxy.setRule(() => ({ kind: 'stall' }));
  const upload = await enqueueExample(fixture.core, id);
  await expect.poll(() => proxy.requests.length).toBeGreaterThan(0);
  await fixture.core.close();
  proxy.setRule();
  await fixture.reopen();
  fixture.core.engine.start();
  fixture.core.orphans.start();
  await fixture.becomes(upload.id, { status: 'done' });
}, 20_000);
