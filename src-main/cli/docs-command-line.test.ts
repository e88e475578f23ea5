/** Runs every example of docs/command-line.md in the order of the page. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { TestPractice } from '../practice/testing/test-practice.ts';
import { docExamples, outputPattern, parseCommandLine } from './testing/doc-examples.ts';
import { Shell, testSecretBox } from './testing/shell.ts';

const page = readFileSync('docs/command-line.md', 'utf8');

test('every command on the page prints the documented output', async () => {
  const store = await TestPractice.start();
  const shell = new Shell();
  const { endpoint, bucket, accessKeyId, secretAccessKey, region } = store.address;
  const withTestServer = (text: string): string =>
    text
      .replaceAll('https://s3.example.com', endpoint)
      .replaceAll('my-bucket', bucket)
      .replaceAll('AKIAIOSFODNN7EXAMPLE', accessKeyId);
  const secretBox = testSecretBox;
  vi.stubEnv('HOME', shell.home); // the AWS SDK reads this variable to find its files
  try {
    shell.file('report.pdf');
    shell.file('keys.env', `secretAccessKey=${secretAccessKey}\n`);
    shell.file(
      'rclone.conf',
      [
        '[minio]',
        'type = s3',
        'provider = Minio',
        'endpoint = http://192.168.7.7:9000',
        'access_key_id = minioadmin',
        'secret_access_key = minioadmin\n',
      ].join('\n'),
    );
    mkdirSync(path.join(shell.home, '.aws'));
    writeFileSync(
      path.join(shell.home, '.aws/credentials'),
      `[work]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
    );
    writeFileSync(
      path.join(shell.home, '.aws/config'),
      `[profile work]\nregion = ${region}\nendpoint_url = ${endpoint}\n`,
    );
    const added = await shell.run(
      [
        'setup',
        'add',
        's3',
        '--name',
        'Work',
        '--endpoint',
        endpoint,
        '--bucket',
        bucket,
        '--access-key-id',
        accessKeyId,
        '--secrets-from',
        'keys.env',
      ],
      { secretBox },
    );
    expect(added.code, added.err).toBe(0);

    const examples = docExamples(page);
    expect(examples.length).toBeGreaterThan(20);
    for (const { command, output } of examples) {
      const { args, inputFile } = parseCommandLine(withTestServer(command));
      const ran = await shell.run(args, {
        secretBox,
        ...(inputFile === undefined ? {} : { stdin: Readable.from([readFileSync(path.join(shell.cwd, inputFile))]) }),
      });
      expect(ran.code, `${command}\n${ran.err}`).toBe(0);
      // The test server's bucket has a reserved name, so the destination that is named after it gets a number.
      const expected = withTestServer(output).replace(/^practice$/m, 'practice 2');
      expect(ran.out, command).toMatch(outputPattern(expected));
      expect(ran.out + ran.err).not.toContain(secretAccessKey);
    }
  } finally {
    vi.unstubAllEnvs();
    await store.stop();
    shell.remove();
  }
}, 60_000);

test('the page describes every command', async () => {
  const shell = new Shell();
  try {
    for (const group of [[], ['setup']]) {
      const { out } = await shell.run([...group, '--help']);
      const commands = [...out.slice(out.indexOf('Commands:')).matchAll(/^ {2}(\w+)/gm)]
        .map(([, name]) => name!)
        .filter((name) => name !== 'help');
      expect(commands.length).toBeGreaterThan(4);
      // Each command has a heading; the commands of `setup` are named in its section.
      for (const name of commands)
        expect(page, `hoist ${[...group, name].join(' ')}`).toMatch(
          new RegExp(group.length === 0 ? `^## hoist ${name}` : `setup ${name}|\`${name} `, 'm'),
        );
    }
  } finally {
    shell.remove();
  }
});
