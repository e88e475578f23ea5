import { expect, test } from 'vitest';
import type { CheckResult } from '../../src-shared/profile.ts';
import { TestPractice } from '../practice/testing/test-practice.ts';
import { CoreFixture, practiceDraft } from '../testing/core-fixture.ts';

test('a test of a destination reports each step before the next step starts', async () => {
  const store = await TestPractice.start();
  const fixture = await CoreFixture.open();
  try {
    const reported: string[][] = [];
    const report = await fixture.core.profiles.drafts.test(
      practiceDraft(store.address, store.address.endpoint),
      (results: CheckResult[]) => reported.push(results.map(({ step }) => step)),
    );
    expect(report.ok).toBe(true);
    expect(reported).toEqual([
      [],
      ['settings'],
      ['settings', 'sign-in'],
      ['settings', 'sign-in', 'write'],
      ['settings', 'sign-in', 'write', 'link'],
      ['settings', 'sign-in', 'write', 'link', 'clean-up'],
    ]);
  } finally {
    await fixture.remove();
    await store.stop();
  }
});
