/**
 * The start time of a process, which distinguishes it from a later process with the same id. Linux reports it in /proc.
 * On other systems a process knows only its own start time, and of other processes only whether they are running.
 */
import { readFileSync } from 'node:fs';
import { systemCodeOf } from './file-errors.ts';

/** Returned instead of a start time when no process has this id. */
export const notRunning = 'not-running';
/**
 * Returned instead of a start time when the process is running, but the system does not report its start time. Never
 * returned for this process.
 */
export const unknownStart = 'unknown';

/**
 * @returns an opaque text that stays the same while the process runs and differs for a later process with the same id;
 * or {@link notRunning} or {@link unknownStart}
 */
export function processStart(pid: number): string {
  const start = querySystem(pid);
  return start === unknownStart && pid === process.pid ? `at ${Math.round(performance.timeOrigin)}` : start;
}

/** True when the process reported its own start time, because the system doesn't. Other processes can't verify it. */
export const isSelfReported = (start: string): boolean => start.startsWith('at ');

function querySystem(pid: number): string {
  if (!Number.isInteger(pid) || pid <= 0 || !isRunning(pid)) return notRunning;
  if (process.platform !== 'linux') return unknownStart;
  const stat = readProc(`/proc/${pid}/stat`);
  const boot = readProc('/proc/sys/kernel/random/boot_id');
  if (stat === undefined || boot === undefined) return unknownStart;
  // The second field is the program's name in parentheses. It may contain any character, so count the fields after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, ticks] = [fields[0], fields[19]];
  // Z: a zombie. X: a dead process.
  if (state === 'Z' || state === 'X') return notRunning;
  return ticks === undefined ? unknownStart : `${boot.trim()} ${ticks}`;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    if (systemCodeOf(thrown) === 'ESRCH') return false;
    if (systemCodeOf(thrown) === 'EPERM') return true;
    throw thrown;
  }
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    if (systemCodeOf(thrown) !== undefined) return undefined;
    throw thrown;
  }
}
