/** No memory of Hoist's processes gets into core dumps. `packaged.spec.ts` checks the launcher of a package. */
import { appProcesses, coreDumpSettings, withCoreDumps } from './core-dumps.ts';
import { expect, temporaryFolder, test } from './app-fixture.ts';
import { RunningCommand, shellEnv } from './shell-command.ts';

test('core dumps are off in every process that npm start starts', async () => {
  const npmStart = withCoreDumps(process.execPath, ['scripts/start.mjs', 'serve']);
  const serving = new RunningCommand(...npmStart, { env: shellEnv(temporaryFolder('shell')) });
  expect(await serving.firstLine()).toMatch(/^http:/);
  const processes = appProcesses(serving.child.pid!);
  expect(processes.length).toBeGreaterThan(1);
  expect(processes.map(coreDumpSettings)).toEqual(processes.map(() => ({ limit: '1', filter: 0 })));
  serving.child.kill('SIGTERM');
  await serving.ended;
});

test('a window that a desktop entry starts, without the launcher, keeps the memory of main out of core dumps', async ({
  apps,
}) => {
  const { pid } = await apps.launch();
  expect(coreDumpSettings(pid)).toMatchObject({ filter: 0 });
});
