import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { holdsSecret } from '../../../../src-shared/provider.ts';
import { patternSource } from '../pattern-source.ts';
import type { ConformanceContext } from './context.ts';

/** A path that must never appear in an error. */
const secretPath = '/home/username/private folder';

export function registerSecretTests(context: ConformanceContext): void {
  test('no error of these tests contains a secret or a path, and the driver prints nothing', async () => {
    const unreadable = patternSource(10, {
      onRead: () => {
        throw Object.assign(new Error(`EIO: i/o error, read '${secretPath}/x.txt'`), { code: 'EIO' });
      },
    });
    await context.failureOf(context.upload(unreadable));
    const { provider, values } = context.subject;
    const secrets = provider.fields
      .filter(holdsSecret)
      .map((field) => values[field.key])
      .filter((value) => value !== undefined);
    expect(secrets.length).toBeGreaterThan(0);
    // Proves that the other tests have recorded their failures.
    expect(context.failures.length).toBeGreaterThan(20);
    for (const failure of context.failures) {
      const report = `${failure.message}\n${failure.stack}\n${JSON.stringify(failure.error)}`;
      expect(report).not.toContain(secretPath);
      const allProperties = inspect(failure, { depth: 12, showHidden: true, getters: true });
      for (const secret of secrets) expect(`${report}\n${allProperties}`).not.toContain(secret);
    }
    expect(context.consoleOutput).toEqual([]);
  });
}
