/** Checks every example of docs/names.md: previews the templates as the form does, and runs the commands. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { previewName } from '../../src-shared/name-template.ts';
import { TestPractice } from '../practice/testing/test-practice.ts';
import { docExamples, outputPattern, parseCommandLine } from './testing/doc-examples.ts';
import { Shell, testSecretBox } from './testing/shell.ts';

const page = readFileSync('docs/names.md', 'utf8');

test('every template on the page produces the key that the page shows', () => {
  const table = page.slice(page.search(/^\| template +\| key +\|$/m));
  const rows = [...table.matchAll(/^\| `(.+)` +\| `(.+)` +\|$/gm)].map(([, template, key]) => ({
    template: template!,
    key: key!,
  }));
  expect(rows.length).toBeGreaterThan(8);
  const at = new Date(2026, 10, 24, 9, 5, 7).getTime();
  for (const { template, key } of rows)
    expect(previewName(template, { at, profile: 'Work' }), template).toEqual({ path: key });
});

test('every command on the page prints the documented output', async () => {
  const store = await TestPractice.start();
  const shell = new Shell();
  const { endpoint, bucket, accessKeyId, secretAccessKey } = store.address;
  const withTestServer = (text: string): string =>
    text.replaceAll('https://s3.example.com', endpoint).replaceAll('my-bucket', bucket);
  try {
    for (const name of ['report.pdf', 'notes.txt']) shell.file(name);
    shell.file('keys.env', `secretAccessKey=${secretAccessKey}\n`);
    const run = (args: string[]) => shell.run(args, { secretBox: testSecretBox });
    const added = await run([
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
    ]);
    expect(added.code, added.err).toBe(0);
    const examples = docExamples(page);
    expect(examples.length).toBeGreaterThan(6);
    for (const { command, output } of examples) {
      const ran = await run(parseCommandLine(withTestServer(command)).args);
      expect(ran.code, `${command}\n${ran.err}`).toBe(0);
      expect(ran.out, command).toMatch(outputPattern(withTestServer(output)));
    }
    // The last command sets a template that applies to every later upload.
    expect((await run(['upload', '--to', 'Work', 'notes.txt'])).code).toBe(0);
    const refused = await run(['upload', '--to', 'Work', 'notes.txt']);
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toContain('A file with this name already exists.');
  } finally {
    await store.stop();
    shell.remove();
  }
}, 60_000);
