/**
 * Checks that the table in docs/s3-servers.md matches the servers. With HOIST_NEW_TABLE=1, the test rewrites the table,
 * for which both servers must run.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { format } from 'oxfmt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestPractice } from '../../src-main/practice/testing/test-practice.ts';
import { rgw, logWhenSkipped } from '../../src-main/providers/s3/testing/subject.ts';
import { featureGroups } from './s3-features.ts';
import { FeatureClient, type FeatureServer } from './s3-features/feature-client.ts';

const page = new URL('../../docs/s3-servers.md', import.meta.url);
const [begin, end] = ['<!-- table: made by e2e/servers/s3-features.test.ts -->', '<!-- end of table -->'];
const isUpdatingTable = process.env.HOIST_NEW_TABLE === '1';
const results = new Map<string, Map<string, string>>();
const columns = ['Practice', 'Ceph RGW 16'];

interface Row {
  feature: string;
  /** `yes` or `no` for each server. */
  results: string[];
}

const splitCells = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
const parseTable = (text: string): Row[] =>
  text
    .slice(text.indexOf(begin), text.indexOf(end))
    .split('\n')
    .filter((line) => /^\| [^-]/.test(line))
    .map(splitCells)
    .map(([feature = '', ...cells]) => ({ feature, results: cells }));
const readRows = async (): Promise<Row[]> => parseTable(await readFile(page, 'utf8'));

function testFeatures(
  column: string,
  start: (() => Promise<{ server: FeatureServer; stop(): Promise<void> }>) | undefined,
): void {
  describe.skipIf(!start)(`features of ${column}`, { timeout: 30_000 }, () => {
    let s3: FeatureClient;
    let stop: () => Promise<void>;
    const index = columns.indexOf(column);
    beforeAll(async () => {
      const started = await start!();
      s3 = new FeatureClient(started.server);
      stop = started.stop;
    });
    afterAll(async () => {
      s3.destroy();
      await stop();
    });
    for (const { name, check } of featureGroups.flatMap(([, features]) => features)) {
      test(`${name}: ${column} does what the table says`, async () => {
        const result = await check(s3).then(
          () => 'yes',
          (cause: unknown) => `no: ${(cause as Error).message.split('\n')[0]}`,
        );
        results.set(name, (results.get(name) ?? new Map<string, string>()).set(column, result.replace(/:.*/, '')));
        if (isUpdatingTable) return;
        const row = (await readRows()).find(({ feature }) => feature === name);
        expect(result, `${name} (docs/s3-servers.md; HOIST_NEW_TABLE=1 updates it)`).toMatch(
          new RegExp(`^${row?.results[index] ?? 'no row'}`),
        );
      });
    }
  });
}

testFeatures('Practice', async () => {
  const practice = await TestPractice.start();
  return { server: { ...practice.address, domain: 'localhost' }, stop: () => practice.stop() };
});
logWhenSkipped('the feature table of Ceph RADOS Gateway');
testFeatures(
  'Ceph RGW 16',
  rgw.endpoint === undefined
    ? undefined
    : async () => {
        const { endpoint = '', bucket, accessKeyId, secretAccessKey } = rgw;
        return {
          server: { endpoint, bucket, accessKeyId, secretAccessKey, domain: process.env.HOIST_TEST_S3_VHOST ?? '' },
          stop: async () => undefined,
        };
      },
);

test('the table has exactly these features, in this order', async () => {
  if (isUpdatingTable) await writeTable();
  const names = featureGroups.flatMap(([title, features]) => [`**${title}**`, ...features.map(({ name }) => name)]);
  expect((await readRows()).map((row) => row.feature)).toEqual(['', ...names]);
});

async function writeTable(): Promise<void> {
  const text = await readFile(page, 'utf8');
  const lines = featureGroups.flatMap(([title, features]) => [
    `| **${title}** |${columns.map(() => ' |').join('')}`,
    ...features.map(
      ({ name }) => `| ${name} | ${columns.map((column) => results.get(name)?.get(column) ?? '?').join(' | ')} |`,
    ),
  ]);
  const table = [`| | ${columns.join(' | ')} |`, `|---|${columns.map(() => '---|').join('')}`, ...lines].join('\n');
  const written = `${text.slice(0, text.indexOf(begin))}${begin}\n${table}\n${text.slice(text.indexOf(end))}`;
  const { code } = await format('s3-servers.md', written, { printWidth: 120 });
  await writeFile(page, code);
}
