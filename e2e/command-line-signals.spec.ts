/** Commands at a real terminal, and signals to the whole process group, as `timeout` and systemd send them. */
import fs from 'node:fs';
import path from 'node:path';
import { FaultProxy } from '../src-main/providers/testing/fault-proxy.ts';
import { caseCount } from '../src-main/testing/sample.ts';
import { expect } from './app-fixture.ts';
import { downloadLink, endpoint, listObjectKeys, sha256 } from './bucket.ts';
import { HoistProcess, hoistCommand, runHoist, runShellLine, type CommandOptions } from './hoist-cli.ts';
import { test } from './proxied-bucket.ts';
import { RunningCommand, shellEnv } from './shell-command.ts';

const MiB = 1024 * 1024;
const ctrlC = '\u0003';

/** Runs a command in a new pseudo-terminal, which script(1) provides. Standard input is what the user types. */
const runAtTerminal = (args: string, { home, env }: Required<Pick<CommandOptions, 'home' | 'env'>>): RunningCommand =>
  new RunningCommand('script', ['-qec', `${hoistCommand} ${args}`, '/dev/null'], {
    env: shellEnv(path.join(home, 'config'), env),
    cwd: home,
  });

/** The status of each unfinished upload. */
async function unfinishedStatuses(options: CommandOptions): Promise<string[]> {
  const { stdout } = await runHoist(['status', '--json'], options);
  return (JSON.parse(stdout) as { uploads: { status: string }[] }).uploads.map(({ status }) => status);
}

test('Ctrl+C at a terminal pauses the upload, says so and exits with 130; resume finishes it', async ({
  remote: { home, bucket, proxy, env },
}) => {
  proxy.bytesPerSecond = 20 * MiB;
  fs.writeFileSync(path.join(home, 'a.bin'), Buffer.alloc(100 * MiB, 'a'));
  const upload = runAtTerminal('upload a.bin', { home, env });
  await expect.poll(() => upload.stdout, { timeout: 30_000 }).toMatch(/[1-9]\d?%/);
  upload.child.stdin!.write(ctrlC);
  const ended = await upload.ended;
  expect(ended.stdout).toContain('a.bin: paused. Resume with: hoist resume');
  expect(ended.stdout, 'no sequence hides the cursor, because a killed command could not show it again').not.toContain(
    '\u001B[?25l',
  );
  expect(ended.code).toBe(130);
  expect(await unfinishedStatuses({ home, env })).toEqual(['paused']);
  expect(await listObjectKeys(bucket)).toEqual([]);
  proxy.bytesPerSecond = Infinity;
  const resumed = await runHoist(['resume'], { home, env });
  expect(resumed).toMatchObject({ code: 0, stderr: 'Resuming 1 upload.\n' });
  expect(await downloadLink(resumed.stdout.trim())).toMatchObject({
    status: 200,
    sha256: await sha256(path.join(home, 'a.bin')),
  });
});

const runs = caseCount({ full: 17, sample: 2 });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} to the process group pauses the upload and exits with 130, in ${runs} of ${runs} runs`, async ({
    remote: { home, env },
  }) => {
    test.setTimeout(runs * 60_000);
    fs.writeFileSync(path.join(home, 'a.bin'), Buffer.alloc(30 * MiB, 'a'));
    for (let run = 0; run < runs; run++) {
      // Separate records for each run, and a separate proxy: bytes of the previous run may still arrive at its proxy.
      const proxy = await FaultProxy.start(endpoint);
      proxy.bytesPerSecond = MiB;
      const options = { home: path.join(home, String(run)), cwd: home, env: { ...env, AWS_ENDPOINT_URL: proxy.url } };
      fs.mkdirSync(options.home);
      const upload = new HoistProcess(['upload', 'a.bin'], options);
      // Every run stops the upload at another point.
      await expect.poll(() => proxy.uploaded, { timeout: 30_000, intervals: [10] }).toBeGreaterThan(run * 64 * 1024);
      process.kill(-upload.child.pid!, signal);
      expect(await upload.ended).toMatchObject({
        code: 130,
        stdout: '',
        stderr: expect.stringMatching(/\na\.bin: paused\. Resume with: hoist resume\n$/) as unknown as string,
      });
      expect(await unfinishedStatuses(options)).toEqual(['paused']);
      await proxy.stop();
    }
  });
}

test('standard output on a full disk: prints the links on standard error and exits with 1', async ({
  remote: { home, env },
}) => {
  fs.writeFileSync(path.join(home, 'a.txt'), 'a');
  // Writing to /dev/full fails as on a full disk.
  const ended = await runShellLine(`${hoistCommand} upload a.txt > /dev/full`, { home, env });
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain('Standard output can’t be written: the disk is full.');
  expect(await downloadLink(ended.stderr.trim().split('\n').at(-1)!)).toMatchObject({ status: 200 });
});
