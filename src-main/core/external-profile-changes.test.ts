import { expect, test, vi } from 'vitest';
import { CoreFixture } from '../testing/core-fixture.ts';
import { KilledProcess } from '../testing/killed-process.ts';

test('a change by this process is not reported as a change by another process', async () => {
  const fixture = await CoreFixture.open({ builtIns: ['practice'] });
  const other = await KilledProcess.open(fixture);
  const { core } = fixture;
  try {
    core.engine.start();
    const { id } = await core.profiles.editor.save({
      providerId: 's3',
      name: 'Mine',
      keep: 'session',
      settings: { bucket: 'bucket', endpoint: 'http://127.0.0.1:9', accessKeyId: 'AKIDEXAMPLE', linkKind: 'expiring' },
      secrets: { secretAccessKey: 'not-a-secret' },
    });
    core.profiles.status.recordOutcome(id, Date.now() + 1000, { code: 'unauthorized' });
    const stateOf = () => core.profiles.views.all().profiles.find((profile) => profile.id === id)?.status.state;
    expect(stateOf()).toBe('needs-sign-in');
    const onProfileChanged = vi.spyOn(core.engine, 'onProfileChanged');
    await other.insertUpload({ id: 'left.txt', status: 'paused' });
    other.store.profiles.save({ id: 'other', providerId: 's3', name: 'Other', settings: {}, createdAt: 0 });
    await expect
      .poll(() => onProfileChanged.mock.calls.map(([changedId]) => changedId), { timeout: 10_000 })
      .toEqual(['other']);
    expect(stateOf()).toBe('needs-sign-in');
  } finally {
    other.store.close();
    await fixture.remove();
  }
});
