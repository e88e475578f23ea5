import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createComputer } from './computer.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'hoist-computer-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('createComputer', () => {
  test('reads small text files and returns undefined for other entries', () => {
    const { read } = createComputer({});
    const pathTo = (name: string): string => path.join(folder, name);
    writeFileSync(pathTo('small'), 'ä=1\n');
    writeFileSync(pathTo('large'), Buffer.alloc(1024 * 1024 + 1, 'a'));
    mkdirSync(pathTo('folder'));
    execFileSync('mkfifo', [pathTo('pipe')]);
    expect(read(pathTo('small'))).toBe('ä=1\n');
    for (const name of ['large', 'folder', 'pipe', 'none', 'small/below', 'nul\0name'])
      expect(read(pathTo(name)), name).toBeUndefined();
  });

  test('merges the environment with the variables of the login shell and takes the home folder from it', () => {
    const computer = createComputer(
      { HOME: '/home/me', A: 'process', B: undefined },
      { A: 'shell', B: 'shell', C: 'shell' },
    );
    expect(computer).toMatchObject({ home: '/home/me', env: { A: 'process', B: 'shell', C: 'shell' } });
    expect(createComputer({}).home).toBe('');
  });
});
