/** The commands and options of `hoist setup`. */
import { expect, test } from 'vitest';
import { openShellForEachTest } from '../testing/setup-fixture.ts';

const setup = openShellForEachTest();

test('rejects an unknown command', async () => {
  expect(await setup.hoist(['setup', 'ad', 's3'])).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringMatching(/hoist setup ad\. Available commands: provider, all, add/) as unknown,
  });
});

test('hoist setup add has an option for every setting', async () => {
  const { out } = await setup.hoist(['setup', 'add', 's3', '--help']);
  for (const option of [
    '--bucket',
    '--name-template',
    '--collision',
    '--largest-mb',
    '--proxy-address',
    '--ca',
    '--preset',
    '--secrets-from',
  ])
    expect(out).toContain(option);
  expect(out).not.toContain('--secret-access-key');
  const words = out.replaceAll(/\s+/g, ' ');
  expect(words).toContain('Most self-hosted servers need this. Off: --no-path-style.');
  expect(words).toContain('links have the standard address. Only without --endpoint.');
  expect(words).toContain('Only with --link-kind expiring.');
  expect(words).not.toMatch(/Only with(out)? --[\w-]+ \./);
});
