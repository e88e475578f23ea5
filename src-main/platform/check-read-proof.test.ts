import { createHmac, randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { AppFailure } from '../../src-shared/errors.ts';
import { partCount, proofInput, sampleParts, sampleSize, type ReadChallenge } from '../../src-shared/proof-of-read.ts';
import { ReadChallenges } from '../ipc/read-challenges.ts';
import { acceptProvenFile } from './source-file.ts';
import { tempFolder } from './testing/temp-folders.ts';

const newChallenge = (): ReadChallenge => new ReadChallenges(Date.now).make(1);

/** The proof of a page that has these bytes. */
function proofOf(bytes: Uint8Array, modifiedMs: number, { key, offsets }: ReadChallenge): string {
  const sample = Buffer.concat(sampleParts(bytes.length, offsets).map(({ from, to }) => bytes.subarray(from, to)));
  return createHmac('sha256', Buffer.from(key, 'base64'))
    .update(proofInput(bytes.length, modifiedMs, sample))
    .digest('base64');
}

const modifiedMsOf = (path: string): number => Math.floor(statSync(path).mtimeMs);
const honestProof = (path: string, challenge: ReadChallenge): string =>
  proofOf(readFileSync(path), modifiedMsOf(path), challenge);

const accept = (path: string, challenge: ReadChallenge, proof: string) =>
  acceptProvenFile(path, { challenge, proof }).then(
    ({ size }) => size,
    (thrown: unknown) => (thrown as AppFailure).error,
  );

const refusal = { code: 'source-unreadable', params: { why: 'unproven' } };

function fileOf(size: number, name = 'a.bin'): string {
  const path = join(tempFolder(), name);
  writeFileSync(path, randomBytes(size));
  return path;
}

describe('a file that the page can read is accepted', () => {
  test.each([0, 1, 1024, sampleSize - 1, sampleSize, sampleSize + 1, 100_000])('with %i bytes', async (size) => {
    const path = fileOf(size);
    const challenge = newChallenge();
    expect(await accept(path, challenge, honestProof(path, challenge))).toBe(size);
  });

  test.each([0, 1, 1.9999, 1_700_000_000.123456])('changed %d s after 1970', async (seconds) => {
    const path = fileOf(10);
    utimesSync(path, seconds, seconds);
    const challenge = newChallenge();
    expect(await accept(path, challenge, honestProof(path, challenge))).toBe(10);
  });

  test('changed at 0 s after 1970, which Chromium reports as the year 1601', async () => {
    const path = fileOf(10);
    utimesSync(path, 0, 0);
    const challenge = newChallenge();
    expect(await accept(path, challenge, proofOf(readFileSync(path), -11_644_473_600_000, challenge))).toBe(10);
  });

  test('through a link', async () => {
    const path = fileOf(10);
    symlinkSync(path, `${path}.link`);
    const challenge = newChallenge();
    expect(await accept(`${path}.link`, challenge, honestProof(path, challenge))).toBe(10);
  });

  test.runIf(process.platform === 'linux')(
    'but a pipe, which has no bytes to prove, is refused with its real error',
    async () => {
      const path = join(tempFolder(), 'pipe');
      execFileSync('mkfifo', [path]);
      const challenge = newChallenge();
      expect(await accept(path, challenge, proofOf(Buffer.alloc(0), modifiedMsOf(path), challenge))).toEqual({
        code: 'source-not-a-file',
      });
    },
  );
});

describe('a page that forges messages gets the same refusal for', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hoist-forged-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  // The page can read only `own`.
  const [secret, small, empty, own, unreadable] = [20_000, 30, 0, 20_000, 5].map((size, index) => {
    const path = join(folder, `${index}`);
    writeFileSync(path, randomBytes(size));
    return path;
  }) as [string, string, string, string, string];
  chmodSync(unreadable, 0);
  const now = Date.now();
  const anyBytes = Buffer.alloc(20_000);

  test.each<[string, string, (challenge: ReadChallenge) => string]>([
    ['a missing file', join(folder, 'missing'), () => ''],
    ['a missing file with a proof', join(folder, 'missing'), (c) => honestProof(own, c)],
    ['a file in a missing folder', join(folder, 'missing', 'file'), (c) => honestProof(own, c)],
    ['a file below a file', join(secret, 'file'), (c) => honestProof(own, c)],
    ['a folder', folder, (c) => honestProof(own, c)],
    ['a folder with a slash', `${folder}/`, () => ''],
    ['a folder with its size and time', folder, (c) => proofOf(Buffer.alloc(4096), modifiedMsOf(folder), c)],
    ['no proof', secret, () => ''],
    ['the proof of another file', secret, (c) => honestProof(own, c)],
    ['the proof of another challenge', secret, () => honestProof(secret, newChallenge())],
    ['the right size and time with other bytes', secret, (c) => proofOf(anyBytes, modifiedMsOf(secret), c)],
    ['the right bytes with another time', secret, (c) => proofOf(readFileSync(secret), modifiedMsOf(secret) + 5000, c)],
    ['a prefix of the bytes', secret, (c) => proofOf(readFileSync(secret).subarray(0, 5000), modifiedMsOf(secret), c)],
    ['the bytes with one more', secret, (c) => proofOf(Buffer.concat([readFileSync(secret), Buffer.alloc(1)]), now, c)],
    ['a proof that is not base64', secret, () => '%%%'],
    ['a proof of zeros', secret, () => Buffer.alloc(32).toString('base64')],
    ['a proof that is too short', secret, (c) => honestProof(secret, c).slice(0, 20)],
    ['a proof that is too long', secret, (c) => `AAAA${honestProof(secret, c)}`],
    ['the proof in hexadecimal', secret, (c) => Buffer.from(honestProof(secret, c), 'base64').toString('hex')],
    ['the key as proof', secret, (c) => c.key],
    ['a small file without proof', small, () => ''],
    ['a small file with its size and time', small, (c) => proofOf(Buffer.alloc(30), modifiedMsOf(small), c)],
    ['an empty file without proof', empty, () => ''],
    ['an empty file with a guessed time', empty, (c) => proofOf(Buffer.alloc(0), now - 86_400_000, c)],
    ['a file without permission', unreadable, () => ''],
    ['a relative path', 'package.json', (c) => honestProof('package.json', c)],
    ['a relative path with dots', './package.json', (c) => honestProof('package.json', c)],
    ['a path with a zero byte', `${secret}\0`, (c) => honestProof(secret, c)],
    ['a path with dots to a missing file', join(folder, 'x', '..', 'missing'), () => ''],
    ['/etc/passwd', '/etc/passwd', () => ''],
    ['/etc/shadow', '/etc/shadow', () => ''],
    ['/proc/self/environ', '/proc/self/environ', () => ''],
    ['/proc/self/mem', '/proc/self/mem', () => ''],
    ['/dev/zero', '/dev/zero', () => ''],
    ['/dev/stdin', '/dev/stdin', () => ''],
    ['the root folder', '/', () => ''],
    ['a UNC path', '\\\\server\\share\\file', () => ''],
    ['a device path', '\\\\.\\C:', () => ''],
    ['a file: URL', `file://${secret}`, (c) => honestProof(secret, c)],
    ['a path that is too long', `/${'x'.repeat(4000)}`, () => ''],
  ])('%s', async (_, path, forge) => {
    const challenge = newChallenge();
    expect(await accept(path, challenge, forge(challenge))).toEqual(refusal);
  });

  test('a file of which the page knows all covered parts except one', async () => {
    const bytes = readFileSync(secret);
    for (let i = 0; i < partCount; i++) {
      const challenge = newChallenge();
      const knownBytes = Buffer.from(bytes);
      const { from, to } = sampleParts(bytes.length, challenge.offsets)[i]!;
      knownBytes.fill(0, from, to);
      expect(await accept(secret, challenge, proofOf(knownBytes, modifiedMsOf(secret), challenge))).toEqual(refusal);
    }
  });
});
