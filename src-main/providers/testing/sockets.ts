/** Socket helpers for test servers: connects two sockets, and closes all of a server's sockets. */
import type { Server, Socket } from 'node:net';

/** Forwards each socket's bytes to the other; when one closes, so does the other. */
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

/** The open connections. A client that disconnects is not an error. */
export function trackSockets(server: Server): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  return sockets;
}
