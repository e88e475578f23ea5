import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tempFolder } from './testing/temp-folders.ts';
import { notRunning, processStart, unknownStart } from './process-start.ts';

describe('processStart', () => {
  test('returns the same text each time, and a start time for this process on any system', () => {
    expect(processStart(process.pid)).toBe(processStart(process.pid));
    expect([notRunning, unknownStart]).not.toContain(processStart(process.pid));
  });

  test('returns another text for a later process, and reports when a process has ended', async () => {
    const start = async () => {
      const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
      await once(child, 'spawn');
      return child;
    };
    const [one, two] = [await start(), await start()];
    const starts = [one, two, process].map(({ pid }) => processStart(pid ?? 0));
    // The two children may start in the same clock tick, which is 10 ms.
    if (process.platform === 'linux') expect(new Set(starts).size).toBeGreaterThanOrEqual(2);
    for (const child of [one, two]) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    expect([one, two].map(({ pid }) => processStart(pid ?? 0))).toEqual([notRunning, notRunning]);
  });

  test.each([0, -1, 1.5, Number.NaN, 2 ** 22 + 5])('reports that process %d is not running', (pid) => {
    expect(processStart(pid)).toBe(notRunning);
  });

  test.runIf(process.platform === 'linux')('handles a program name with spaces and parentheses', async () => {
    const program = join(tempFolder(), 'a) R 1 (b 7');
    copyFileSync('/bin/sleep', program);
    chmodSync(program, 0o755);
    const child = spawn(program, ['60'], { stdio: 'ignore' });
    await once(child, 'spawn');
    expect(processStart(child.pid ?? 0)).toMatch(/^[0-9a-f-]{36} \d+$/u);
    expect(Number(processStart(child.pid ?? 0).split(' ')[1])).toBeGreaterThanOrEqual(
      Number(processStart(process.pid).split(' ')[1]),
    );
    child.kill('SIGKILL');
    await once(child, 'exit');
  });

  test.runIf(process.platform === 'linux')('reports that a zombie process is not running', async () => {
    // The shell replaces itself with a program that never reaps its child. Then the child ends.
    const parent = spawn('sh', ['-c', 'exec 3<&0; cat <&3 >/dev/null & echo $!; exec sleep 60 </dev/null 3<&-'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    await expect.poll(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8'), { interval: 5 }).toBe('sleep\n');
    expect(processStart(pid)).not.toBe(notRunning);
    parent.stdin.end();
    await expect.poll(() => processStart(pid), { interval: 5 }).toBe(notRunning);
    expect(() => process.kill(pid, 0)).not.toThrow();
    parent.kill('SIGKILL');
    await once(parent, 'exit');
  });
});
