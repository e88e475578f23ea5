import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loginShellEnvironment } from './login-shell.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'hoist-shell-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A shell whose profile runs these commands. */
function shellWith(profile: string): NodeJS.ProcessEnv {
  const shell = path.join(folder, 'shell');
  writeFileSync(shell, `#!/bin/sh\n[ "$1" = -ilc ] || exit 9\n${profile}\neval "$2"\n`);
  chmodSync(shell, 0o755);
  return { SHELL: shell, PATH: '/usr/bin:/bin', INHERITED: 'yes' };
}

describe('the environment of a login shell', () => {
  test('contains the variables of the profile, even when the profile prints text', async () => {
    const env = shellWith(`echo "Welcome A=B"; export AWS_PROFILE=work MULTI='one\ntwo=2' EMPTY=`);
    expect(await loginShellEnvironment(env)).toMatchObject({
      AWS_PROFILE: 'work',
      MULTI: 'one\ntwo=2',
      EMPTY: '',
      INHERITED: 'yes',
    });
    expect(await loginShellEnvironment(env)).not.toHaveProperty('Welcome A');
  });

  test('stops waiting when a profile hangs, asks for input, or leaves a background process', async () => {
    const startedAt = Date.now();
    expect(await loginShellEnvironment(shellWith('sleep 30'), { timeoutMs: 300 })).toBeUndefined();
    expect(await loginShellEnvironment(shellWith('read -r answer || exit 1'), { timeoutMs: 30_000 })).toBeUndefined();
    expect(await loginShellEnvironment(shellWith('sleep 30 &'), { timeoutMs: 300 })).toSatisfy(
      (env: unknown) => env === undefined || typeof env === 'object',
    );
    expect(Date.now() - startedAt).toBeLessThan(15_000);
  });

  test('is undefined without SHELL or with a missing shell', async () => {
    expect(await loginShellEnvironment({})).toBeUndefined();
    expect(await loginShellEnvironment({ SHELL: 'sh' })).toBeUndefined();
    expect(await loginShellEnvironment({ SHELL: path.join(folder, 'none') })).toBeUndefined();
  });
});
