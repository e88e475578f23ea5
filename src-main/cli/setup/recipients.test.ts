import { describe, expect, test } from 'vitest';
import { formatFailure } from '../format.ts';
import { openShellForEachTest } from '../testing/setup-fixture.ts';

const setup = openShellForEachTest();

describe('a saved key and a changed server', () => {
  const change = ['setup', 'edit', 'Files', '--set', 'endpoint=https://other.example', '--no-test'];
  const exported = async (): Promise<string> => (await setup.hoist(['setup', 'export'])).out;

  test('without a terminal, the command refuses and names the option', async () => {
    await setup.add('Files');
    const cause: unknown = await setup.hoist(change).catch((error: unknown) => error);
    expect(formatFailure(cause)).toContain('--keep-secrets');
    expect(await exported()).not.toContain('other.example');
  });

  test('at a terminal, the question names the new server and the user decides', async () => {
    await setup.add('Files');
    await expect(setup.hoist(change, { answers: ['n'] })).rejects.toMatchObject({ error: { code: 'secret-missing' } });
    expect(await exported()).not.toContain('other.example');
    const { code, err } = await setup.hoist(change, { answers: ['y'] });
    expect(code).toBe(0);
    expect(err).toContain('Server: https://other.example');
    expect(await exported()).toContain('other.example');
  });

  test('with --keep-secrets, the key is kept without a question', async () => {
    await setup.add('Files');
    expect(await setup.hoist([...change, '--keep-secrets'])).toMatchObject({ code: 0, out: 'Files\n' });
    expect(await exported()).toContain('other.example');
  });
});
