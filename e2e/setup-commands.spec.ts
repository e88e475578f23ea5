/** Setup commands at a terminal and in scripts, with the key store and a real server. */
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { stopTimeoutMs } from '../src-main/engine/engine.ts';
import { downloadLink, createTestBucket, hasS3Server, accessKey, endpoint, listObjectKeys, sha256 } from './bucket.ts';
import { HoistProcess, hoistCommand, userDataFolder, runHoist } from './hoist-cli.ts';
import { expect, temporaryFolder, test } from './app-fixture.ts';
import { shellEnv } from './shell-command.ts';

const outputLines = (out: string): string[] => out.split('\n').slice(0, -1);
const parseJsonLines = (out: string): Record<string, unknown>[] =>
  outputLines(out).map((line) => JSON.parse(line) as Record<string, unknown>);

/** The content of all files in the folder of the records. */
function readStoredFiles(home: string): string {
  const files = fs
    .readdirSync(userDataFolder(home), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile());
  return files.map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), 'latin1')).join('\n');
}

test('a script adds and tests a destination, and the next command uploads there', async () => {
  test.skip(!hasS3Server, 'no S3 server');
  const home = temporaryFolder('home');
  const bucket = await createTestBucket();
  const added = await runHoist(
    [
      'setup',
      'add',
      's3',
      '--endpoint',
      endpoint,
      '--bucket',
      bucket,
      '--access-key-id',
      accessKey.id,
      '--path-style',
      '--secrets-from',
      '-',
    ],
    { home, input: `secretAccessKey=${accessKey.secret}\n` },
  );
  expect(added, added.stderr).toMatchObject({ code: 0, stdout: `${bucket}\n` });
  expect(added.stderr).toContain('Passed: Settings are complete\nPassed: Signs in\nPassed: Stores files\n');
  expect(await listObjectKeys(bucket)).toEqual([]);
  expect(parseJsonLines((await runHoist(['setup', '--json'], { home })).stdout)).toEqual([
    expect.objectContaining({ name: bucket, default: true, state: 'ready', kept: 'saved' }),
  ]);
  const file = path.join(home, 'a.txt');
  fs.writeFileSync(file, 'hello');
  const uploaded = await runHoist(['upload', file], { home });
  expect(uploaded, uploaded.stderr).toMatchObject({ code: 0, stderr: '' });
  expect(await downloadLink(uploaded.stdout.trim())).toMatchObject({ status: 200, sha256: await sha256(file) });
  expect(added.stdout + added.stderr + uploaded.stdout + readStoredFiles(home)).not.toContain(accessKey.secret);
});

test('at a terminal it asks for missing values and never shows the secret', async () => {
  test.skip(!hasS3Server, 'no S3 server');
  const home = temporaryFolder('home');
  const bucket = await createTestBucket();
  const transcriptFile = path.join(home, 'typescript');
  const child = spawn(
    'script',
    [
      '-qefc',
      `stty cols 120; ${hoistCommand} setup add s3 --endpoint ${endpoint} --region us-east-1 --path-style --name Typed`,
      transcriptFile,
    ],
    { env: shellEnv(path.join(home, 'config')), cwd: home, stdio: ['pipe', 'ignore', 'ignore'] },
  );
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  const transcript = (): string => (fs.existsSync(transcriptFile) ? fs.readFileSync(transcriptFile, 'utf8') : '');
  for (const [question, answer] of [
    ['Access key:', accessKey.id],
    ['Secret key:', accessKey.secret],
    ['Bucket:', bucket],
  ] as const) {
    await expect.poll(transcript, { timeout: 30_000 }).toContain(question);
    child.stdin.write(`${answer}\r`);
  }
  expect(await ended, transcript()).toBe(0);
  expect(transcript()).toContain(accessKey.id);
  expect(transcript()).toContain('Saved: Typed');
  expect(transcript()).not.toContain(accessKey.secret);
  expect(transcript()).not.toContain(accessKey.secret.slice(-8));
});

test('Ctrl+C at a question ends the command with exit code 130, and nothing is saved', async () => {
  const home = temporaryFolder('home');
  const transcriptFile = path.join(home, 'typescript');
  const child = spawn(
    'script',
    ['-qefc', `${hoistCommand} setup add s3 --bucket bucket --access-key-id AKIA`, transcriptFile],
    {
      env: shellEnv(path.join(home, 'config')),
      cwd: home,
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  );
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  await expect
    .poll(() => (fs.existsSync(transcriptFile) ? fs.readFileSync(transcriptFile, 'utf8') : ''), { timeout: 30_000 })
    .toContain('Secret key:');
  child.stdin.write('half\u0003'); // a part of the secret key, then Ctrl+C
  expect(await ended).toBe(130);
  expect(parseJsonLines((await runHoist(['setup', '--json'], { home })).stdout)).toEqual([
    expect.objectContaining({ name: 'Practice' }),
  ]);
});

test('no process has the secret in its arguments or environment, and a signal ends the command at once', async () => {
  const canary = `CANARY${Math.random().toString(36).slice(2)}`;
  const home = temporaryFolder('home');
  let connections = 0;
  const silentServer = net.createServer(() => {
    connections++;
  });
  await new Promise<void>((resolve) => {
    silentServer.listen(0, '127.0.0.1', resolve);
  });
  fs.writeFileSync(path.join(home, 'keys.env'), `secretAccessKey=${canary}\n`);
  const { port } = silentServer.address() as net.AddressInfo;
  const command = new HoistProcess(
    [
      'setup',
      'add',
      's3',
      '--endpoint',
      `http://127.0.0.1:${port}`,
      '--bucket',
      'bucket',
      '--access-key-id',
      'AKIA',
      '--secrets-from',
      'keys.env',
    ],
    { home },
  );
  try {
    await expect.poll(() => connections, { timeout: 30_000 }).toBeGreaterThan(0);
    const seen = fs
      .readdirSync('/proc')
      .filter((pid) => /^\d+$/.test(pid))
      .flatMap((pid) => ['cmdline', 'environ'].map((file) => readIfExists(`/proc/${pid}/${file}`)));
    expect(seen.filter((text) => text.includes(canary))).toEqual([]);
    const startedAt = Date.now();
    command.child.kill('SIGINT');
    expect(await command.ended).toMatchObject({ code: 130, stdout: '' });
    expect(Date.now() - startedAt).toBeLessThan(10 * stopTimeoutMs);
    expect(readStoredFiles(home)).not.toContain(canary);
  } finally {
    silentServer.close();
    command.child.kill('SIGKILL');
  }
});

function readIfExists(file: string): string {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch (cause) {
    // the process has just ended, or belongs to another user
    if (['ENOENT', 'ESRCH', 'EACCES'].includes((cause as NodeJS.ErrnoException).code ?? '')) return '';
    throw cause;
  }
}

test('imports an rclone configuration, and uploads a file with it', async () => {
  test.skip(!hasS3Server || !fs.existsSync('/usr/bin/rclone'), 'no S3 server, or no rclone');
  const home = temporaryFolder('home');
  const bucket = await createTestBucket();
  const env = { PATH: '/usr/bin:/bin', HOME: home, RCLONE_CONFIG: path.join(home, 'rclone.conf') };
  const rclone = (...args: string[]): string =>
    execFileSync('/usr/bin/rclone', args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  rclone(
    'config',
    'create',
    'ceph',
    's3',
    'provider',
    'Ceph',
    'access_key_id',
    accessKey.id,
    'secret_access_key',
    accessKey.secret,
    'endpoint',
    endpoint,
    '--non-interactive',
  );
  rclone('config', 'create', 'shared', 'alias', 'remote', `ceph:${bucket}/from hoist`, '--non-interactive');
  fs.writeFileSync(path.join(home, 'a.txt'), 'hello');
  rclone('copyto', path.join(home, 'a.txt'), 'shared:by rclone.txt');
  expect(await listObjectKeys(bucket)).toEqual(['from hoist/by rclone.txt']);

  const imported = await runHoist(['setup', 'import', 'rclone.conf'], { home });
  expect(imported, imported.stderr).toMatchObject({
    code: 0,
    stdout: 'incomplete\tceph\trclone\nadded\tshared\trclone\n',
  });
  expect(imported.stdout + imported.stderr + readStoredFiles(home)).not.toContain(accessKey.secret);
  const uploaded = await runHoist(['upload', 'a.txt', '--to', 'shared'], { home });
  expect(uploaded, uploaded.stderr).toMatchObject({ code: 0 });
  expect(await downloadLink(uploaded.stdout.trim())).toMatchObject({ status: 200 });
  expect(rclone('lsf', '-R', '--files-only', 'shared:')).toMatch(/^\S+\/a\.txt$/m);
});

test('imports and tests an s3cmd configuration', async () => {
  test.skip(!hasS3Server || !fs.existsSync('/usr/bin/s3cmd'), 'no S3 server, or no s3cmd');
  const home = temporaryFolder('home');
  const bucket = await createTestBucket();
  const { host } = new URL(endpoint);
  fs.writeFileSync(
    path.join(home, 's3cfg'),
    `[default]\naccess_key = ${accessKey.id}\nsecret_key = ${accessKey.secret}\nhost_base = ${host}\nhost_bucket = ${host}\nuse_https = False\nbucket_location = US\nsignature_v2 = False\n`,
  );
  fs.writeFileSync(path.join(home, 'a.txt'), 'hello');
  execFileSync(
    '/usr/bin/s3cmd',
    ['-c', path.join(home, 's3cfg'), 'put', path.join(home, 'a.txt'), `s3://${bucket}/by s3cmd.txt`],
    { env: { PATH: '/usr/bin:/bin', HOME: home }, stdio: 'ignore' },
  );
  expect(await runHoist(['setup', 'import', 's3cfg'], { home })).toMatchObject({
    code: 0,
    stdout: 'incomplete\ts3cmd\ts3cmd\n',
  });
  const edited = await runHoist(['setup', 'edit', 's3cmd', '--set', `bucket=${bucket}`], { home });
  expect(edited, edited.stderr).toMatchObject({ code: 0, stdout: 's3cmd\n' });
  expect(edited.stderr).toContain('The link opens');
});

test('in the window, import reads a file from the dialog, and the page gets its links but no path', async ({
  apps,
}) => {
  const home = temporaryFolder('home');
  const album = path.join(home, 'picgo.db');
  fs.writeFileSync(
    album,
    JSON.stringify({
      gallery: [
        { id: '1', fileName: 'from picgo.png', imgUrl: 'https://img.example.com/a.png', createdAt: 1_600_000_000_000 },
      ],
    }),
  );
  const { app, page } = await apps.launch();
  await app.evaluate(({ dialog }, file) => {
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [file] });
  }, album);
  const report = await page.evaluate(() =>
    (globalThis as unknown as { hoist: { profiles: { import(): Promise<unknown> } } }).hoist.profiles.import(),
  );
  expect(report).toEqual({ ok: true, value: { profiles: [], uploads: 1, skipped: [] } });
  const uploadRow = page.getByRole('listitem', { name: /^from picgo\.png/ });
  await expect(uploadRow).toBeVisible();
  await expect(uploadRow).toContainText('Imported from PicGo');
  await expect(uploadRow).not.toContainText(/Not reachable|0 bytes/);
  await expect(uploadRow.getByRole('button', { name: 'Copy link to from picgo.png' })).toBeVisible();
  await uploadRow.click({ button: 'right' });
  await expect(page.getByRole('menuitem', { name: 'Copy link' })).toBeVisible();
  await expect(page.getByRole('menuitem', { name: /^Delete from/ })).toHaveCount(0);
  await page.keyboard.press('Escape');

  const exported = path.join(home, 'out.json');
  await app.evaluate(({ dialog }, file) => {
    dialog.showSaveDialog = async () => ({ canceled: false, filePath: file });
  }, exported);
  expect(
    await page.evaluate(() =>
      (globalThis as unknown as { hoist: { profiles: { export(): Promise<unknown> } } }).hoist.profiles.export(),
    ),
  ).toEqual({ ok: true, value: true });
  expect(JSON.parse(fs.readFileSync(exported, 'utf8'))).toEqual({
    format: 'hoist-destinations',
    version: 1,
    destinations: [],
  });
  await app.evaluate(({ dialog }) => {
    dialog.showOpenDialog = async () => ({ canceled: true, filePaths: [] });
  });
  expect(
    await page.evaluate(() =>
      (globalThis as unknown as { hoist: { profiles: { import(): Promise<unknown> } } }).hoist.profiles.import(),
    ),
  ).toEqual({ ok: true, value: null });
});
