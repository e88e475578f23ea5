import { expect, test } from 'vitest';
import { CoreFixture } from '../testing/core-fixture.ts';

test('the app settings start with their initial values, and changes survive a restart', async () => {
  const fixture = await CoreFixture.open();
  expect(fixture.core.appSettings.get()).toEqual({ askName: false });
  fixture.core.appSettings.set({ askName: true });
  await fixture.core.close();
  await fixture.reopen();
  expect(fixture.core.appSettings.get()).toEqual({ askName: true });
  await fixture.remove();
});
