/** Every example of docs/names.md: the table of templates by the form's own preview, the commands as a reader would type them. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { previewName } from '../../src-shared/name-template.ts';
import { ServedPractice } from '../practice/testing/served.ts';
import { examples, pattern, wordsOf } from './testing/examples.ts';
import { Shell, testSecretBox } from './testing/shell.ts';

const page = readFileSync('docs/names.md', 'utf8');

test('every template of the page makes the place that the page says', () => {
  const table = page.slice(page.search(/^\| template +\| place +\|$/m));
  const rows = [...table.matchAll(/^\| `(.+)` +\| `(.+)` +\|$/gm)].map(([, template, place]) => ({
    template: template!,
    place: place!,
  }));
  expect(rows.length).toBeGreaterThan(8);
  const at = new Date(2026, 10, 24, 9, 5, 7).getTime();
  for (const { template, place } of rows)
    expect(previewName(template, { at, profile: 'Work' }), template).toEqual({ path: place });
});

test('every command of the page does what the page says', async () => {
  const store = await ServedPractice.start();
  const shell = new Shell();
  const { endpoint, bucket, accessKeyId, secretAccessKey } = store.address;
  const here = (text: string): string =>
    text.replaceAll('https://s3.example.com', endpoint).replaceAll('my-bucket', bucket);
  try {
    for (const name of ['report.pdf', 'notes.txt']) shell.file(name);
    shell.file('keys.env', `secretAccessKey=${secretAccessKey}\n`);
    const run = (args: string[]) => shell.run(args, { secretBox: testSecretBox });
    const first = await run([
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
    expect(first.code, first.err).toBe(0);
    const all = examples(page);
    expect(all.length).toBeGreaterThan(6);
    for (const { command, printed } of all) {
      const ran = await run(wordsOf(here(command)).args);
      expect(ran.code, `${command}\n${ran.err}`).toBe(0);
      expect(ran.out, command).toMatch(pattern(here(printed)));
    }
    // What the last of them says about every upload after it.
    expect((await run(['upload', '--to', 'Work', 'notes.txt'])).code).toBe(0);
    const asked = await run(['upload', '--to', 'Work', 'notes.txt']);
    expect(asked).toMatchObject({ code: 1, out: '' });
    expect(asked.err).toContain('There is already a file with this name.');
  } finally {
    await store.stop();
    shell.remove();
  }
}, 60_000);
