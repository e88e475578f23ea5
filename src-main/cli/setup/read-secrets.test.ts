/** Secrets in the formats of other programs. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { tempFolder } from '../../platform/testing/temp-folders.ts';
import { fal } from '../../providers/fal/index.ts';
import { s3 } from '../../providers/s3/index.ts';
import { readSecrets } from './read-secrets.ts';

const [id, secret] = ['AKIAIOSFODNN7EXAMPLE', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'];
const both = { accessKeyId: id, secretAccessKey: secret };

test.each<[string, string | Buffer]>([
  ['the console’s CSV', `Access key ID,Secret access key\r\n${id},${secret}\r\n`],
  ['the console’s CSV, saved by Excel', `\ufeffAccess key ID;Secret access key\r\n${id};${secret}\r\n`],
  ['CSV with quotes and more columns', `"User name","Access key ID","Secret access key"\n"ann","${id}","${secret}"\n`],
  [
    'tabs in UTF-16, as Excel’s Unicode text',
    Buffer.from(`\ufeffAccess key ID\tSecret access key\r\n${id}\t${secret}`, 'utf16le'),
  ],
  ['Amazon’s rootkey.csv', `AWSAccessKeyId=${id}\r\nAWSSecretKey=${secret}`],
  [
    'JSON in UTF-16, as PowerShell writes it',
    Buffer.from(`\ufeff{"AccessKey":{"AccessKeyId":"${id}","SecretAccessKey":"${secret}"}}`, 'utf16le'),
  ],
  ['lines in UTF-16', Buffer.from(`accessKeyId=${id}\r\nsecretAccessKey=${secret}\r\n`, 'utf16le')],
])('secrets are read from %s', async (_, content) => {
  const cwd = tempFolder();
  writeFileSync(path.join(cwd, 'keys'), content);
  expect(await readSecrets('keys', { stdin: Readable.from([]), cwd }, s3.fields)).toEqual(both);
  expect(await readSecrets('-', { stdin: Readable.from([Buffer.from(content)]), cwd }, s3.fields)).toEqual(both);
});

test('secrets are read from the environment variables of fal’s programs', async () => {
  const stdin = Readable.from([Buffer.from('FAL_KEY=id:secret\n')]);
  expect(await readSecrets('-', { stdin, cwd: '/' }, fal.fields)).toEqual({ key: 'id:secret' });
});

test('secrets are not repeated in the message about an unknown table', async () => {
  const stdin = Readable.from([Buffer.from(`Name,Password\nann,${secret}\n`)]);
  const failed = await readSecrets('-', { stdin, cwd: '/' }, s3.fields).catch((cause: unknown) => cause as Error);
  expect(failed).toBeInstanceOf(Error);
  expect((failed as Error).message).not.toContain(secret);
});
