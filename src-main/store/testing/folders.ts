/** Folders of a test, and folders with something wrong about them. */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { unprivilegedUser } from './unprivileged-user.ts';

/** Removed when the test ends. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hoist-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs `work` as a user whom permissions stop: they do not stop root. */
export async function asUnprivilegedUser(work: () => Promise<void> | void): Promise<void> {
  if (process.getuid?.() !== 0 || !process.seteuid || !process.setegid) return work();
  process.setegid(unprivilegedUser);
  process.seteuid(unprivilegedUser);
  try {
    await work();
  } finally {
    process.seteuid(0);
    process.setegid(0);
  }
}

/** A folder that {@link asUnprivilegedUser} owns. */
export function unprivilegedFolder(): string {
  const outer = tempFolder();
  chmodSync(outer, 0o755);
  const folder = join(outer, 'own');
  mkdirSync(folder, { mode: 0o700 });
  if (process.getuid?.() === 0) chownSync(folder, unprivilegedUser, unprivilegedUser);
  return folder;
}

/** A disk of its own with room for `bytes`, or undefined where mounting is not allowed. */
export function smallDisk(bytes: number): string | undefined {
  const folder = tempFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch (thrown) {
    console.log(`no small disk: mounting is not allowed here (${String(thrown)})`);
    return undefined;
  }
  onTestFinished(() => {
    execFileSync('umount', ['-l', folder]);
  });
  return folder;
}
