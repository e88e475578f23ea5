/** Checks whether a port speaks TLS. Accepts any certificate, because it sends no data after the handshake. */
import tls from 'node:tls';
import { timeLimits } from './time-limits.ts';

export function supportsTls({ hostname, port }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = tls.connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || 80),
      rejectUnauthorized: false,
      timeout: timeLimits.tlsCheckMs,
    });
    const finish = (isSupported: boolean): void => {
      socket.destroy();
      resolve(isSupported);
    };
    socket.once('secureConnect', () => finish(true));
    socket.once('error', () => finish(false));
    socket.once('timeout', () => finish(false));
    socket.once('close', () => finish(false));
  });
}
