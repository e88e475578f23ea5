/** Sockets of servers for tests: joined in pairs, and none of them outlives its test. */
import type { Server, Socket } from 'node:net';

/** What one says the other hears; when one ends, so does the other. */
export function pipeSockets(one: Socket, other: Socket): void {
  one.pipe(other).pipe(one);
  for (const [here, there] of [
    [one, other],
    [other, one],
  ] as const) {
    here.on('error', () => there.destroy());
    here.once('close', () => there.destroy());
  }
}

/** Those that are connected now. A client that hangs up is no error. */
export function trackSockets(server: Server): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  return sockets;
}
