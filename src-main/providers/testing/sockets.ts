/** Socket helpers for test servers: connects two sockets, and closes all of a server's sockets. */
import type { Server, Socket } from 'node:net';

/** Forwards the bytes of each socket to the other socket. When one socket closes, the other is closed too. */
export function pipeSockets(first: Socket, second: Socket): void {
  first.pipe(second).pipe(first);
  for (const [source, target] of [
    [first, second],
    [second, first],
  ] as const) {
    source.on('error', () => target.destroy());
    source.once('close', () => target.destroy());
  }
}

/** The open connections of a server. Errors of a connection are ignored, because clients may disconnect at any time. */
export function trackSockets(server: Server): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  return sockets;
}
