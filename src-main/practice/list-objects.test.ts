/** Compares lists of objects with a simple model, which sorts the keys by their bytes as S3 does. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { S3Request, ServerContext } from './operation-handler.ts';
import type { ObjectStore } from './object-store.ts';
import { listObjects, listObjectsV2 } from './list-objects.ts';
import { compareKeys, SortedKeys } from './sorted-keys.ts';
import { Query } from './request-target.ts';
import { asElement, toArray, parseDocument, asText } from './xml.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '-', 'é', '\uffee', '🎉'), maxLength: 6 });
const lists = fc.uniqueArray(
  text.filter((key) => key !== ''),
  { maxLength: 40 },
);

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

test('keeps keys sorted by their bytes while keys are added and removed', () => {
  fc.assert(
    fc.property(lists, lists, (added, removed) => {
      const keys = new SortedKeys();
      for (const key of [...added, ...added]) keys.add(key);
      for (const key of removed) keys.remove(key);
      const expected = added.filter((key) => !removed.includes(key)).sort(byBytes);
      expect(Array.from({ length: expected.length + 1 }, (_, i) => keys.at(i))).toEqual([...expected, undefined]);
      for (const a of added)
        for (const b of removed) expect(Math.sign(compareKeys(a, b))).toBe(Math.sign(byBytes(a, b)));
    }),
  );
});

interface Rows {
  keys: string[];
  prefixes: string[];
}

/** The model: all rows of a list, without pages. */
function expectedRows(
  keys: readonly string[],
  { prefix, delimiter, after }: { prefix: string; delimiter: string; after: string },
): Rows {
  const rows: Rows = { keys: [], prefixes: [] };
  for (const key of [...keys].sort(byBytes)) {
    if (!key.startsWith(prefix) || byBytes(key, after) <= 0) continue;
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const commonPrefix = at < 0 ? undefined : key.slice(0, at + delimiter.length);
    if (commonPrefix === undefined) rows.keys.push(key);
    else if (!rows.prefixes.includes(commonPrefix)) rows.prefixes.push(commonPrefix);
  }
  return rows;
}

/** Reads all pages. */
async function listAllPages(
  keys: readonly string[],
  version: 1 | 2,
  query: Record<string, string>,
): Promise<Rows & { pages: number }> {
  const sorted = new SortedKeys();
  sorted.replaceAll(keys);
  const store = {
    keys: sorted,
    object: (key: string) => ({ key, etag: 'e', size: 1, modified: 0 }),
  } as unknown as ObjectStore;
  const rows = { keys: [] as string[], prefixes: [] as string[], pages: 0 };
  for (let next: Record<string, string> = {}; ;) {
    const request = { query: new Query(Object.entries({ ...query, ...next })) } as unknown as S3Request;
    const response = await (version === 1 ? listObjects : listObjectsV2)(request, {
      store,
      bucket: 'b',
    } as unknown as ServerContext);
    const root = parseDocument(response.body as string, 'ListBucketResult');
    const [contents, prefixes] = [
      toArray(root['Contents']).map((item) => asText(asElement(item)?.['Key']) ?? ''),
      toArray(root['CommonPrefixes']).map((item) => asText(asElement(item)?.['Prefix']) ?? ''),
    ];
    expect(contents.length + prefixes.length).toBeLessThanOrEqual(Number(query['max-keys']));
    rows.keys.push(...contents);
    rows.prefixes.push(...prefixes);
    rows.pages++;
    if (root['IsTruncated'] !== 'true') return rows;
    next =
      version === 2
        ? { 'continuation-token': asText(root['NextContinuationToken'])! }
        : { marker: asText(root['NextMarker']) ?? contents.at(-1)! };
  }
}

test('all pages match the model, for every page size, prefix, delimiter and API version', async () => {
  await fc.assert(
    fc.asyncProperty(
      lists,
      text,
      fc.constantFrom('', '/', '-', 'a/'),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom(1 as const, 2 as const),
      async (keys, prefix, delimiter, count, version) => {
        const expected = expectedRows(keys, { prefix, delimiter, after: '' });
        const { pages, ...rows } = await listAllPages(keys, version, { prefix, delimiter, 'max-keys': String(count) });
        expect(rows).toEqual(expected);
        expect(pages).toBe(Math.max(1, Math.ceil((expected.keys.length + expected.prefixes.length) / count)));
      },
    ),
    { numRuns: 500 },
  );
});

test('a list that starts after a key contains all later keys', async () => {
  await fc.assert(
    fc.asyncProperty(lists, text, async (keys, after) => {
      const rows = await listAllPages(keys, 2, { 'start-after': after, 'max-keys': '1000' });
      expect(rows.keys).toEqual(expectedRows(keys, { prefix: '', delimiter: '', after }).keys);
    }),
  );
  expect(
    await listAllPages(['a/', 'a/b', 'a/c/d'], 2, {
      prefix: 'a/',
      delimiter: '/',
      'start-after': 'a/',
      'max-keys': '1000',
    }),
  ).toEqual({ keys: ['a/b'], prefixes: ['a/c/'], pages: 1 });
});

test('encodes the keys if the request asks for that, so that XML can represent them', async () => {
  const request = {
    query: new Query([
      ['encoding-type', 'url'],
      ['prefix', 'a b'],
    ]),
  } as unknown as S3Request;
  const sorted = new SortedKeys();
  sorted.replaceAll(['a b/\u0001&ü+']);
  const response = await listObjectsV2(request, {
    store: {
      keys: sorted,
      object: (key: string) => ({ key, etag: 'e', size: 1, modified: 0 }),
    } as unknown as ObjectStore,
    bucket: 'b',
  } as unknown as ServerContext);
  const root = parseDocument(response.body as string, 'ListBucketResult');
  expect([root['EncodingType'], root['Prefix'], asElement(root['Contents'])?.['Key']]).toEqual([
    'url',
    'a%20b',
    'a%20b/%01%26%C3%BC%2B',
  ]);
});
