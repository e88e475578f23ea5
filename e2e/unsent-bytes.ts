/** Counts bytes that the kernel has not sent yet, to check that a canceled upload stops sending. */
import fs from 'node:fs';

/**
 * Unsent bytes in this machine's established IPv4 connections to a port. The columns of the table are described at
 * https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html: the state 01 is ESTABLISHED, and the fifth column
 * is `UNSENT:UNREAD` in hexadecimal.
 */
export function unsentBytes(port: number): number {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  return fs
    .readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , remote, state]) => remote?.endsWith(`:${hexPort}`) && state === '01')
    .reduce((sum, fields) => sum + Number.parseInt(fields[4]!.split(':')[0]!, 16), 0);
}
