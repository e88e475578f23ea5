// `npm run bench -- [--mebibytes N] [--files N] [--rounds N]`: compares Hoist's command line with other programs. Each
// uploads one large file and many small files to the same S3 server. In each round the programs run one after another,
// so that other load on the machine affects them all. The main result is the time relative to Hoist. Missing programs
// are left out with a message.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { DeleteObjectsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { ensureBuilt } from '../scripts/build.mjs';
import { runProcess } from '../scripts/child-process.mjs';
import { UserError, runMain, log } from '../scripts/run-main.mjs';
import { root, setUp } from '../scripts/set-up.mjs';
import { startRgw, stopRgw } from '../scripts/test/rgw.mjs';

const MiB = 1024 ** 2;
const smallBytes = 64 * 1024;
const GNU_TIME = '/usr/bin/time';

/** @typedef {{ endpoint: string, bucket: string, id: string, secret: string }} S3Target */
/** @typedef {{ large: string, small: string, folder: string }} BenchFiles */
/** @typedef {{ command: string, args: string[], env?: NodeJS.ProcessEnv }} ToolCommand */
/**
 * @typedef {{ name: string, program: string, large(files: BenchFiles, target: S3Target): ToolCommand, small?(files:
 * BenchFiles, target: S3Target): ToolCommand }} Competitor
 */
/** @typedef {{ seconds: number, cpu: number, rss: number }} Measurement `cpu`: s; `rss`: bytes of one process */

await runMain(async () => {
  const options = parseOptions();
  const runtime = await setUp({ for: 'test' });
  await ensureBuilt(root);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hoist-bench-'));
  const rgw = { root, folder: path.join(folder, 'rgw') };
  try {
    const server = await startRgw(rgw);
    if (server.state !== 'running') throw new UserError(`There is no S3 server to measure against: ${server.reason}`);
    const s3Variable = (/** @type {string} */ name) => server.env[`HOIST_TEST_S3_${name}`] ?? '';
    const target = {
      endpoint: s3Variable('ENDPOINT'),
      bucket: s3Variable('BUCKET'),
      id: s3Variable('KEY'),
      secret: s3Variable('SECRET'),
    };
    const files = writeFiles(folder, options);
    const installed = (await listCompetitors(runtime)).filter(isInstalled);
    for (const workload of /** @type {const} */ (['large', 'small'])) {
      const competitors = installed.filter((competitor) => competitor[workload] !== undefined);
      process.stdout.write(
        `\n${workload === 'large' ? `one file of ${options.mebibytes} MiB` : `${options.files} files of 64 KiB`}, ${options.rounds} rounds\n`,
      );
      process.stdout.write(
        formatTable(
          competitors,
          await measureInTurns(competitors, workload, { files, target, rounds: options.rounds }),
        ),
      );
    }
  } finally {
    await stopRgw(rgw);
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

/** @returns {{ mebibytes: number, files: number, rounds: number }} */
function parseOptions() {
  const options = /** @type {const} */ ({
    mebibytes: { type: 'string', default: '256' },
    files: { type: 'string', default: '300' },
    rounds: { type: 'string', default: '5' },
  });
  try {
    const { values } = parseArgs({ options });
    for (const [name, value] of Object.entries(values))
      if (!/^[1-9]\d{0,5}$/.test(value)) throw new UserError(`--${name} takes a number, not "${value}".`);
    return { mebibytes: Number(values.mebibytes), files: Number(values.files), rounds: Number(values.rounds) };
  } catch (error) {
    if (error instanceof TypeError) throw new UserError(error.message);
    throw error;
  }
}

/**
 * Writes random content, which does not compress.
 * @param {string} folder
 * @param {{ mebibytes: number, files: number }} options
 * @returns {BenchFiles}
 */
function writeFiles(folder, { mebibytes, files }) {
  const paths = { folder, large: path.join(folder, 'large.bin'), small: path.join(folder, 'small') };
  const block = Buffer.allocUnsafe(MiB);
  // Multiplying by a large odd number gives bytes without a pattern, the same in every run.
  for (let i = 0; i < MiB; i += 4) block.writeUInt32LE(Math.imul(i + 1, 2654435761) >>> 0, i);
  const handle = fs.openSync(paths.large, 'w');
  for (let i = 0; i < mebibytes; i++) {
    // Each block differs, so a program that detects equal blocks has no advantage.
    block.writeUInt32LE(i, 0);
    fs.writeSync(handle, block);
  }
  fs.closeSync(handle);
  fs.mkdirSync(paths.small);
  for (let i = 0; i < files; i++) {
    block.writeUInt32LE(i, 0);
    fs.writeFileSync(path.join(paths.small, `${i}.bin`), block.subarray(0, smallBytes));
  }
  return paths;
}

/** @param {{ exe: string }} runtime @returns {Promise<Competitor[]>} Hoist first */
async function listCompetitors({ exe }) {
  const { hostArgs } = await import('../scripts/electron-runtime.mjs');
  /** The arguments before the file names: Electron's switches, the app and the command. */
  const uploadArgs = [
    '--ozone-platform=headless',
    '--disable-gpu',
    '--disable-software-rasterizer',
    '--log-level=3',
    ...hostArgs(),
    root,
    '--command-line',
    '--',
    'upload',
  ];
  const awsEnv = (/** @type {S3Target} */ { id, secret }) => ({
    AWS_ACCESS_KEY_ID: id,
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
  const hoist = (
    /** @type {string[]} */ filePaths,
    /** @type {BenchFiles} */ { folder },
    /** @type {S3Target} */ target,
  ) => ({
    command: exe,
    args: [...uploadArgs, ...filePaths],
    env: {
      ...awsEnv(target),
      AWS_S3_BUCKET: target.bucket,
      AWS_ENDPOINT_URL: target.endpoint,
      AWS_S3_PATH_STYLE: 'true',
      XDG_CONFIG_HOME: path.join(folder, 'config'),
    },
  });
  const rclone = (/** @type {string[]} */ args, /** @type {S3Target} */ target) => ({
    command: 'rclone',
    args: ['--config', '/dev/null', ...args],
    env: {
      RCLONE_CONFIG_S_TYPE: 's3',
      RCLONE_CONFIG_S_PROVIDER: 'Ceph',
      RCLONE_CONFIG_S_ENDPOINT: target.endpoint,
      RCLONE_CONFIG_S_ACCESS_KEY_ID: target.id,
      RCLONE_CONFIG_S_SECRET_ACCESS_KEY: target.secret,
    },
  });
  const aws = (/** @type {string[]} */ args, /** @type {S3Target} */ target) => ({
    command: '/usr/bin/aws',
    args: ['--endpoint-url', target.endpoint, '--no-progress', 's3', 'cp', ...args],
    env: { ...awsEnv(target), AWS_CONFIG_FILE: '/dev/null' },
  });
  return [
    {
      name: 'hoist',
      program: exe,
      large: (files, target) => hoist([files.large], files, target),
      small: (files, target) =>
        hoist(
          fs.readdirSync(files.small).map((name) => path.join(files.small, name)),
          files,
          target,
        ),
    },
    {
      name: 'curl -T',
      program: '/usr/bin/curl',
      large: ({ large }, target) => ({
        command: 'curl',
        args: [
          '-sSf',
          '--aws-sigv4',
          'aws:amz:us-east-1:s3',
          '-u',
          `${target.id}:${target.secret}`,
          '-H',
          'x-amz-content-sha256: UNSIGNED-PAYLOAD',
          '-T',
          large,
          `${target.endpoint}/${target.bucket}/curl.bin`,
        ],
      }),
    },
    {
      name: 'rclone',
      program: '/usr/bin/rclone',
      large: ({ large }, target) => rclone(['copyto', large, `s:${target.bucket}/rclone.bin`], target),
      small: ({ small }, target) => rclone(['copy', small, `s:${target.bucket}/rclone`], target),
    },
    {
      name: 'aws s3 cp',
      program: '/usr/bin/aws',
      large: ({ large }, target) => aws([large, `s3://${target.bucket}/aws.bin`], target),
      small: ({ small }, target) => aws(['--recursive', small, `s3://${target.bucket}/aws`], target),
    },
  ];
}

/** @param {Competitor} competitor */
function isInstalled({ name, program }) {
  if (!fs.existsSync(GNU_TIME)) throw new UserError(`${GNU_TIME} is needed to measure with (apt-get install time).`);
  if (fs.existsSync(program)) return true;
  log(`${name} is left out, because ${program} is not installed`);
  return false;
}

/**
 * @param {Competitor[]} competitors
 * @param {'large' | 'small'} workload
 * @param {{ files: BenchFiles, target: S3Target, rounds: number }} options
 * @returns {Promise<Map<string, Measurement[]>>}
 */
async function measureInTurns(competitors, workload, { files, target, rounds }) {
  /** @type {Map<string, Measurement[]>} */
  const measurements = new Map(competitors.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // Each round starts with another program.
    for (let i = 0; i < competitors.length; i++) {
      const competitor = /** @type {Competitor} */ (competitors[(i + round) % competitors.length]);
      const command = /** @type {NonNullable<Competitor['small']>} */ (competitor[workload])(files, target);
      measurements.get(competitor.name)?.push(await measure(competitor.name, command, files.folder));
      await emptyBucket(target);
    }
  }
  return measurements;
}

/** @param {string} name @param {ToolCommand} toolCommand @param {string} folder @returns {Promise<Measurement>} */
async function measure(name, { command, args, env }, folder) {
  const report = path.join(folder, 'time.txt');
  // S3 settings of the shell must not affect the measurement.
  const inheritedEnv = Object.fromEntries(
    Object.entries(process.env).filter(
      ([variable]) => variable !== 'DISPLAY' && !/^(AWS|RCLONE|HOIST)_/.test(variable),
    ),
  );
  const { code, out } = await runProcess(GNU_TIME, ['-o', report, '-f', '%e %U %S %M', command, ...args], {
    env: { ...inheritedEnv, ...env },
    output: 'capture',
  });
  if (code !== 0) throw new Error(`${name} ended with ${code}:\n${out.slice(-2000)}`);
  const [seconds = 0, user = 0, system = 0, kilobytes = 0] = fs
    .readFileSync(report, 'utf8')
    .trim()
    .split(' ')
    .map(Number);
  return { seconds, cpu: user + system, rss: kilobytes * 1024 };
}

/** @param {S3Target} target */
async function emptyBucket({ endpoint, bucket, id, secret }) {
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: id, secretAccessKey: secret },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  for (;;) {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
    if (Contents.length === 0) return client.destroy();
    await client.send(
      new DeleteObjectsCommand({
        Bucket: bucket,
        Delete: { Objects: Contents.map(({ Key }) => ({ Key: Key ?? '' })), Quiet: true },
      }),
    );
  }
}

/** @param {Competitor[]} competitors @param {Map<string, Measurement[]>} measurements */
function formatTable(competitors, measurements) {
  const rows = competitors.map(({ name }) => {
    // The time varies between rounds, so the table has its median and range. The memory is the maximum.
    const runs = measurements.get(name) ?? [];
    const seconds = runs.map((run) => run.seconds);
    return {
      name,
      seconds: median(seconds),
      min: Math.min(...seconds),
      max: Math.max(...seconds),
      cpu: median(runs.map((run) => run.cpu)),
      rss: Math.max(...runs.map((run) => run.rss)),
    };
  });
  const hoistSeconds = rows[0]?.seconds ?? 1;
  const lines = rows.map((row) => [
    row.name,
    row.seconds.toFixed(2),
    `${row.min.toFixed(2)}..${row.max.toFixed(2)}`,
    `${(row.seconds / hoistSeconds).toFixed(2)}x`,
    row.cpu.toFixed(2),
    `${(row.rss / MiB).toFixed(0)} MiB`,
  ]);
  const table = [['', 'median s', 'from..to', 'of Hoist’s', 'CPU s', 'memory'], ...lines];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0))) ?? [];
  // The first column has names and is aligned to the left; the others have numbers.
  const pad = (/** @type {string} */ cell, /** @type {number} */ column) =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return table.map((line) => `${line.map(pad).join('  ')}\n`).join('');
}

/** @param {number[]} numbers */
function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
