/** Reads what the kernel would write to core dumps of running processes. */
import fs from 'node:fs';
import path from 'node:path';

export interface CoreDumpSettings {
  /** The largest dump, in bytes. A dump of up to one byte is not written. */
  limit: string;
  /** The kinds of memory in a dump, as bits. */
  filter: number;
}

export function coreDumpSettings(pid: number): CoreDumpSettings {
  const [, limit = ''] = /^Max core file size +(\S+)/m.exec(readProcess(pid, 'limits')) ?? [];
  return { limit, filter: Number.parseInt(readProcess(pid, 'coredump_filter'), 16) };
}

/** A process and all that it started, directly or indirectly, that run the app. */
export function appProcesses(pid: number): number[] {
  const children = fs
    .readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter((child) => child !== '')
    .flatMap((child) => appProcesses(Number(child)));
  const program = path.basename(fs.readlinkSync(`/proc/${pid}/exe`));
  return program === 'electron' || program === 'hoist-app' ? [pid, ...children] : children;
}

const readProcess = (pid: number, file: string): string => fs.readFileSync(`/proc/${pid}/${file}`, 'utf8');

/** A command line that first allows core dumps of any size, as some systems do. */
export const withCoreDumps = (command: string, args: string[]): [string, string[]] => [
  'sh',
  ['-c', 'ulimit -S -c "$(ulimit -H -c)"; exec "$0" "$@"', command, ...args],
];
