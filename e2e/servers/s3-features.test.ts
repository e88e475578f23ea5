/** The table in docs/s3-servers.md is what the servers can do. HOIST_NEW_TABLE=1 writes it anew; that needs both servers. */
import { readFile, writeFile } from 'node:fs/promises';
import { format } from 'oxfmt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ServedPractice } from '../../src-main/practice/testing/served.ts';
import { rgw, sayWhenSkipped } from '../../src-main/providers/s3/testing/subject.ts';
import { Asker, groups, type Place } from './s3-features.ts';

const page = new URL('../../docs/s3-servers.md', import.meta.url);
const [begin, end] = ['<!-- table: made by e2e/servers/s3-features.test.ts -->', '<!-- end of table -->'];
const isNew = process.env.HOIST_NEW_TABLE === '1';
const found = new Map<string, Map<string, string>>();
const columns = ['Practice', 'Ceph RGW 16'];

interface Row {
  feature: string;
  answers: string[];
}

const cells = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
const written = (text: string): Row[] =>
  text
    .slice(text.indexOf(begin), text.indexOf(end))
    .split('\n')
    .filter((line) => /^\| [^-]/.test(line))
    .map(cells)
    .map(([feature = '', ...answers]) => ({ feature, answers }));
const rows = async (): Promise<Row[]> => written(await readFile(page, 'utf8'));

function answersOf(column: string, start: (() => Promise<{ place: Place; stop(): Promise<void> }>) | undefined): void {
  describe.skipIf(!start)(`what ${column} can do`, { timeout: 30_000 }, () => {
    let at: Asker;
    let stop: () => Promise<void>;
    const index = columns.indexOf(column);
    beforeAll(async () => {
      const { place, stop: itsStop } = await start!();
      at = new Asker(place);
      stop = itsStop;
    });
    afterAll(async () => {
      at.destroy();
      await stop();
    });
    for (const { name, ask } of groups.flatMap(([, features]) => features)) {
      test(`${column}: ${name} is as the table says`, async () => {
        const answer = await ask(at).then(
          () => 'yes',
          (cause: unknown) => `no: ${(cause as Error).message.split('\n')[0]}`,
        );
        found.set(name, (found.get(name) ?? new Map<string, string>()).set(column, answer.replace(/:.*/, '')));
        if (isNew) return;
        const row = (await rows()).find((one) => one.feature === name);
        expect(answer, `${name} (docs/s3-servers.md; HOIST_NEW_TABLE=1 writes it anew)`).toMatch(
          new RegExp(`^${row?.answers[index] ?? 'no row'}`),
        );
      });
    }
  });
}

answersOf('Practice', async () => {
  const practice = await ServedPractice.start();
  return { place: { ...practice.address, domain: 'localhost' }, stop: () => practice.stop() };
});
sayWhenSkipped('the table of what Ceph RADOS Gateway can do');
answersOf(
  'Ceph RGW 16',
  rgw.endpoint === undefined
    ? undefined
    : async () => {
        const { endpoint = '', bucket, accessKeyId, secretAccessKey } = rgw;
        return {
          place: { endpoint, bucket, accessKeyId, secretAccessKey, domain: process.env.HOIST_TEST_S3_VHOST ?? '' },
          stop: async () => undefined,
        };
      },
);

test('the table has every feature, in this order, and no other', async () => {
  if (isNew) await writeTable();
  const names = groups.flatMap(([title, features]) => [`**${title}**`, ...features.map(({ name }) => name)]);
  expect((await rows()).map((row) => row.feature)).toEqual(['', ...names]);
});

async function writeTable(): Promise<void> {
  const text = await readFile(page, 'utf8');
  const lines = groups.flatMap(([title, features]) => [
    `| **${title}** |${columns.map(() => ' |').join('')}`,
    ...features.map(
      ({ name }) => `| ${name} | ${columns.map((column) => found.get(name)?.get(column) ?? '?').join(' | ')} |`,
    ),
  ]);
  const table = [`| | ${columns.join(' | ')} |`, `|---|${columns.map(() => '---|').join('')}`, ...lines].join('\n');
  const written = `${text.slice(0, text.indexOf(begin))}${begin}\n${table}\n${text.slice(text.indexOf(end))}`;
  const { code } = await format('s3-servers.md', written, { printWidth: 120 });
  await writeFile(page, code);
}
