/** The link options of one upload, and the bucket policy for public links. */
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { TestPractice } from '../practice/testing/test-practice.ts';
import { Shell, testSecretBox, type CommandResult } from './testing/shell.ts';

let store: TestPractice;
let shell: Shell;
beforeAll(async () => {
  store = await TestPractice.start();
});
afterAll(async () => {
  await store.stop();
});
beforeEach(() => {
  shell = new Shell();
});
afterEach(() => {
  shell.remove();
});

const hoist = (...args: string[]): Promise<CommandResult> => shell.run(args, { secretBox: testSecretBox });
const add = (name: string, ...more: string[]): Promise<CommandResult> => {
  const { endpoint, bucket, region, accessKeyId, secretAccessKey } = store.address;
  const location = ['--endpoint', endpoint, '--bucket', bucket, '--region', region, '--access-key-id', accessKeyId];
  const options = [...location, '--path-style', '--name', name, '--secrets-from', '-'];
  return shell.run(['setup', 'add', 's3', ...options, ...more], {
    secretBox: testSecretBox,
    stdin: Readable.from([`secretAccessKey=${secretAccessKey}\n`]),
  });
};
const secondsOf = ({ out }: CommandResult): string | null => new URL(out.trim()).searchParams.get('X-Amz-Expires');

describe('hoist upload', { timeout: 60_000 }, () => {
  test('--expires sets how long the link works', async () => {
    expect((await add('Work', '--no-test')).code).toBe(0);
    for (const [expires, seconds] of [
      ['45m', '2700'],
      ['12h', '43200'],
      ['3d', '259200'],
      ['7d', '604800'],
    ] as const) {
      const ran = await hoist('upload', shell.file('a.txt'), '--expires', expires);
      expect([ran.code, secondsOf(ran)], ran.err).toEqual([0, seconds]);
    }
    const [json] = (await hoist('upload', shell.file('b.txt'), '--expires', '1d', '--json')).out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { expires: string; created: string });
    expect(Math.abs(Date.parse(json!.expires) - Date.parse(json!.created) - 86_400_000)).toBeLessThan(30_000);
  });

  test.each(['8d', '0d', '30s', '1', 'tomorrow', '-1d', '99999h'])('--expires %s is rejected', async (expires) => {
    const ran = await hoist('upload', shell.file('a.txt'), `--expires=${expires}`);
    expect([ran.code, ran.out]).toEqual([2, '']);
    expect(ran.err).toContain('at most 7d.');
    expect(shell.opened).toBe(0);
  });

  test('--link overrides the destination’s setting for who can open the link', async () => {
    await add('Work', '--no-test');
    const publicUpload = await hoist('upload', shell.file('a.txt'), '--link', 'public', '--json');
    // This server refuses anonymous reads, so verification finds that the public link is private.
    expect(JSON.parse(publicUpload.out)).toMatchObject({
      status: 'done',
      visibility: 'public',
      verification: 'private',
      url: expect.not.stringContaining('?') as string,
    });
    await add('Open', '--no-test', '--link-kind', 'public', '--default');
    const expiringUpload = await hoist('upload', shell.file('a.txt'), '--link', 'expiring', '--json');
    expect(JSON.parse(expiringUpload.out)).toMatchObject({
      status: 'done',
      visibility: 'expiring',
      verification: 'this-computer',
    });
    expect((await hoist('upload', shell.file('a.txt'), '--link', 'public', '--expires', '1d')).err).toContain(
      'Omit --expires or --link.',
    );
    expect((await hoist('upload', shell.file('a.txt'), '--link', 'public', '--to', 'practice')).code).toBe(2);
  });
});

describe('hoist setup policy', { timeout: 60_000 }, () => {
  test('prints the policy that allows anonymous reads, and no other text', async () => {
    await add('Work', '--no-test', '--prefix', 'shared/files');
    const ran = await hoist('setup', 'policy', 'Work');
    expect([ran.code, JSON.parse(ran.out)]).toEqual([
      0,
      {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'EverybodyReads',
            Effect: 'Allow',
            Principal: '*',
            Action: 's3:GetObject',
            Resource: `arn:aws:s3:::${store.address.bucket}/shared/files/*`,
          },
        ],
      },
    ]);
    expect(JSON.parse((await hoist('setup', 'policy', 'Work', '--json')).out)).toMatchObject({
      name: 'Work',
      policy: { Version: '2012-10-17' },
    });
  });

  test('is suggested when public links do not open or the store refuses an ACL', async () => {
    for (const more of [
      ['--link-kind', 'public'],
      ['--link-kind', 'public', '--acl', 'true'],
    ]) {
      const ran = await add('Open', ...more);
      expect([ran.code, ran.out]).toEqual([1, '']);
      expect(ran.err).toContain('"Action": "s3:GetObject"');
    }
    expect((await add('Closed')).err).not.toContain('s3:GetObject');
  });
});
