/**
 * When a process started, to tell it from a later one that got the same id. Linux says it in /proc; elsewhere a process
 * knows it only of itself, and of others only whether they run.
 */
import { readFileSync } from 'node:fs';

/** In the place of a start time: there is no such process. */
export const notRunning = 'not-running';
/** In the place of a start time: it runs, and the system does not say since when. Never for this process itself. */
export const unknownStart = 'unknown';

/**
 * @returns an opaque text, the same for as long as the process runs and different for any other with its id; or one of
 * {@link notRunning} and {@link unknownStart}
 */
export function processStart(pid: number): string {
  const start = querySystem(pid);
  return start === unknownStart && pid === process.pid ? `at ${Math.round(performance.timeOrigin)}` : start;
}

/** Said by the process itself, because the system did not: nobody else can say the same. */
export const isSelfReported = (start: string): boolean => start.startsWith('at ');

function querySystem(pid: number): string {
  if (!Number.isInteger(pid) || pid <= 0 || !isRunning(pid)) return notRunning;
  if (process.platform !== 'linux') return unknownStart;
  const stat = readProc(`/proc/${pid}/stat`);
  const boot = readProc('/proc/sys/kernel/random/boot_id');
  if (stat === undefined || boot === undefined) return unknownStart;
  // The second field is the program's name in parentheses, which may hold anything: count from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, ticks] = [fields[0], fields[19]];
  if (state === 'Z' || state === 'X') return notRunning;
  return ticks === undefined ? unknownStart : `${boot.trim()} ${ticks}`;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    if (codeOf(thrown) === 'ESRCH') return false;
    if (codeOf(thrown) === 'EPERM') return true;
    throw thrown;
  }
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    if (codeOf(thrown) !== undefined) return undefined;
    throw thrown;
  }
}

const codeOf = (thrown: unknown): unknown => (thrown instanceof Error && 'code' in thrown ? thrown.code : undefined);
