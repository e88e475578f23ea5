/**
 * Damaged records in Practice's folder: the record of an object or of an unfinished upload is cut at each byte, or one
 * bit of each byte is flipped.
 */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { CreateMultipartUploadCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { ObjectStore } from './object-store.ts';
import { TestPractice } from './testing/test-practice.ts';

/** In memory if possible, because thousands of folders are written. */
const disk = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const limits = { quotaBytes: Infinity, freeBytes: async () => Infinity };
let root = '';
let template = '';

beforeAll(async () => {
  root = mkdtempSync(join(disk, 'hoist-practice-bytes-'));
  template = join(root, 'template');
  const practice = await TestPractice.start();
  for (const Key of ['damaged.txt', 'other.txt'])
    await practice.client.send(new PutObjectCommand({ Bucket: 'practice', Key, Body: Key, ContentType: 'text/plain' }));
  await practice.client.send(new CreateMultipartUploadCommand({ Bucket: 'practice', Key: 'unfinished.bin' }));
  cpSync(practice.folder, template, { recursive: true });
  await practice.stop();
  return () => rmSync(root, { recursive: true, force: true });
});

/** The path of the record of `key`, relative to Practice's folder. */
function findRecord(key: string, subfolder: 'objects' | 'uploads'): string {
  const names = readdirSync(join(template, subfolder), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.json'),
  );
  return join(
    subfolder,
    names.find((name) => readFileSync(join(template, subfolder, name), 'utf8').includes(key))!,
  );
}

async function readText(store: ObjectStore, key: string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of store.blobs.read(store.object(key)?.blobs ?? [], { start: 0, end: Infinity }))
    chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test.each([
  ['damaged.txt', 'objects'],
  ['unfinished.bin', 'uploads'],
] as const)(
  'with a damaged record of %s, the store opens and returns the other objects unchanged',
  async (key, subfolder) => {
    const record = findRecord(key, subfolder);
    const whole = readFileSync(join(template, record));
    // Cut at each byte, and with one flipped bit in each byte.
    const corrupted = [
      ...Array.from({ length: whole.length }, (_, at) => whole.subarray(0, at)),
      ...Array.from(whole, (byte, at) => {
        const flipped = Buffer.from(whole);
        flipped.writeUInt8(byte ^ (1 << (at % 8)), at);
        return flipped;
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
      // An object with a damaged record may be missing, but it never returns the bytes of another file.
      if (subfolder === 'uploads') expect(await readText(store, 'damaged.txt'), `case ${i}`).toBe('damaged.txt');
      if (store.usage().objects + store.uploads.length < 3) lostCount++;
    }
    // At least every cut record is lost.
    expect(lostCount).toBeGreaterThan(whole.length / 2);
    console.log(`${corrupted.length} damaged records of ${key}`);
  },
  300_000,
);
