import { expect, test } from 'vitest';
import { neverAborted } from '../../../platform/testing/never-aborted.ts';
import { connectDestination } from '../../destination/connect.ts';
import { testDestination } from '../../destination/test-destination.ts';
import { ports, type ConformanceContext } from './context.ts';

export function registerCheckTests(context: ConformanceContext): void {
  test('the check passes and leaves no file behind', async () => {
    await context.destination.check(neverAborted);
    await context.expectNothingLeft();
  });

  test('testDestination writes a file, opens its link and deletes the file', async () => {
    const report = await testDestination(context.subject.provider, context.subject.values, ports);
    expect(report).toEqual({
      ok: true,
      results: [
        { step: 'settings', outcome: 'ok' },
        { step: 'sign-in', outcome: 'ok' },
        { step: 'write', outcome: 'ok' },
        context.reach === 'verified'
          ? { step: 'link', outcome: 'ok' }
          : { step: 'link', outcome: 'warning', note: context.reach },
        context.canDelete
          ? { step: 'clean-up', outcome: 'ok' }
          : { step: 'clean-up', outcome: 'warning', note: 'left-behind' },
      ],
    });
    await context.expectNothingLeft({ allowUndeletable: 1 });
  });

  test('settings that the service refuses fail the check with their error code after one request', async () => {
    const { provider, rejectedSettings, proxy } = context.subject;
    expect(rejectedSettings.length).toBeGreaterThan(0);
    for (const { what, values, code, field } of rejectedSettings) {
      const refused = await connectDestination(provider, values, ports, { destination: 'My destination' });
      proxy?.setRule();
      const error = await context.failureOf(refused.check(neverAborted));
      expect({ what, code: error.code, field: error.field }).toEqual({ what, code, field });
      expect(error.params?.destination).toBe('My destination');
      if (proxy) expect(proxy.requests.length, what).toBeLessThanOrEqual(1);
      const report = await testDestination(provider, values, ports);
      expect(report.ok).toBe(false);
      expect(report.results.find(({ outcome }) => outcome === 'failed')?.error?.code, what).toBe(code);
      refused.close();
    }
    await context.expectNothingLeft();
  });
}
