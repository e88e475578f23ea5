// `npm run bench -- [--mebibytes N] [--files N] [--rounds N]`: one large file and many small ones to the same S3 server by Hoist's
// command line and by other programs, one after the other in each round, so that what else the machine does meets them all.
// What counts is the ratio to Hoist; the rest says how it came about. Other programs that are not here are left out, and said.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { DeleteObjectsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { ensureBuilt } from '../scripts/build.mjs';
import { run } from '../scripts/run.mjs';
import { Advice, runMain, say } from '../scripts/say.mjs';
import { root, setUp } from '../scripts/set-up.mjs';
import { startRgw, stopRgw } from '../scripts/test/rgw.mjs';

const MiB = 1024 ** 2;
const smallBytes = 64 * 1024;
const GNU_TIME = '/usr/bin/time';

/** @typedef {{ endpoint: string, bucket: string, id: string, secret: string }} Where */
/** @typedef {{ large: string, small: string, folder: string }} Files */
/** @typedef {{ command: string, args: string[], env?: NodeJS.ProcessEnv }} Call */
/** @typedef {{ name: string, program: string, large(files: Files, at: Where): Call, small?(files: Files, at: Where): Call }} Contender */
/** @typedef {{ seconds: number, cpu: number, rss: number }} Took s, s, bytes of its largest process */

await runMain(async () => {
  const asked = read();
  const runtime = await setUp({ for: 'test' });
  await ensureBuilt(root);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hoist-bench-'));
  const rgw = { root, folder: path.join(folder, 'rgw') };
  try {
    const server = await startRgw(rgw);
    if (server.state !== 'running') throw new Advice(`There is no S3 server to measure against: ${server.reason}`);
    const of = (/** @type {string} */ name) => server.env[`HOIST_TEST_S3_${name}`] ?? '';
    const at = { endpoint: of('ENDPOINT'), bucket: of('BUCKET'), id: of('KEY'), secret: of('SECRET') };
    const files = write(folder, asked);
    const here = (await contenders(runtime)).filter(isHere);
    for (const what of /** @type {const} */ (['large', 'small'])) {
      const those = here.filter((one) => one[what] !== undefined);
      process.stdout.write(
        `\n${what === 'large' ? `one file of ${asked.mebibytes} MiB` : `${asked.files} files of 64 KiB`}, ${asked.rounds} rounds\n`,
      );
      process.stdout.write(table(those, await race(those, what, { files, at, rounds: asked.rounds })));
    }
  } finally {
    await stopRgw(rgw);
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

/** @returns {{ mebibytes: number, files: number, rounds: number }} */
function read() {
  const options = /** @type {const} */ ({
    mebibytes: { type: 'string', default: '256' },
    files: { type: 'string', default: '300' },
    rounds: { type: 'string', default: '5' },
  });
  try {
    const { values } = parseArgs({ options });
    for (const [name, value] of Object.entries(values))
      if (!/^[1-9]\d{0,5}$/.test(value)) throw new Advice(`--${name} takes a number, not "${value}".`);
    return { mebibytes: Number(values.mebibytes), files: Number(values.files), rounds: Number(values.rounds) };
  } catch (error) {
    if (error instanceof TypeError) throw new Advice(error.message);
    throw error;
  }
}

/** Nothing in them compresses or repeats. @param {string} folder @param {{ mebibytes: number, files: number }} asked @returns {Files} */
function write(folder, { mebibytes, files }) {
  const made = { folder, large: path.join(folder, 'large.bin'), small: path.join(folder, 'small') };
  const block = Buffer.allocUnsafe(MiB);
  for (let i = 0; i < MiB; i += 4) block.writeUInt32LE(Math.imul(i + 1, 2654435761) >>> 0, i);
  const handle = fs.openSync(made.large, 'w');
  for (let i = 0; i < mebibytes; i++) {
    block.writeUInt32LE(i, 0);
    fs.writeSync(handle, block);
  }
  fs.closeSync(handle);
  fs.mkdirSync(made.small);
  for (let i = 0; i < files; i++) {
    block.writeUInt32LE(i, 0);
    fs.writeFileSync(path.join(made.small, `${i}.bin`), block.subarray(0, smallBytes));
  }
  return made;
}

/** @param {{ exe: string }} runtime @returns {Promise<Contender[]>} Hoist first */
async function contenders({ exe }) {
  const { hostArgs } = await import('../scripts/electron-runtime.mjs');
  const headless = [
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
  const keys = (/** @type {Where} */ { id, secret }) => ({
    AWS_ACCESS_KEY_ID: id,
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
  const hoist = (/** @type {string[]} */ given, /** @type {Files} */ { folder }, /** @type {Where} */ at) => ({
    command: exe,
    args: [...headless, ...given],
    env: {
      ...keys(at),
      AWS_S3_BUCKET: at.bucket,
      AWS_ENDPOINT_URL: at.endpoint,
      AWS_S3_PATH_STYLE: 'true',
      XDG_CONFIG_HOME: path.join(folder, 'config'),
    },
  });
  const rclone = (/** @type {string[]} */ args, /** @type {Where} */ at) => ({
    command: 'rclone',
    args: ['--config', '/dev/null', ...args],
    env: {
      RCLONE_CONFIG_S_TYPE: 's3',
      RCLONE_CONFIG_S_PROVIDER: 'Ceph',
      RCLONE_CONFIG_S_ENDPOINT: at.endpoint,
      RCLONE_CONFIG_S_ACCESS_KEY_ID: at.id,
      RCLONE_CONFIG_S_SECRET_ACCESS_KEY: at.secret,
    },
  });
  const aws = (/** @type {string[]} */ args, /** @type {Where} */ at) => ({
    command: '/usr/bin/aws',
    args: ['--endpoint-url', at.endpoint, '--no-progress', 's3', 'cp', ...args],
    env: { ...keys(at), AWS_CONFIG_FILE: '/dev/null' },
  });
  return [
    {
      name: 'hoist',
      program: exe,
      large: (files, at) => hoist([files.large], files, at),
      small: (files, at) =>
        hoist(
          fs.readdirSync(files.small).map((name) => path.join(files.small, name)),
          files,
          at,
        ),
    },
    {
      name: 'curl -T',
      program: '/usr/bin/curl',
      large: ({ large }, at) => ({
        command: 'curl',
        args: [
          '-sSf',
          '--aws-sigv4',
          'aws:amz:us-east-1:s3',
          '-u',
          `${at.id}:${at.secret}`,
          '-H',
          'x-amz-content-sha256: UNSIGNED-PAYLOAD',
          '-T',
          large,
          `${at.endpoint}/${at.bucket}/curl.bin`,
        ],
      }),
    },
    {
      name: 'rclone',
      program: '/usr/bin/rclone',
      large: ({ large }, at) => rclone(['copyto', large, `s:${at.bucket}/rclone.bin`], at),
      small: ({ small }, at) => rclone(['copy', small, `s:${at.bucket}/rclone`], at),
    },
    {
      name: 'aws s3 cp',
      program: '/usr/bin/aws',
      large: ({ large }, at) => aws([large, `s3://${at.bucket}/aws.bin`], at),
      small: ({ small }, at) => aws(['--recursive', small, `s3://${at.bucket}/aws`], at),
    },
  ];
}

/** @param {Contender} one */
function isHere({ name, program }) {
  if (!fs.existsSync(GNU_TIME)) throw new Advice(`${GNU_TIME} is needed to measure with (apt-get install time).`);
  if (fs.existsSync(program)) return true;
  say(`${name} is left out, because ${program} is not here`);
  return false;
}

/** @param {Contender[]} those @param {'large' | 'small'} what @param {{ files: Files, at: Where, rounds: number }} how @returns {Promise<Map<string, Took[]>>} */
async function race(those, what, { files, at, rounds }) {
  /** @type {Map<string, Took[]>} */
  const took = new Map(those.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // Who comes first is another one each time.
    for (let i = 0; i < those.length; i++) {
      const one = /** @type {Contender} */ (those[(i + round) % those.length]);
      const call = /** @type {NonNullable<Contender['small']>} */ (one[what])(files, at);
      took.get(one.name)?.push(await timed(one.name, call, files.folder));
      await empty(at);
    }
  }
  return took;
}

/** @param {string} name @param {Call} call @param {string} folder @returns {Promise<Took>} */
async function timed(name, { command, args, env }, folder) {
  const report = path.join(folder, 'time.txt');
  // What a shell says about S3 is not what is measured.
  const own = Object.fromEntries(
    Object.entries(process.env).filter(
      ([variable]) => variable !== 'DISPLAY' && !/^(AWS|RCLONE|HOIST)_/.test(variable),
    ),
  );
  const { code, out } = await run(GNU_TIME, ['-o', report, '-f', '%e %U %S %M', command, ...args], {
    env: { ...own, ...env },
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

/** @param {Where} at */
async function empty({ endpoint, bucket, id, secret }) {
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

/** @param {Contender[]} those @param {Map<string, Took[]>} took */
function table(those, took) {
  const rows = those.map(({ name }) => {
    const all = took.get(name) ?? [];
    const seconds = all.map((one) => one.seconds);
    return {
      name,
      seconds: median(seconds),
      least: Math.min(...seconds),
      most: Math.max(...seconds),
      cpu: median(all.map((one) => one.cpu)),
      rss: Math.max(...all.map((one) => one.rss)),
    };
  });
  const own = rows[0]?.seconds ?? 1;
  const lines = rows.map((row) => [
    row.name,
    row.seconds.toFixed(2),
    `${row.least.toFixed(2)}..${row.most.toFixed(2)}`,
    `${(row.seconds / own).toFixed(2)}x`,
    row.cpu.toFixed(2),
    `${(row.rss / MiB).toFixed(0)} MiB`,
  ]);
  const all = [['', 'median s', 'from..to', 'of Hoist’s', 'CPU s', 'memory'], ...lines];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? [];
  return all
    .map(
      (line) =>
        `${line.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')}\n`,
    )
    .join('');
}

/** @param {number[]} numbers */
function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
