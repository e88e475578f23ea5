/**
 * Tests Practice with third-party S3 clients: rclone, the AWS command line and s3cmd from Debian packages, and curl. A
 * proxy counts their requests, and holds the requests that a test interrupts.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FaultProxy, type ProxiedRequest } from '../providers/testing/fault-proxy.ts';
import { resolveOperation, type Operation } from './operations.ts';
import { parseRequestTarget } from './request-target.ts';
import { createSampler, notInSample } from '../testing/sample.ts';
import { TestPractice } from './testing/test-practice.ts';

const MiB = 1024 * 1024;
/** The paths of the Debian packages. Another program with the same name may come first in PATH. */
const programs = { rclone: '/usr/bin/rclone', aws: '/usr/bin/aws', s3cmd: '/usr/bin/s3cmd', curl: '/usr/bin/curl' };
type Program = keyof typeof programs;

const isInstalled = (program: Program): boolean => existsSync(programs[program]);
for (const program of Object.keys(programs) as Program[]) {
  if (!isInstalled(program))
    console.info(
      `skipped: Practice with ${program}, because ${programs[program]} is missing (apt-get install ${program === 'aws' ? 'awscli' : program})`,
    );
}

let practice: TestPractice;
let proxy: FaultProxy;
let folder: string;
let env: NodeJS.ProcessEnv;
let running: ChildProcess[];

beforeEach(async () => {
  running = [];
  practice = await TestPractice.start();
  proxy = await FaultProxy.start(practice.address.endpoint);
  folder = await mkdtemp(join(tmpdir(), 'hoist-clients-'));
  const { accessKeyId, secretAccessKey, region } = practice.address;
  await writeFile(
    join(folder, 'aws.config'),
    '[default]\ns3 =\n  max_concurrent_requests = 1\n  multipart_chunksize = 5MB\n  multipart_threshold = 5MB\n',
  );
  await writeFile(
    join(folder, 's3cmd.config'),
    [
      '[default]',
      `access_key = ${accessKeyId}`,
      `secret_key = ${secretAccessKey}`,
      `host_base = ${new URL(proxy.url).host}`,
      `host_bucket = ${new URL(proxy.url).host}`,
      'use_https = False',
      'multipart_chunk_size_mb = 5',
      'progress_meter = False',
      '',
    ].join('\n'),
  );
  env = {
    PATH: '/usr/bin:/bin',
    HOME: folder,
    LC_ALL: 'C.UTF-8',
    TMPDIR: folder,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_DEFAULT_REGION: region,
    AWS_CONFIG_FILE: join(folder, 'aws.config'),
    AWS_PAGER: '',
    AWS_EC2_METADATA_DISABLED: 'true',
    RCLONE_CONFIG: join(folder, 'rclone.config'),
    RCLONE_CONFIG_P_TYPE: 's3',
    RCLONE_CONFIG_P_PROVIDER: 'Other',
    RCLONE_CONFIG_P_ENDPOINT: proxy.url,
    RCLONE_CONFIG_P_REGION: region,
    RCLONE_CONFIG_P_ACCESS_KEY_ID: accessKeyId,
    RCLONE_CONFIG_P_SECRET_ACCESS_KEY: secretAccessKey,
    RCLONE_S3_UPLOAD_CUTOFF: '5Mi',
    RCLONE_S3_CHUNK_SIZE: '5Mi',
    RCLONE_LOW_LEVEL_RETRIES: '1',
    RCLONE_RETRIES: '1',
  };
});
afterEach(async () => {
  for (const child of running) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await proxy.stop();
  await practice.stop();
  await rm(folder, { recursive: true, force: true });
});

// ---------------------------------------------------------------- helpers

function start(program: Program, ...args: string[]): ChildProcess {
  const options: Record<Program, string[]> = {
    aws: ['--endpoint-url', proxy.url],
    s3cmd: ['-c', join(folder, 's3cmd.config')],
    rclone: [],
    curl: [],
  };
  const child = spawn(programs[program], [...options[program], ...args], {
    env,
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  return child;
}

/** Runs the program, expects success, and returns its output. */
async function run(program: Program, ...args: string[]): Promise<string> {
  const child = start(program, ...args);
  const [out, err]: Buffer[][] = [[], []];
  child.stdout!.on('data', (chunk: Buffer) => out!.push(chunk));
  child.stderr!.on('data', (chunk: Buffer) => err!.push(chunk));
  const [code] = (await once(child, 'close')) as [number];
  const output = Buffer.concat(out!).toString();
  expect(code, `${program} ${args.join(' ')}\n${output}\n${Buffer.concat(err!).toString()}`).toBe(0);
  return output;
}

/** Kills the program when its n-th request of an operation arrives. That request gets no response. */
async function killAtRequest(
  at: { operation: Operation; number: number },
  program: Program,
  ...args: string[]
): Promise<void> {
  let count = 0;
  let isStalled = false;
  proxy.setRule((request) => {
    if (operationOf(request) !== at.operation || ++count < at.number) return undefined;
    isStalled = true;
    return { kind: 'stall' };
  });
  const child = start(program, ...args);
  await proxy.waitUntil(() => isStalled);
  child.kill('SIGKILL');
  await once(child, 'close');
  proxy.setRule();
}

const operationOf = ({ method, target, headers }: ProxiedRequest): Operation =>
  resolveOperation({ method, target: parseRequestTarget(target, undefined), headers });
const operations = (): Operation[] => proxy.requests.map(operationOf);
const countOf = (operation: Operation): number => operations().filter((candidate) => candidate === operation).length;

async function createFile(name: string, size: number): Promise<{ path: string; bytes: Buffer }> {
  const path = join(folder, name);
  const bytes = randomBytes(size);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, bytes);
  return { path, bytes };
}

/** Object keys with characters that URLs, XML or shells treat specially. */
const names = [
  'plain.txt',
  'sp ace & <tag>.txt',
  'plus+percent%25.txt',
  "quote'd.txt",
  'ünï-日本-🎉.txt',
  'deep/er/~x (1)!.txt',
];

async function createFiles(): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const name of names) files.set(name, (await createFile(join('src', name), 1000 + name.length)).bytes);
  files.set('empty', (await createFile('src/empty', 0)).bytes);
  files.set('big.bin', (await createFile('src/big.bin', 12 * MiB + 3)).bytes);
  return files;
}

async function expectStored(prefix: string, files: Map<string, Buffer>): Promise<void> {
  expect((await practice.keys()).sort()).toEqual([...files.keys()].map((name) => prefix + name).sort());
  for (const [name, bytes] of files) expect((await practice.bytes(prefix + name)).equals(bytes), name).toBe(true);
}

const expectNoProblems = (): void => expect(practice.problems).toEqual([]);

// ---------------------------------------------------------------- rclone

describe.skipIf(!isInstalled('rclone'))('rclone', { timeout: 60_000 }, () => {
  test('uploads small and large files, lists, compares, downloads, moves, deletes', async () => {
    const files = await createFiles();
    await run('rclone', 'copy', 'src', 'p:practice/in');
    expect(countOf('UploadPart')).toBe(3);
    await expectStored('in/', files);
    const listing = JSON.parse(await run('rclone', 'lsjson', '-R', '--files-only', '--hash', 'p:practice/in')) as {
      Path: string;
      Size: number;
      MimeType: string;
      Hashes?: { md5: string };
    }[];
    expect(new Map(listing.map(({ Path, Size }) => [Path, Size]))).toEqual(
      new Map([...files].map(([name, bytes]) => [name, bytes.length])),
    );
    for (const { Path, Hashes } of listing)
      expect(Hashes?.md5, Path).toBe(createHash('md5').update(files.get(Path)!).digest('hex'));
    await run('rclone', 'check', '--download', 'src', 'p:practice/in');
    await run('rclone', 'check', 'src', 'p:practice/in');
    await run('rclone', 'copy', 'p:practice/in', 'back');
    for (const [name, bytes] of files)
      expect((await readFile(join(folder, 'back', name))).equals(bytes), name).toBe(true);
    proxy.setRule();
    await run('rclone', 'moveto', 'p:practice/in/big.bin', 'p:practice/moved/big ü.bin');
    expect(operations()).toContain('CopyObject');
    expect((await practice.bytes('moved/big ü.bin')).equals(files.get('big.bin')!)).toBe(true);
    await run('rclone', 'delete', 'p:practice');
    expect(await practice.itemCounts()).toEqual({ objects: 0, uploads: 0 });
    expectNoProblems();
  });

  test('an interrupted copy sends only the missing files', async () => {
    for (let i = 0; i < 6; i++) await createFile(`src/${i}.bin`, 2000 + i);
    await killAtRequest(
      { operation: 'PutObject', number: 4 },
      'rclone',
      'copy',
      '--transfers',
      '1',
      'src',
      'p:practice',
    );
    expect(await practice.itemCounts()).toEqual({ objects: 3, uploads: 0 });
    await run('rclone', 'copy', '--transfers', '1', 'src', 'p:practice');
    expect(countOf('PutObject')).toBe(3);
    await run('rclone', 'check', '--download', 'src', 'p:practice');
    proxy.setRule();
    await run('rclone', 'copy', 'src', 'p:practice');
    expect(countOf('PutObject')).toBe(0);
    expectNoProblems();
  });

  test('removes the parts of an interrupted upload', async () => {
    await createFile('src/big.bin', 22 * MiB);
    await killAtRequest(
      { operation: 'UploadPart', number: 3 },
      'rclone',
      'copy',
      '--s3-upload-concurrency',
      '1',
      'src',
      'p:practice',
    );
    expect(await practice.itemCounts()).toEqual({ objects: 0, uploads: 1 });
    expect(await run('rclone', 'backend', 'list-multipart-uploads', 'p:practice')).toContain('big.bin');
    await run('rclone', 'backend', 'cleanup', '-o', 'max-age=0s', 'p:practice');
    expect(await practice.itemCounts()).toEqual({ objects: 0, uploads: 0 });
    expect((await practice.practice.usage()).bytes).toBe(0);
    expectNoProblems();
  });
});

// ---------------------------------------------------------------- aws

/** Each call of awscli takes a second of CPU time, so a test run with samples runs only one of these tests. */
const inSample = createSampler('awscli')(['files', 'multipart', 'checksums'], 1);
const awsTest = (name: string): typeof test | typeof notInSample => (inSample.includes(name) ? test : notInSample);

describe.skipIf(!isInstalled('aws'))('awscli', { timeout: 60_000 }, () => {
  awsTest('files')('uploads small and large files, lists, compares, downloads, moves, deletes', async () => {
    const files = await createFiles();
    expect(await run('aws', 's3', 'ls')).toContain('practice');
    await run('aws', 's3', 'cp', '--recursive', 'src', 's3://practice/in');
    expect(countOf('UploadPart')).toBe(3);
    await expectStored('in/', files);
    const listing = await run('aws', 's3', 'ls', '--recursive', 's3://practice/in/');
    for (const name of files.keys()) expect(listing).toContain(`in/${name}\n`);
    expect(await run('aws', 's3', 'sync', '--dryrun', '--size-only', 'src', 's3://practice/in')).toBe('');
    await run('aws', 's3', 'sync', 's3://practice/in', 'back');
    for (const [name, bytes] of files)
      expect((await readFile(join(folder, 'back', name))).equals(bytes), name).toBe(true);
    await run('aws', 's3', 'mv', 's3://practice/in/big.bin', 's3://practice/moved ü.bin');
    expect(operations()).toContain('UploadPartCopy');
    expect((await practice.bytes('moved ü.bin')).equals(files.get('big.bin')!)).toBe(true);
    await run('aws', 's3', 'rm', '--recursive', 's3://practice/');
    expect(await practice.itemCounts()).toEqual({ objects: 0, uploads: 0 });
    expectNoProblems();
  });

  awsTest('multipart')('resumes an interrupted multipart upload with the missing parts', async () => {
    const { path, bytes } = await createFile('big.bin', 17 * MiB);
    await killAtRequest({ operation: 'UploadPart', number: 3 }, 'aws', 's3', 'cp', path, 's3://practice/big.bin');
    const api = async <T>(...args: string[]): Promise<T> =>
      JSON.parse((await run('aws', 's3api', ...args)) || '{}') as T;
    const { Uploads } = await api<{ Uploads: { UploadId: string; Key: string }[] }>(
      'list-multipart-uploads',
      '--bucket',
      'practice',
    );
    expect(Uploads.map(({ Key }) => Key)).toEqual(['big.bin']);
    const upload = ['--bucket', 'practice', '--key', 'big.bin', '--upload-id', Uploads[0]!.UploadId];
    const { Parts } = await api<{ Parts: { PartNumber: number; ETag: string; Size: number }[] }>(
      'list-parts',
      ...upload,
      '--page-size',
      '1',
    );
    expect(Parts.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [1, 5 * MiB],
      [2, 5 * MiB],
    ]);
    const completedParts = Parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
    for (const partNumber of [3, 4]) {
      const part = await createFile(`part-${partNumber}`, 0);
      await writeFile(part.path, bytes.subarray((partNumber - 1) * 5 * MiB, partNumber * 5 * MiB));
      const { ETag } = await api<{ ETag: string }>(
        'upload-part',
        ...upload,
        '--part-number',
        String(partNumber),
        '--body',
        part.path,
        '--checksum-algorithm',
        'CRC32C',
      );
      completedParts.push({ PartNumber: partNumber, ETag });
    }
    await api('complete-multipart-upload', ...upload, '--multipart-upload', JSON.stringify({ Parts: completedParts }));
    expect((await practice.bytes('big.bin')).equals(bytes)).toBe(true);
    expect(await practice.itemCounts()).toEqual({ objects: 1, uploads: 0 });
    expectNoProblems();
  });

  awsTest('checksums')('verifies and returns every supported checksum', async () => {
    const { path, bytes } = await createFile('f.bin', 100_000);
    for (const algorithm of ['CRC32', 'CRC32C', 'SHA1', 'SHA256']) {
      await run(
        'aws',
        's3api',
        'put-object',
        '--bucket',
        'practice',
        '--key',
        'f.bin',
        '--body',
        path,
        '--checksum-algorithm',
        algorithm,
      );
      const head = JSON.parse(
        await run(
          'aws',
          's3api',
          'head-object',
          '--bucket',
          'practice',
          '--key',
          'f.bin',
          '--checksum-mode',
          'ENABLED',
        ),
      ) as Record<string, string>;
      expect(head[`Checksum${algorithm}`], algorithm).toMatch(/=$/);
      if (algorithm.startsWith('SHA'))
        expect(head[`Checksum${algorithm}`]).toBe(createHash(algorithm).update(bytes).digest('base64'));
    }
    expectNoProblems();
  });
});

// ---------------------------------------------------------------- s3cmd

describe.skipIf(!isInstalled('s3cmd'))('s3cmd', { timeout: 60_000 }, () => {
  test('uploads small and large files, lists, compares, downloads, moves, deletes', async () => {
    const files = await createFiles();
    await run('s3cmd', 'sync', 'src/', 's3://practice/in/');
    expect(countOf('UploadPart')).toBe(3);
    await expectStored('in/', files);
    const listing = await run('s3cmd', 'ls', '-r', 's3://practice/');
    for (const name of files.keys()) expect(listing).toContain(`s3://practice/in/${name}\n`);
    proxy.setRule();
    await run('s3cmd', 'sync', '--no-check-md5', 'src/', 's3://practice/in/');
    expect(countOf('PutObject') + countOf('CreateMultipartUpload')).toBe(0);
    await mkdir(join(folder, 'back'));
    await run('s3cmd', 'get', '--recursive', 's3://practice/in/', 'back/');
    for (const [name, bytes] of files)
      expect((await readFile(join(folder, 'back', name))).equals(bytes), name).toBe(true);
    await run('s3cmd', 'mv', 's3://practice/in/plain.txt', 's3://practice/moved ü.txt');
    expect((await practice.bytes('moved ü.txt')).equals(files.get('plain.txt')!)).toBe(true);
    expect(await run('s3cmd', 'info', 's3://practice/moved ü.txt')).toContain('File size: 1009');
    await run('s3cmd', 'del', '--recursive', '--force', 's3://practice/');
    expect(await practice.itemCounts()).toEqual({ objects: 0, uploads: 0 });
    expectNoProblems();
  });

  test('resumes an interrupted multipart upload by its upload id', async () => {
    const { path, bytes } = await createFile('big.bin', 22 * MiB);
    await killAtRequest({ operation: 'UploadPart', number: 3 }, 's3cmd', 'put', path, 's3://practice/big.bin');
    const [id = ''] = await practice.uploads();
    expect(await run('s3cmd', 'multipart', 's3://practice')).toContain(id);
    proxy.setRule();
    await run('s3cmd', 'put', '--continue-put', `--upload-id=${id}`, path, 's3://practice/big.bin');
    expect(countOf('UploadPart')).toBe(3);
    expect((await practice.bytes('big.bin')).equals(bytes)).toBe(true);
    expect(await practice.itemCounts()).toEqual({ objects: 1, uploads: 0 });
    expectNoProblems();
  });
});

// ---------------------------------------------------------------- curl

describe.skipIf(!isInstalled('curl') || !isInstalled('aws'))('curl', { timeout: 60_000 }, () => {
  test('downloads a presigned link as a whole, by range and resumed, but not without its signature', async () => {
    const { path, bytes } = await createFile('a b.bin', 300_000);
    await run('aws', 's3', 'cp', path, 's3://practice/a b.bin');
    const url = (await run('aws', 's3', 'presign', '--expires-in', '600', 's3://practice/a b.bin')).trim();
    await run('curl', '-sS', '--fail', '-o', 'whole', url);
    expect((await readFile(join(folder, 'whole'))).equals(bytes)).toBe(true);
    for (const [range, from, to] of [
      ['0-0', 0, 1],
      ['100000-199999', 100_000, 200_000],
      ['299990-', 299_990, 300_000],
      ['-7', 299_993, 300_000],
    ] as const) {
      const head = await run('curl', '-sS', '--fail', '-D', '-', '-o', 'part', '-r', range, url);
      expect(head).toMatch(/^HTTP\/1\.1 206 /);
      expect(head).toContain(`Content-Range: bytes ${from}-${to - 1}/300000`.toLowerCase());
      expect((await readFile(join(folder, 'part'))).equals(bytes.subarray(from, to)), range).toBe(true);
    }
    await writeFile(join(folder, 'half'), bytes.subarray(0, 123_456));
    await run('curl', '-sS', '--fail', '-C', '-', '-o', 'half', url);
    expect((await readFile(join(folder, 'half'))).equals(bytes)).toBe(true);
    expect(await run('curl', '-sS', '-o', '/dev/null', '-w', '%{http_code}', url.split('?')[0]!)).toBe('403');
    expect(
      await run(
        'curl',
        '-sS',
        '-o',
        '/dev/null',
        '-w',
        '%{http_code}',
        url.replace(/.$/, (c) => (c === '0' ? '1' : '0')),
      ),
    ).toBe('403');
  });

  test('can upload with its own signature, but only with a known length', async () => {
    const { path, bytes } = await createFile('c.bin', 2 * MiB);
    const { accessKeyId, secretAccessKey } = practice.address;
    const signing = [
      '--user',
      `${accessKeyId}:${secretAccessKey}`,
      '--aws-sigv4',
      'aws:amz:us-east-1:s3',
      '-H',
      'x-amz-content-sha256: UNSIGNED-PAYLOAD',
    ];
    await run('curl', '-sS', '--fail', ...signing, '-T', path, `${proxy.url}/practice/c.bin`);
    expect((await practice.bytes('c.bin')).equals(bytes)).toBe(true);
    expect(
      await run(
        'curl',
        '-sS',
        '-o',
        '/dev/null',
        '-w',
        '%{http_code}',
        ...signing,
        '-H',
        'Transfer-Encoding: chunked',
        '-T',
        path,
        `${practice.address.endpoint}/practice/d.bin`,
      ),
    ).toBe('411');
    expect(await practice.keys()).toEqual(['c.bin']);
  });
});
