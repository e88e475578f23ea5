/** Network and server faults during a transfer, with the real app and a real server. */
import { execFile, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DeleteBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { FaultProxy } from '../src-main/providers/testing/fault-proxy.ts';
import { caseCount } from '../src-main/testing/sample.ts';
import {
  bucketEnv,
  downloadLink,
  createTestBucket,
  hasS3Server,
  accessKey,
  listObjectKeys,
  listUploadIds,
} from './bucket.ts';
import { HoistProcess, hoistCommand, runHoist, runShellLine } from './hoist-cli.ts';
import { expect, temporaryFolder, test } from './app-fixture.ts';
import { makeCorpus } from './crash-recovery.ts';
import { requestKind } from './servers/s3-fault-plan.ts';

const MiB = 1024 ** 2;
const execFileAsync = promisify(execFile);
/** How long the server is down, in ms: longer than several retries take. */
const outageMs = Number(process.env.HOIST_OUTAGE_S ?? caseCount({ full: 20, sample: 5 })) * 1000;

function makeLargeFile(mebibytes: number): { folder: string; name: string; sha256: string } {
  const {
    folder,
    files: [file],
  } = makeCorpus([mebibytes * MiB]);
  return { folder, name: file!.name, sha256: file!.sha256 };
}

const runningProcesses: HoistProcess[] = [];
test.afterEach(async () => {
  for (const { child, ended } of runningProcesses.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
});
function track(command: HoistProcess): HoistProcess {
  runningProcesses.push(command);
  return command;
}

test(
  'a server that goes down and comes back: the upload waits and resumes automatically',
  { tag: '@slow-2' },
  async () => {
    test.skip(!hasS3Server, 'no S3 server');
    test.setTimeout(outageMs + 120_000);
    const folder = temporaryFolder('gateway');
    const script = path.resolve('e2e/servers/rgw.sh');
    const serverEnv = { ...process.env, RGW_DIR: folder, RGW_PORT: '0' };
    await execFileAsync(script, ['start'], { env: serverEnv });
    try {
      const exported = (await execFileAsync(script, ['env'], { env: serverEnv })).stdout;
      const value = (name: string): string =>
        new RegExp(`${name}=(\\S+)`).exec(exported)?.[1]?.replace(/^'|'$/g, '') ?? '';
      const endpoint = value('HOIST_TEST_S3_ENDPOINT');
      const proxy = await FaultProxy.start(endpoint);
      proxy.bytesPerSecond = 50 * MiB;
      const file = makeLargeFile(300);
      const home = temporaryFolder('home');
      const env = {
        ...bucketEnv(),
        AWS_ENDPOINT_URL: endpoint,
        AWS_S3_BUCKET: value('HOIST_TEST_S3_BUCKET'),
        AWS_ACCESS_KEY_ID: value('HOIST_TEST_S3_KEY'),
        AWS_SECRET_ACCESS_KEY: value('HOIST_TEST_S3_SECRET'),
      };
      try {
        const upload = track(
          new HoistProcess(['upload', file.name], {
            home,
            cwd: file.folder,
            env: { ...env, AWS_ENDPOINT_URL: proxy.url },
          }),
        );
        await expect.poll(() => proxy.uploaded, { timeout: 30_000 }).toBeGreaterThan(100 * MiB);
        const gateway = Number(fs.readFileSync(path.join(folder, 'client.pid'), 'utf8'));
        process.kill(gateway, 'SIGKILL');
        await pause(outageMs);
        await execFileAsync(script, ['start'], { env: { ...serverEnv, RGW_PORT: new URL(endpoint).port } });
        proxy.bytesPerSecond = Infinity;
        const ended = await upload.ended;
        expect(ended, ended.stderr).toMatchObject({ code: 0 });
        expect((await downloadLink(ended.stdout.trim())).sha256).toBe(file.sha256);
        // Stored parts are not sent again. Up to four parts of 16 MiB were in flight; the factor 2 allows for a retry.
        expect(proxy.uploaded).toBeLessThan((300 + 2 * 4 * 16 + 10) * MiB);
      } finally {
        await proxy.stop();
      }
    } finally {
      await execFileAsync(script, ['stop'], { env: serverEnv });
    }
  },
);

test('a bucket deleted during an upload: the command reports it and stops', async () => {
  test.skip(!hasS3Server, 'no S3 server');
  const bucket = await createTestBucket();
  const proxy = await FaultProxy.start(process.env.HOIST_TEST_S3_ENDPOINT!);
  proxy.bytesPerSecond = 30 * MiB;
  const file = makeLargeFile(150);
  const home = temporaryFolder('home');
  const env = { ...bucketEnv(), AWS_S3_BUCKET: bucket, AWS_ENDPOINT_URL: proxy.url };
  try {
    const upload = track(new HoistProcess(['upload', '--json', file.name], { home, cwd: file.folder, env }));
    await expect.poll(() => proxy.uploaded, { timeout: 30_000 }).toBeGreaterThan(40 * MiB);
    const client = new S3Client({
      endpoint: process.env.HOIST_TEST_S3_ENDPOINT!,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: accessKey.id, secretAccessKey: accessKey.secret },
    });
    await client.send(new DeleteBucketCommand({ Bucket: bucket }));
    proxy.bytesPerSecond = Infinity;
    const ended = await upload.ended;
    expect(ended.code).toBe(1);
    expect(JSON.parse(ended.stdout)).toMatchObject({ status: 'failed', error: { code: 'no-bucket' } });
    expect(proxy.uploaded).toBeLessThan(150 * MiB);
  } finally {
    await proxy.stop();
  }
});

test('two installations on one bucket never touch each other’s uploads', { tag: '@slow-2' }, async () => {
  test.skip(!hasS3Server, 'no S3 server');
  test.setTimeout(120_000);
  const bucket = await createTestBucket();
  const proxy = await FaultProxy.start(process.env.HOIST_TEST_S3_ENDPOINT!);
  proxy.bytesPerSecond = 60 * MiB;
  const file = makeLargeFile(120);
  const [mine, other] = [temporaryFolder('home'), temporaryFolder('home')];
  const env = { ...bucketEnv(), AWS_S3_BUCKET: bucket, AWS_ENDPOINT_URL: proxy.url };
  const uploadAndKill = async (home: string): Promise<void> => {
    const storedParts = (): number =>
      proxy.requests.filter((seen) => requestKind(seen) === 'part' && seen.wasAnswered).length;
    const before = storedParts();
    const upload = track(new HoistProcess(['upload', file.name], { home, cwd: file.folder, env }));
    await proxy.waitUntil(() => storedParts() > before);
    for (const pid of upload.appPids()) process.kill(Number(pid), 'SIGKILL');
    await upload.ended;
  };
  try {
    await uploadAndKill(mine);
    await uploadAndKill(other);
    expect(await listUploadIds(bucket)).toHaveLength(2);
    proxy.bytesPerSecond = Infinity;
    const otherRun = await runHoist(['resume'], { home: other, env });
    expect(otherRun, otherRun.stderr).toMatchObject({ code: 0 });
    expect(await listUploadIds(bucket)).toHaveLength(1);
    const before = proxy.uploaded;
    const ownRun = await runHoist(['resume'], { home: mine, env });
    expect(ownRun, ownRun.stderr).toMatchObject({ code: 0 });
    // The other installation did not delete our stored parts, so less than the whole file (120 MiB) is sent.
    expect(proxy.uploaded - before).toBeLessThan(110 * MiB);
    for (const { stdout } of [otherRun, ownRun]) expect((await downloadLink(stdout.trim())).sha256).toBe(file.sha256);
    expect([await listUploadIds(bucket), (await listObjectKeys(bucket)).length]).toEqual([[], 2]);
  } finally {
    await proxy.stop();
  }
});

/** 20 Mbit/s */
const linkBytesPerSecond = 20_000_000 / 8;

test('20 Mbit/s to Practice, limited by the kernel: the progress is updated steadily', { tag: '@slow-1' }, async () => {
  test.setTimeout(120_000);
  test.skip(
    process.getuid?.() !== 0 || spawnSync('unshare', ['-n', 'tc', 'qdisc'], { stdio: 'ignore' }).status !== 0,
    'a slow link needs root, unshare and tc',
  );
  // The command runs Practice itself, in a network namespace whose loopback interface is limited to 20 Mbit/s.
  const linkSetup = 'ip link set lo mtu 1500 up && tc qdisc add dev lo root tbf rate 20mbit burst 64kb latency 200ms';
  await expectSteadyProgress((command) => `unshare -n bash -c ${JSON.stringify(`${linkSetup} && ${command}`)}`);
});

test('20 Mbit/s to the gateway: the progress is updated steadily', { tag: '@slow-3' }, async () => {
  test.setTimeout(120_000);
  test.skip(!hasS3Server, 'no S3 server');
  const proxy = await FaultProxy.start(bucketEnv().AWS_ENDPOINT_URL!);
  proxy.bytesPerSecond = linkBytesPerSecond;
  try {
    await expectSteadyProgress((command) => command, {
      ...bucketEnv(),
      AWS_S3_BUCKET: await createTestBucket(),
      AWS_ENDPOINT_URL: proxy.url,
    });
  } finally {
    await proxy.stop();
  }
});

/** Uploads a file at a terminal and expects frequent updates. @param wrapCommand adds the slow link to the command */
async function expectSteadyProgress(
  wrapCommand: (command: string) => string,
  env: Record<string, string> = {},
): Promise<void> {
  const file = makeLargeFile(24);
  const home = temporaryFolder('home');
  const terminal = path.join(home, 'terminal');
  const command = `script -qe --log-timing ${home}/timing --log-out ${terminal} -c ${JSON.stringify(`${hoistCommand} upload '${path.join(file.folder, file.name)}' > ${home}/links`)}`;
  const ended = await runShellLine(`${wrapCommand(command)} < /dev/null > /dev/null`, { home, env });
  expect(ended.code, ended.stderr).toBe(0);
  expect(fs.readFileSync(path.join(home, 'links'), 'utf8')).toMatch(/^http\S+\n$/);
  const steps = parseProgress(fs.readFileSync(path.join(home, 'timing'), 'utf8'), fs.readFileSync(terminal, 'utf8'));
  expect(steps.length).toBeGreaterThan(8);
  expect(steps.at(-1)!.at - steps[0]!.at).toBeGreaterThan(5);
  const gaps = steps.slice(1).map(({ at }, i) => at - steps[i]!.at);
  console.log(`longest gap ${Math.max(...gaps).toFixed(2)} s in ${steps.length} progress updates`);
  expect(Math.max(...gaps)).toBeLessThan(3);
}

/**
 * The times in seconds at which the terminal showed a new amount. Each line of `timing`, which script(1) writes, has the
 * seconds since the previous output and the number of bytes of this one.
 */
function parseProgress(timing: string, output: string): { at: number; sent: string }[] {
  const steps: { at: number; sent: string }[] = [];
  let at = 0;
  let offset = output.indexOf('\n') + 1;
  const bytes = Buffer.from(output);
  for (const line of timing.split('\n').filter(Boolean)) {
    const [delay = '0', length = '0'] = line.split(' ').filter((word) => /^[\d.]+$/.test(word));
    at += Number(delay);
    const text = bytes.subarray(offset, offset + Number(length)).toString();
    offset += Number(length);
    const sent = [...text.matchAll(/([\d.]+ [kM]?B|[\d.]+ bytes) of/g)].at(-1)?.[1];
    if (sent !== undefined && sent !== steps.at(-1)?.sent) steps.push({ at, sent });
  }
  return steps;
}
