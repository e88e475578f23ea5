/** The field names of every `--json` result. Scripts rely on these names, so they must not change. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestPractice } from '../practice/testing/test-practice.ts';
import { Shell, testSecretBox } from './testing/shell.ts';

let store: TestPractice;
let shell: Shell;
beforeEach(async () => {
  store = await TestPractice.start();
  shell = new Shell();
});
afterEach(async () => {
  await store.stop();
  shell.remove();
});

/** The fields of each line. A field that holds objects has their fields in parentheses: `error(code what remedy)`. */
async function fieldsOf(...args: string[]): Promise<string[]> {
  const { out } = await shell.run([...args, '--json'], { secretBox: testSecretBox });
  return out
    .trim()
    .split('\n')
    .map((line) => fieldNames(JSON.parse(line)));
}

function fieldNames(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([key, inner]) => {
      const objects = key === 'settings' ? [] : [inner].flat().filter((item) => typeof item === 'object');
      const nested = [...new Set(objects.flatMap((item) => splitFields(fieldNames(item))))];
      return nested.length === 0 ? key : `${key}(${nested.join(' ')})`;
    })
    .join(' ');
}

/** Splits at spaces outside parentheses: each match is a name and its parentheses, with at most one level inside. */
const splitFields = (fields: string): string[] => fields.match(/[^\s()]+(?:\((?:[^()]|\([^()]*\))*\))?/g) ?? [];

const add = (name: string, secretAccessKey: string, ...more: string[]) => {
  const { endpoint, bucket, region, accessKeyId } = store.address;
  const location = ['--endpoint', endpoint, '--bucket', bucket, '--region', region, '--access-key-id', accessKeyId];
  return shell.run(
    ['setup', 'add', 's3', ...location, '--path-style', '--name', name, '--secrets-from', '-', ...more],
    {
      secretBox: testSecretBox,
      stdin: Readable.from([`secretAccessKey=${secretAccessKey}\n`]),
    },
  );
};
const addWork = () => add('Work', store.address.secretAccessKey, '--no-test');

const error = 'code what remedy field diagnosticId';
const upload = 'id name size status destination visibility created ended';
const done = `${upload} url expires verification`;
const profile = 'name id provider default order state visibility linkDays settings secrets kept keyStore';

describe('the JSON fields of', () => {
  test('upload, resume and history', async () => {
    await addWork();
    shell.file('a.txt');
    expect(await fieldsOf('upload', 'a.txt', 'gone')).toEqual([`file ${done}`, 'file status error(code what remedy)']);
    expect(await fieldsOf('history')).toEqual([done]);
    await add('Wrong', 'wrong', '--no-test');
    const fixable = 'code what remedy field fix diagnosticId';
    const failed = `${upload} error(${fixable}) attempts(destination ended error(${error}))`;
    expect(await fieldsOf('upload', 'a.txt', '--to', 'Wrong')).toEqual([`file ${failed}`]);
    expect(await fieldsOf('resume', '--failed')).toEqual([`file ${failed}`]);
  });

  test('status', async () => {
    expect(await fieldsOf('status')).toEqual(['destination practice(objects bytes quotaBytes) uploads']);
    await addWork();
    expect(await fieldsOf('status')).toEqual(['destination uploads']);
  });

  test('the setup commands that print a destination', async () => {
    await addWork();
    expect(await fieldsOf('setup')).toEqual([profile]);
    expect(await fieldsOf('setup', 'use', 'Work')).toEqual([profile]);
    expect(await fieldsOf('setup', 'rename', 'Work', 'Files')).toEqual([profile]);
    expect(await fieldsOf('setup', 'duplicate', 'Files', '--name', 'Copy')).toEqual([profile]);
    expect(await fieldsOf('setup', 'move', 'Copy', '--before', 'Files')).toEqual([profile, profile]);
    expect(await fieldsOf('setup', 'edit', 'Copy', '--set', 'prefix=p', '--no-test')).toEqual([profile]);
    expect(await fieldsOf('setup', 'remove', 'Copy', '--yes')).toEqual(['removed id unfinished done']);
    const checked = profile.replace('visibility', 'checked visibility');
    expect(await fieldsOf('setup', '--check')).toEqual([checked]);
  });

  test('setup provider and all', async () => {
    shell.file('rclone.conf', '[minio]\ntype = s3\naccess_key_id = a\nsecret_access_key = b\n');
    await fieldsOf('setup', 'import', 'rclone.conf');
    const incomplete = profile.replace('state', 'state error(code what remedy field)');
    const field = 'field option label help';
    for (const args of [
      ['setup', 'provider', 's3'],
      ['setup', 'all'],
    ]) {
      const [s3] = await fieldsOf(...args);
      expect(s3).toBe(
        `provider name help destinations(${incomplete} missing(${field} required code)) ` +
          `needs(${field} required secret) options(${field} required secret) ` +
          'variables found presets(id name page) command',
      );
    }
  });

  test('setup test and policy', async () => {
    await addWork();
    expect(await fieldsOf('setup', 'test', 'Work')).toEqual(['name works steps(step outcome note)']);
    await add('Wrong', 'wrong', '--no-test');
    expect(await fieldsOf('setup', 'test', 'Wrong')).toEqual([
      'name works steps(step outcome error(code what remedy field))',
    ]);
    expect(await fieldsOf('setup', 'policy', 'Work')).toEqual([
      'name policy(Version Statement(Sid Effect Principal Action Resource))',
    ]);
  });

  test('setup found, adopt, import and export', async () => {
    const { endpoint, bucket, accessKeyId, secretAccessKey } = store.address;
    const config = path.join(shell.home, '.config/rclone/rclone.conf');
    mkdirSync(path.dirname(config), { recursive: true });
    writeFileSync(
      config,
      `[minio]\ntype = s3\nendpoint = ${endpoint}\naccess_key_id = ${accessKeyId}\n` +
        `secret_access_key = ${secretAccessKey}\n[box]\ntype = box\n`,
    );
    expect(await fieldsOf('setup', 'found')).toEqual(['id name provider from needs copies settings']);
    expect(await fieldsOf('setup', 'adopt', 's3-rclone-minio', '--set', `bucket=${bucket}`)).toEqual([profile]);
    expect(await fieldsOf('setup', 'import')).toEqual(['file program destinations links']);
    expect(await fieldsOf('setup', 'import', config)).toEqual([
      'profiles(name kept from) uploads skipped(name because)',
    ]);
    expect(await fieldsOf('setup', 'export', 'out.json')).toEqual(['file destinations']);
  });

  test('serve', async () => {
    const { out } = await shell.run(['serve', '--json'], { stop: AbortSignal.abort() });
    expect(fieldNames(JSON.parse(out))).toBe('endpoint');
  });
});
