/** `hoist setup`, `hoist setup provider` and `hoist setup all`. */
import { expect, test } from 'vitest';
import { providerIds } from '../../../src-shared/provider.ts';
import { jsonLines, openShellForEachTest } from '../testing/setup-fixture.ts';

const setup = openShellForEachTest();

test('hoist setup lists the destinations in order, with their state and a mark for the default one', async () => {
  expect(await setup.hoist(['setup'])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^\*\tPractice\ts3\tReady\n$/) as unknown,
    err: expect.stringContaining('hoist setup add s3') as unknown,
  });
  await setup.add('First');
  await setup.add('Second', ['--no-test']);
  expect(await setup.hoist(['setup'])).toEqual({
    code: 0,
    err: '',
    out: '*\tFirst\ts3\tReady\n-\tSecond\ts3\tReady\n',
  });
  expect(jsonLines(await setup.hoist(['setup', '--json']))).toEqual([
    expect.objectContaining({
      name: 'First',
      provider: 's3',
      default: true,
      order: 1,
      state: 'ready',
      visibility: 'expiring',
      linkDays: 7,
      secrets: ['secretAccessKey'],
    }),
    expect.objectContaining({ name: 'Second', default: false, order: 2 }),
  ]);
});

test('hoist setup --check contacts each destination and lists one that does not respond as unreachable', async () => {
  await setup.add('Here');
  await setup.add('Away', ['--no-test', '--endpoint', 'http://127.0.0.1:9']);
  const destinations = jsonLines(await setup.hoist(['setup', '--check', '--json']));
  expect(destinations.map(({ name, state, checked }) => [name, state, typeof checked])).toEqual([
    ['Here', 'ready', 'string'],
    ['Away', 'unreachable', 'string'],
  ]);
});

test('hoist setup provider lists the required settings, where to find them, and the command to set them', async () => {
  const ran = await setup.hoist(['setup', 'provider', 's3']);
  expect(ran.code).toBe(1);
  for (const words of [
    'Access key (--access-key-id):',
    'Secret key (secret: prompted for',
    'Bucket (--bucket):',
    'AWS_SECRET_ACCESS_KEY',
    'Cloudflare R2',
    'hoist setup add s3 --access-key-id',
  ])
    expect(ran.out).toContain(words);
  const [description] = jsonLines(await setup.hoist(['setup', 'provider', 'S3', '--json']));
  expect(description).toMatchObject({
    provider: 's3',
    destinations: [],
    needs: expect.arrayContaining([
      expect.objectContaining({ field: 'bucket', option: '--bucket', required: true }),
    ]) as unknown,
  });
  expect(await setup.hoist(['setup', 'provider', 'ftp'])).toMatchObject({
    code: 2,
    out: '',
    err: `There is no provider named ftp. Available providers: ${providerIds.join(', ')}.\n`,
  });
});

test('hoist setup all lists missing settings, and exits with 0 when every destination is ready', async () => {
  expect(await setup.hoist(['setup', 'all'])).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^S3: not set up\n  Missing: Access key, Secret key, Bucket\. /) as unknown,
  });
  await setup.add('Work');
  expect(await setup.hoist(['setup', 'all'])).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringMatching(/^S3: 1 destination\n  Work \(default\): Ready\n/) as unknown,
  });
});
