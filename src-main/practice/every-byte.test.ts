/** R19 for Practice's folder: a record of an object or of an unfinished upload, cut at each byte and with a bit of each byte flipped. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { CreateMultipartUploadCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { Depot } from './depot.ts';
import { ServedPractice } from './testing/served.ts';

const disk = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const room = { quotaBytes: Infinity, freeBytes: async () => Infinity };
let root = '';
let template = '';

beforeAll(async () => {
  root = mkdtempSync(join(disk, 'hoist-practice-bytes-'));
  template = join(root, 'template');
  const served = await ServedPractice.start();
  for (const Key of ['spoiled.txt', 'other.txt'])
    await served.client.send(new PutObjectCommand({ Bucket: 'practice', Key, Body: Key, ContentType: 'text/plain' }));
  await served.client.send(new CreateMultipartUploadCommand({ Bucket: 'practice', Key: 'unfinished.bin' }));
  cpSync(served.folder, template, { recursive: true });
  await served.stop();
  return () => rmSync(root, { recursive: true, force: true });
});

/** Relative to the folder. */
function recordOf(key: string, below: 'objects' | 'uploads'): string {
  const names = readdirSync(join(template, below), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.json'),
  );
  return join(
    below,
    names.find((name) => readFileSync(join(template, below, name), 'utf8').includes(key))!,
  );
}

async function textOf(depot: Depot, key: string): Promise<string> {
  const slices: Buffer[] = [];
  for await (const slice of depot.pieces.read(depot.object(key)?.pieces ?? [], { start: 0, end: Infinity }))
    slices.push(slice);
  return Buffer.concat(slices).toString();
}

test.each([
  ['spoiled.txt', 'objects'],
  ['unfinished.bin', 'uploads'],
] as const)(
  'the record of %s: it opens each time, and what is whole stays whole',
  async (key, below) => {
    const record = recordOf(key, below);
    const whole = readFileSync(join(template, record));
    const spoiled = [
      ...Array.from({ length: whole.length }, (_, at) => whole.subarray(0, at)),
      ...Array.from(whole, (byte, at) => {
        const other = Buffer.from(whole);
        other.writeUInt8(byte ^ (1 << (at % 8)), at);
        return other;
      }),
    ];
    let gone = 0;
    for (const [i, bytes] of spoiled.entries()) {
      const folder = join(root, 'case');
      rmSync(folder, { recursive: true, force: true });
      cpSync(template, folder, { recursive: true });
      writeFileSync(join(folder, record), bytes);
      const depot = await Depot.open(folder, room);
      expect(await textOf(depot, 'other.txt'), `case ${i}`).toBe('other.txt');
      // What a bit has changed into another size or name of its bytes is no longer there, or is refused; never another file's bytes.
      if (below === 'uploads') expect(await textOf(depot, 'spoiled.txt'), `case ${i}`).toBe('spoiled.txt');
      if (depot.usage().objects + depot.uploads.length < 3) gone++;
    }
    expect(gone).toBeGreaterThan(whole.length / 2);
    console.log(`${spoiled.length} spoiled records of ${key}`);
  },
  300_000,
);
