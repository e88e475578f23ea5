import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { MiB } from '../../platform/testing/mib.ts';
import { neverAborted } from '../../platform/testing/never-aborted.ts';
import { openTunnel } from './open-tunnel.ts';

const servers: net.Server[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** Starts a proxy that answers every connection with this function, and returns its address. */
async function startProxy(answer: (socket: Socket) => void): Promise<URL> {
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => answer(socket));
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

const target = { tlsOptions: {}, host: 'store.example.com', port: 443, signal: neverAborted };

test.each([
  ['one header line without end', Buffer.alloc(64 * 1024, 'a')],
  ['header lines without end', Buffer.from('x-padding: aaaaaaaaaaaaaaaaaaaaaaaa\r\n'.repeat(2000))],
])('a proxy that answers with %s does not fill the memory', async (_, chunk) => {
  let sent = 0;
  const proxy = await startProxy((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    const send = (): void => {
      while (!socket.destroyed && sent < 64 * MiB) {
        sent += chunk.length;
        if (!socket.write(chunk)) {
          socket.once('drain', send);
          return;
        }
      }
    };
    send();
  });
  await expect(openTunnel({ ...target, proxy })).rejects.toMatchObject({ code: 'HPE_HEADER_OVERFLOW' });
  // The buffers of the two sockets hold a few MiB.
  expect(sent).toBeLessThan(32 * MiB);
});

test('bytes of the host that arrive with the response of the proxy are not lost', async () => {
  const proxy = await startProxy((socket) => socket.end('HTTP/1.0 200 Connection established\r\n\r\nhello'));
  const { status, socket } = await openTunnel({ ...target, proxy });
  expect(status).toBe(200);
  expect(String((await socket.toArray())[0])).toBe('hello');
});

test('a proxy that does not answer loses the connection when the caller gives up', async () => {
  let isClosed = false;
  const proxy = await startProxy((socket) => {
    socket.once('close', () => {
      isClosed = true;
    });
  });
  await expect(openTunnel({ ...target, proxy, signal: AbortSignal.timeout(300) })).rejects.toThrow();
  await expect.poll(() => isClosed).toBe(true);
});
