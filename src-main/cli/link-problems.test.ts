/** A link that does not open for others is reported, with exit code 3. */
import { expect, test } from 'vitest';
import { jsonLines, openShellForEachTest, outputLines } from './testing/setup-fixture.ts';

const fixture = openShellForEachTest();

test('a public link that the store refuses to an anonymous client: exit code 3, a remedy and a warning in JSON', async () => {
  await fixture.add('Work', ['--no-test', '--default']);
  fixture.shell.file('a.txt');
  const ran = await fixture.hoist(['upload', 'a.txt', '--link', 'public']);
  expect(ran.code).toBe(3);
  expect(outputLines(ran.out)).toHaveLength(1);
  expect(ran.err).toBe(
    'a.txt: Uploaded, but the link doesn’t open for others: Work refuses anonymous access. ' +
      'Allow public access at Work, or upload with --link expiring.\n',
  );
  const json = await fixture.hoist(['upload', 'a.txt', '--link', 'public', '--json']);
  expect(json.code).toBe(3);
  expect(jsonLines(json)).toMatchObject([
    {
      status: 'done',
      verification: 'private',
      warning: { code: 'link-private', what: expect.any(String) as string, remedy: expect.any(String) as string },
    },
  ]);
});

test('a link whose address returns another answer than the file: exit code 3', async () => {
  await fixture.add('Work', [
    '--no-test',
    '--default',
    '--link-kind',
    'public',
    '--public-base-url',
    `${fixture.store.address.endpoint}/nowhere`,
  ]);
  const ran = await fixture.hoist(['upload', fixture.shell.file('a.txt')]);
  expect(ran.code).toBe(3);
  expect(ran.err).toMatch(/^a\.txt: Uploaded, but the link doesn’t open/);
});

test('a failed file takes precedence: exit code 1', async () => {
  await fixture.add('Work', ['--no-test', '--default']);
  const ran = await fixture.hoist(['upload', fixture.shell.file('a.txt'), 'gone.txt', '--link', 'public']);
  expect(ran.code).toBe(1);
});

test('links that only this computer can open, and private links that the user asked for, are a success', async () => {
  await fixture.add('Work', ['--no-test', '--default']);
  expect((await fixture.hoist(['upload', fixture.shell.file('a.txt'), '--to', 'practice'])).code).toBe(0);
  expect(await fixture.hoist(['upload', 'a.txt'])).toMatchObject({ code: 0, err: '' });
});
