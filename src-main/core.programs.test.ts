/** Uploads to a destination whose keys come from a program: when Hoist asks, and what happens to waiting uploads. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { ProfileDraft } from '../src-shared/profile.ts';
import type { ProfileId, UploadId } from '../src-shared/upload.ts';
import { TestPractice } from './practice/testing/test-practice.ts';
import type { ProgramQuestion } from './profiles/program-permissions.ts';
import { checkProfiles } from './profiles/check-profiles.ts';
import { CoreFixture } from './testing/core-fixture.ts';

let practice: TestPractice;
let fixture: CoreFixture;
let id: ProfileId;
const confirmProgram = vi.fn<(question: ProgramQuestion) => Promise<boolean>>();

beforeAll(async () => {
  practice = await TestPractice.start();
});
afterAll(() => practice.stop());
beforeEach(async () => {
  confirmProgram.mockReset().mockResolvedValue(false);
  fixture = await CoreFixture.open({ confirmProgram, confirmRecipients: async () => true });
  vi.stubEnv('HOME', fixture.folder);
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  mkdirSync(path.join(fixture.folder, '.aws'));
  writeProgram('one');
  fixture.core.engine.start();
  id = await addDestination('Photos');
});
afterEach(() => fixture.remove());

function writeProgram(argument: string): void {
  const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey } = practice.address;
  const script = path.join(fixture.folder, 'keys.sh');
  const printed = JSON.stringify({ Version: 1, AccessKeyId, SecretAccessKey });
  writeFileSync(script, `#!/bin/sh\necho '${printed}'\n`, { mode: 0o755 });
  writeFileSync(
    path.join(fixture.folder, '.aws/config'),
    `[profile work]\ncredential_process = "${script}" ${argument}\n`,
  );
}

const draft = (name: string): ProfileDraft => {
  const { endpoint, bucket, region } = practice.address;
  const settings = { credentials: 'profile', awsProfile: 'work', endpoint, bucket, region };
  return { providerId: 's3', name, secrets: {}, settings: { ...settings, pathStyle: 'true', linkKind: 'expiring' } };
};
const addDestination = async (name: string): Promise<ProfileId> =>
  (await fixture.core.profiles.editor.save(draft(name))).id;

/** Uploads as the window does. */
function send(name: string, profileId = id): Promise<UploadId> {
  fixture.core.userActions.onDestinations([{ profileId }]);
  return fixture.send(profileId, name);
}

/** Retries as the window does. */
async function retry(uploadId: UploadId): Promise<void> {
  fixture.core.userActions.onUpload(uploadId);
  await fixture.core.engine.retry(uploadId);
}

/** Adds an upload as a process that ends before the upload starts. */
async function insertWithoutStart(name: string): Promise<UploadId> {
  const release = fixture.core.engine.holdStarts();
  const upload = await send(name);
  await fixture.core.engine.stop();
  release();
  return upload;
}

const noPermission = { error: { code: 'secret-missing', params: { why: 'program' } } };

test('after “Don’t allow”, uploads wait without another question until the user retries one of them', async () => {
  const first = await send('a.txt');
  // The first upload shows the error, and the others wait.
  await fixture.becomes(first, { status: 'failed', ...noPermission });
  expect(confirmProgram.mock.calls.map(([{ destination, profile }]) => [destination, profile])).toEqual([
    ['Photos', 'work'],
  ]);
  expect(fixture.core.profiles.status.get(id)).toMatchObject({
    state: 'needs-sign-in',
    error: { params: { why: 'program' } },
  });
  const second = await fixture.send(id, 'b.txt');
  await fixture.becomes(second, noPermission);
  fixture.core.engine.wake();
  await checkProfiles(fixture.core.profiles);
  expect(confirmProgram).toHaveBeenCalledTimes(1);

  confirmProgram.mockResolvedValue(true);
  await retry(first);
  await fixture.becomes(first, { status: 'done' });
  await fixture.becomes(second, { status: 'done' });
  expect(confirmProgram).toHaveBeenCalledTimes(2);
});

test('an interrupted upload waits at the next start until the user acts, and the permission outlasts a restart', async () => {
  const upload = await insertWithoutStart('a.txt');
  await fixture.restart();
  fixture.core.engine.start();
  fixture.core.orphans.start();
  await fixture.becomes(upload, noPermission);
  expect(confirmProgram).not.toHaveBeenCalled();

  confirmProgram.mockResolvedValue(true);
  await retry(upload);
  await fixture.becomes(upload, { status: 'done' });
  expect(confirmProgram).toHaveBeenCalledTimes(1);
  await fixture.restart();
  fixture.core.engine.start();
  await fixture.becomes(await fixture.send(id, 'b.txt'), { status: 'done' });
  expect(confirmProgram).toHaveBeenCalledTimes(1);

  writeProgram('changed');
  await fixture.restart();
  fixture.core.engine.start();
  await fixture.becomes(await send('c.txt'), { status: 'done' });
  expect(confirmProgram.mock.calls.at(-1)?.[0].commandLine).toMatch(/ changed$/);
  expect(confirmProgram).toHaveBeenCalledTimes(2);
});

test('a program that was allowed at one destination lets the uploads of another one continue', async () => {
  const other = await addDestination('Backup');
  const waiting = await fixture.send(other, 'a.txt');
  await fixture.becomes(waiting, noPermission);
  confirmProgram.mockResolvedValue(true);
  await checkProfiles(fixture.core.profiles, [id]);
  await fixture.becomes(waiting, { status: 'done' });
  expect(fixture.core.profiles.status.get(id)).toMatchObject({ state: 'ready' });
});

test('suggestions of a form never ask, and its test asks once each time', async () => {
  const { drafts } = fixture.core.profiles;
  fixture.core.computer.addVariables({ HOME: fixture.folder });
  await expect(drafts.suggest({ ...draft('Photos'), id }, 'bucket')).rejects.toMatchObject(noPermission);
  expect(confirmProgram).not.toHaveBeenCalled();
  for (const count of [1, 2]) {
    expect(await drafts.test({ ...draft('Photos'), id })).toMatchObject({ ok: false });
    expect(confirmProgram).toHaveBeenCalledTimes(count);
  }
  confirmProgram.mockResolvedValue(true);
  expect(await drafts.test({ ...draft('Photos'), id })).toMatchObject({ ok: true });
});
