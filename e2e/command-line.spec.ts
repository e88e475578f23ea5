/** The command line prints only links to standard output, whether or not the window is open. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { stopTimeoutMs } from '../src-main/engine/engine.ts';
import { caseCount } from '../src-main/testing/sample.ts';
import {
  bucketEnv,
  downloadLink,
  createTestBucket,
  hasS3Server,
  listObjectKeys,
  listUploadIds,
  sha256,
} from './bucket.ts';
import { HoistProcess, hoistCommand, userDataFolder, runHoist, runShellLine } from './hoist-cli.ts';
import { clipboardText, setClipboardText } from './desktop.ts';
import { dropOnPage } from './drag-and-drop.ts';
import { expect, temporaryFolder } from './app-fixture.ts';
import { test } from './proxied-bucket.ts';

const MiB = 1024 * 1024;
const linkPattern = /^http:\/\/127\.0\.0\.1:\d+\/\S+$/;
/** Splits an output into lines, without the empty string after the last line feed. */
const outputLines = (out: string): string[] => out.split('\n').slice(0, -1);

/** Each MiB starts with its number, so a part that is stored in the wrong position changes the file's hash. */
function writeFile(folder: string, name: string, bytes: number): string {
  const handle = fs.openSync(path.join(folder, name), 'w');
  const block = randomBytes(MiB);
  for (let i = 0; i < bytes / MiB; i++) {
    block.writeUInt32LE(i);
    fs.writeSync(handle, block, 0, Math.min(MiB, bytes - i * MiB));
  }
  fs.closeSync(handle);
  return path.join(folder, name);
}

const runningProcesses: HoistProcess[] = [];
test.afterEach(async () => {
  for (const { child, ended } of runningProcesses.splice(0)) {
    child.kill('SIGTERM');
    await ended;
  }
});
function track(command: HoistProcess): HoistProcess {
  runningProcesses.push(command);
  return command;
}

test(
  'while serve runs in another shell, upload prints a working link for each file, and a large file needs little memory',
  { tag: '@slow-1' },
  async () => {
    test.setTimeout(180_000);
    const home = temporaryFolder('home');
    const files = [
      writeFile(home, 'small file #1.bin', 12_345),
      writeFile(home, 'large.bin', caseCount({ full: 1024, sample: 512 }) * MiB),
    ];
    const serve = track(new HoistProcess(['serve'], { home }));
    await expect.poll(() => serve.stdout, { timeout: 30_000 }).toMatch(/\n/);
    expect(serve.stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\n$/);
    for (const file of files) {
      const upload = new HoistProcess(['upload', path.basename(file)], { home });
      const ended = await upload.ended;
      expect(ended, ended.stderr).toMatchObject({ code: 0 });
      expect(outputLines(ended.stdout)).toEqual([expect.stringMatching(linkPattern)]);
      expect(new URL(ended.stdout).origin).toBe(serve.stdout.trim());
      const got = await downloadLink(ended.stdout.trim());
      expect(got).toMatchObject({ status: 200, sha256: await sha256(file) });
      expect(upload.peakMemory(), 'the memory was measured').toBeGreaterThan(50 * MiB);
      expect(upload.peakMemory()).toBeLessThan(400 * MiB);
    }
    expect(serve.peakMemory()).toBeLessThan(400 * MiB);
  },
);

test('uploads with the environment variables when no profile exists', async () => {
  test.skip(!hasS3Server, 'no S3 server');
  const home = temporaryFolder('home');
  const bucket = await createTestBucket();
  const file = writeFile(home, 'by env.bin', 20 * MiB);
  const ended = await runHoist(['upload', file], { home, env: { ...bucketEnv(), AWS_S3_BUCKET: bucket } });
  expect(ended).toMatchObject({ code: 0, stderr: 'Using S3 (environment), set up by environment variables.\n' });
  expect(outputLines(ended.stdout)).toEqual([expect.stringMatching(linkPattern)]);
  expect(await downloadLink(ended.stdout.trim())).toMatchObject({ status: 200, sha256: await sha256(file) });
  expect(await listObjectKeys(bucket)).toHaveLength(1);
});

test('uploads standard input and prints its link', async () => {
  const home = temporaryFolder('home');
  const serve = track(new HoistProcess(['serve'], { home }));
  await expect.poll(() => serve.stdout, { timeout: 30_000 }).toMatch(/\n/);
  const ended = await runHoist(['upload', '-', '--name', 'notes.txt'], { home, input: 'hello\n' });
  expect(ended.code).toBe(0);
  const answer = await fetch(ended.stdout.trim());
  expect([answer.headers.get('content-type'), await answer.text()]).toEqual(['text/plain; charset=utf-8', 'hello\n']);
});

test(
  '10,000 arguments: prints the links of existing files in order and a reason for each missing one',
  { tag: '@slow-3' },
  async () => {
    test.setTimeout(120_000);
    const home = temporaryFolder('home');
    const names = Array.from({ length: 10_000 }, (_, i) => `${i}.txt`);
    for (const name of names.filter((_, i) => i % 20 === 0)) fs.writeFileSync(path.join(home, name), name);
    const ended = await runHoist(['upload', ...names], { home });
    expect(ended.code).toBe(1);
    expect(outputLines(ended.stdout).map((url) => path.basename(new URL(url).pathname))).toEqual(
      names.filter((_, i) => i % 20 === 0),
    );
    expect(outputLines(ended.stderr).filter((line) => /^\d+\.txt: /.test(line))).toHaveLength(9500);
  },
);

test.describe('standard output', () => {
  test('has only links when its reader closes early, reads slowly or is missing', async () => {
    const home = temporaryFolder('home');
    for (let i = 0; i < 40; i++) fs.writeFileSync(path.join(home, `${i}.txt`), `${i}`);
    const early = await runShellLine(`set -o pipefail; ${hoistCommand} upload *.txt | head -n 1`, { home });
    expect(early.code).toBe(0);
    expect(outputLines(early.stdout)).toEqual([expect.stringMatching(linkPattern)]);
    const slow = await runShellLine(
      `${hoistCommand} upload *.txt | while read -r line; do sleep 0.01; echo "$line"; done`,
      {
        home,
      },
    );
    expect(outputLines(slow.stdout)).toHaveLength(40);
    for (const line of outputLines(slow.stdout)) expect(line).toMatch(linkPattern);
    const none = await runShellLine(`${hoistCommand} upload 1.txt >&-; echo $?`, { home });
    expect(none.stdout).toBe('0\n');
    // The three commands uploaded 40, 40 and 1 files.
    const history = await runHoist(['history', '-n', '200'], { home });
    expect(outputLines(history.stdout).map((line) => line.split('\t')[1])).toEqual(
      Array.from({ length: 81 }, () => 'done'),
    );
  });

  test('has only links while the terminal shows the progress', async ({ remote: { home, proxy, env } }) => {
    proxy.bytesPerSecond = 40 * MiB;
    writeFile(home, 'a.bin', 40 * MiB);
    const terminal = path.join(home, 'terminal');
    const ended = await runShellLine(
      `script -qec "${hoistCommand} upload a.bin > links" ${terminal} < /dev/null > /dev/null`,
      {
        home,
        env,
      },
    );
    expect(ended.code).toBe(0);
    const links = outputLines(fs.readFileSync(path.join(home, 'links'), 'utf8'));
    expect(links).toEqual([expect.stringMatching(linkPattern)]);
    const drawn = fs.readFileSync(terminal, 'utf8');
    const percents = [...drawn.matchAll(/(\d+)%/g)].map(([, percent]) => Number(percent));
    expect(percents.length).toBeGreaterThan(2);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
    expect(drawn).toMatch(/\d MB of 42 MB/);
  });

  test('has only the requested output of the other commands', async () => {
    const home = temporaryFolder('home');
    const { version } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as { version: string };
    expect(await runHoist(['--version'], { home })).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
    expect(await runHoist(['history'], { home })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(await runHoist(['status'], { home })).toMatchObject({
      code: 0,
      stdout: 'Destination: Practice\nPractice: no files, 0 bytes of 5.4 GB\nNo unfinished uploads.\n',
      stderr: '',
    });
    const wrong = await runHoist(['upload'], { home });
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('FILE');
    for (const args of [['--help'], ['upload', '--help']]) {
      const help = await runHoist(args, { home });
      expect(help).toMatchObject({ code: 0, stderr: '' });
      expect(help.stdout).toMatch(/^Usage: hoist/);
    }
  });
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(
    `${signal} during an upload ends the command with exit code 130, and resume continues from the stored bytes`,
    { tag: signal === 'SIGTERM' ? '@slow-3' : [] },
    async ({ remote: { home, bucket, proxy, env } }) => {
      proxy.bytesPerSecond = 60 * MiB;
      const file = writeFile(home, 'a.bin', 200 * MiB);
      const upload = track(new HoistProcess(['upload', file], { home, env }));
      await expect.poll(() => proxy.uploaded, { timeout: 30_000 }).toBeGreaterThan(100 * MiB);
      const startedAt = Date.now();
      upload.child.kill(signal);
      const ended = await upload.ended;
      expect(Date.now() - startedAt).toBeLessThan(10 * stopTimeoutMs);
      expect(ended).toMatchObject({ code: 130, stdout: '' });
      expect(ended.stderr).toContain('a.bin: paused. Resume with: hoist resume');
      expect(await listUploadIds(bucket)).toHaveLength(1);
      proxy.bytesPerSecond = Infinity;
      const resumed = await runHoist(['resume'], { home, env });
      expect(resumed).toMatchObject({ code: 0, stderr: 'Resuming 1 upload.\n' });
      expect(await downloadLink(resumed.stdout.trim())).toMatchObject({ status: 200, sha256: await sha256(file) });
      // At most the four parts of 16 MiB that were in flight are sent again; 8 MiB are a margin.
      expect(proxy.uploaded).toBeLessThan((200 + 4 * 16 + 8) * MiB);
      expect([await listUploadIds(bucket), (await listObjectKeys(bucket)).length]).toEqual([[], 1]);
    },
  );
}

/** Kills the command without a chance to clean up, as the kernel does when memory runs out. */
async function killCommand(command: HoistProcess): Promise<void> {
  for (const pid of command.appPids()) process.kill(Number(pid), 'SIGKILL');
  await command.ended;
}

test.describe('window and command line at once', () => {
  test(
    'each shows the other’s uploads, and the window follows the progress of the command line',
    { tag: '@slow-2' },
    async ({ apps, remote: { home, proxy, env } }) => {
      proxy.bytesPerSecond = 20 * MiB;
      const { page } = await apps.launchWithBucket({ userData: userDataFolder(home), env });
      const upload = track(
        new HoistProcess(['upload', writeFile(home, 'from the shell.bin', 80 * MiB)], { home, env }),
      );
      const row = page.getByRole('listitem', { name: /^from the shell\.bin/ });
      await expect(row).toBeVisible({ timeout: 15_000 });
      const bar = row.getByRole('progressbar');
      await expect
        .poll(async () => Number(await bar.getAttribute('aria-valuenow')), { timeout: 15_000 })
        .toBeGreaterThan(5);
      await expect(row.getByRole('button', { name: /^Cancel/ })).toHaveCount(0);
      expect((await upload.ended).code).toBe(0);
      await expect(
        page.getByRole('listitem', { name: /^from the shell\.bin/ }).getByRole('button', { name: /Copy link/ }),
      ).toBeVisible({ timeout: 10_000 });

      await dropOnPage(page, [writeFile(home, 'from the window.bin', 80 * MiB)]);
      const status = async (): Promise<{ name: string; status: string; sent?: number }[]> =>
        (
          JSON.parse((await runHoist(['status', '--json'], { home, env })).stdout) as {
            uploads: { name: string; status: string; sent?: number }[];
          }
        ).uploads;
      await expect
        .poll(async () => (await status()).map((u) => [u.name, u.status]), { timeout: 15_000 })
        .toEqual([['from the window.bin', 'uploading']]);
      await expect
        .poll(
          async () =>
            outputLines((await runHoist(['history', '-n', '2'], { home, env })).stdout).map((line) =>
              line.split('\t').slice(1, 3),
            ),
          { timeout: 30_000 },
        )
        .toEqual([
          ['done', 'from the window.bin'],
          ['done', 'from the shell.bin'],
        ]);
    },
  );

  test(
    'the window resumes uploads of a killed command within seconds and leaves the clipboard alone',
    { tag: '@slow-3' },
    async ({ apps, remote: { home, bucket, proxy, env } }) => {
      proxy.bytesPerSecond = 40 * MiB;
      const { page } = await apps.launchWithBucket({ userData: userDataFolder(home), env });
      const file = writeFile(home, 'killed.bin', 160 * MiB);
      const upload = track(new HoistProcess(['upload', file], { home, env }));
      await expect.poll(() => proxy.uploaded, { timeout: 30_000 }).toBeGreaterThan(80 * MiB);
      setClipboardText('what the user copied');
      await killCommand(upload);
      const row = page.getByRole('listitem', { name: /^killed\.bin/ });
      await expect(row.getByRole('button', { name: /^Cancel/ })).toBeVisible({ timeout: 8000 });
      proxy.bytesPerSecond = Infinity;
      await expect(row.getByRole('button', { name: /Copy link/ })).toBeVisible({ timeout: 20_000 });
      await expect(page.getByText(/copied/i)).toHaveCount(0);
      expect(clipboardText()).toBe('what the user copied');
      await row.getByRole('button', { name: /Copy link/ }).click();
      await expect.poll(clipboardText).toMatch(linkPattern);
      expect(await downloadLink(clipboardText())).toMatchObject({ status: 200, sha256: await sha256(file) });
      // At most the four parts of 16 MiB that were in flight are sent again; 8 MiB are a margin.
      expect(proxy.uploaded).toBeLessThan((160 + 4 * 16 + 8) * MiB);
      expect([await listUploadIds(bucket), (await listObjectKeys(bucket)).length]).toEqual([[], 1]);
      expect(outputLines((await runHoist(['history'], { home, env })).stdout)).toHaveLength(1);
    },
  );

  test(
    'a window does not resume uploads that were stopped with Ctrl+C in a shell; hoist resume does',
    { tag: '@slow-2' },
    async ({ apps, remote: { home, bucket, proxy, env } }) => {
      proxy.bytesPerSecond = 40 * MiB;
      const { page } = await apps.launchWithBucket({ userData: userDataFolder(home), env });
      const stopped = track(new HoistProcess(['upload', writeFile(home, 'stopped.bin', 100 * MiB)], { home, env }));
      const killed = track(new HoistProcess(['upload', writeFile(home, 'killed.bin', 100 * MiB)], { home, env }));
      await expect.poll(() => proxy.uploaded, { timeout: 30_000 }).toBeGreaterThan(80 * MiB);
      stopped.child.kill('SIGINT');
      expect(await stopped.ended).toMatchObject({ code: 130 });
      proxy.bytesPerSecond = Infinity;
      await killCommand(killed);
      // Once the window has resumed the killed upload, it has also seen the stopped upload.
      await expect(
        page.getByRole('listitem', { name: /^killed\.bin/ }).getByRole('button', { name: /Copy link/ }),
      ).toBeVisible({ timeout: 20_000 });
      const resumed = await runHoist(['resume'], { home, env });
      expect(resumed).toMatchObject({ code: 0, stderr: 'Resuming 1 upload.\n' });
      expect(outputLines(resumed.stdout)).toEqual([expect.stringMatching(linkPattern)]);
      expect([await listUploadIds(bucket), (await listObjectKeys(bucket)).length]).toEqual([[], 2]);
    },
  );

  test(
    'the window resumes uploads of a killed command at its next start',
    { tag: '@slow-1' },
    async ({ apps, remote: { home, proxy, env } }) => {
      proxy.bytesPerSecond = 20 * MiB;
      const first = await apps.launchWithBucket({ userData: userDataFolder(home), env });
      const upload = track(new HoistProcess(['upload', writeFile(home, 'killed.bin', 100 * MiB)], { home, env }));
      await expect(first.page.getByRole('listitem', { name: /^killed\.bin/ }).getByRole('progressbar')).toBeVisible({
        timeout: 15_000,
      });
      process.kill(first.pid, 'SIGKILL');
      await first.exited;
      await killCommand(upload);
      proxy.bytesPerSecond = Infinity;
      const { page } = await apps.launch({ userData: userDataFolder(home), env });
      await expect(
        page.getByRole('listitem', { name: /^killed\.bin/ }).getByRole('button', { name: /Copy link/ }),
      ).toBeVisible({ timeout: 20_000 });
    },
  );
});
