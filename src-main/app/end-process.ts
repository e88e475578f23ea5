/** Ends a process at once. */
import { systemCodeOf } from '../platform/file-errors.ts';

/** Does nothing if the process has ended already. */
export function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (cause) {
    if (systemCodeOf(cause) !== 'ESRCH') throw cause;
  }
}
