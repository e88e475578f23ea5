import { expect, test } from 'vitest';
import { draft, profileFixture } from './testing/profile-fixture.ts';

test('saves renewed secrets with the secrets and discovered settings with the settings', async () => {
  const { profiles, changed } = profileFixture();
  const saved = await profiles.editor.save(draft);
  changed.length = 0;
  await profiles.values.saveRenewed(saved.id, { region: 'eu-north-1', secret: 'newer', other: 'no field of the form' });
  expect(profiles.views.all().profiles[0]!.settings).toEqual({ ...saved.settings, region: 'eu-north-1' });
  expect((await profiles.values.read(saved.id)).values).toMatchObject({ region: 'eu-north-1', secret: 'newer' });
  // The user edited nothing, so only the view changes.
  expect(changed).toEqual([undefined]);
});
