/**
 * R19 for Practice's folder: a record of an object or of an unfinished upload, cut at each byte and with one bit of
 * each byte flipped.
 */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { CreateMultipartUploadCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { ObjectStore } from './object-store.ts';
import { TestPractice } from './testing/test-practice.ts';

const disk = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const limits = { quotaBytes: Infinity, freeBytes: async () => Infinity };
let root = '';
let template = '';

beforeAll(async () => {
  root = mkdtempSync(join(disk, 'hoist-practice-bytes-'));
  template = join(root, 'template');
  const practice = await TestPractice.start();
  for (const Key of ['spoiled.txt', 'other.txt'])
    await practice.client.send(new PutObjectCommand({ Bucket: 'practice', Key, Body: Key, ContentType: 'text/plain' }));
  await practice.client.send(new CreateMultipartUploadCommand({ Bucket: 'practice', Key: 'unfinished.bin' }));
  cpSync(practice.folder, template, { recursive: true });
  await practice.stop();
  return () => rmSync(root, { recursive: true, force: true });
});

/** Path relative to the folder. */
function findRecord(key: string, below: 'objects' | 'uploads'): string {
  const names = readdirSync(join(template, below), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.json'),
  );
  return join(
    below,
    names.find((name) => readFileSync(join(template, below, name), 'utf8').includes(key))!,
  );
}

async function readText(store: ObjectStore, key: string): Promise<string> {
  const slices: Buffer[] = [];
  for await (const slice of store.blobs.read(store.object(key)?.pieces ?? [], { start: 0, end: Infinity }))
    slices.push(slice);
  return Buffer.concat(slices).toString();
}

test.each([
  ['spoiled.txt', 'objects'],
  ['unfinished.bin', 'uploads'],
] as const)(
  'the record of %s: the store opens each time, and intact objects stay intact',
  async (key, below) => {
    const record = findRecord(key, below);
    const whole = readFileSync(join(template, record));
    const corrupted = [
      ...Array.from({ length: whole.length }, (_, at) => whole.subarray(0, at)),
      ...Array.from(whole, (byte, at) => {
        const other = Buffer.from(whole);
        other.writeUInt8(byte ^ (1 << (at % 8)), at);
        return other;
      }),
    ];
    let lostCount = 0;
    for (const [i, bytes] of corrupted.entries()) {
      const folder = join(root, 'case');
      rmSync(folder, { recursive: true, force: true });
      cpSync(template, folder, { recursive: true });
      writeFileSync(join(folder, record), bytes);
      const store = await ObjectStore.open(folder, limits);
      expect(await readText(store, 'other.txt'), `case ${i}`).toBe('other.txt');
      // An object whose size or blob id was changed is missing or refused. It never returns bytes of another file.
      if (below === 'uploads') expect(await readText(store, 'spoiled.txt'), `case ${i}`).toBe('spoiled.txt');
      if (store.usage().objects + store.uploads.length < 3) lostCount++;
    }
    expect(lostCount).toBeGreaterThan(whole.length / 2);
    console.log(`${corrupted.length} spoiled records of ${key}`);
  },
  300_000,
);
