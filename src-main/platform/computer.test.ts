import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { computerWith } from './computer.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'hoist-computer-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('what manifests may look at', () => {
  test('is the text of small files, and nothing where something is in the way', () => {
    const { read } = computerWith({});
    const at = (name: string): string => path.join(folder, name);
    writeFileSync(at('small'), 'ä=1\n');
    writeFileSync(at('large'), Buffer.alloc(1024 * 1024 + 1, 'a'));
    mkdirSync(at('folder'));
    execFileSync('mkfifo', [at('pipe')]);
    expect(read(at('small'))).toBe('ä=1\n');
    for (const name of ['large', 'folder', 'pipe', 'none', 'small/below', 'nul\0name'])
      expect(read(at(name)), name).toBeUndefined();
  });

  test('is the environment with what a login shell knows besides, and the home that it names', () => {
    const computer = computerWith(
      { HOME: '/home/me', A: 'process', B: undefined },
      { A: 'shell', B: 'shell', C: 'shell' },
    );
    expect(computer).toMatchObject({ home: '/home/me', env: { A: 'process', B: 'shell', C: 'shell' } });
    expect(computerWith({}).home).toBe('');
  });
});
