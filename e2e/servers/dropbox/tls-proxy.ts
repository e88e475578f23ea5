/**
 * A proxy for programs that cannot be told another address: what they ask for at Dropbox's real names ends here, behind a certificate of
 * an authority made for this one run. Nothing leaves this computer.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import path from 'node:path';
import tls from 'node:tls';

export const openssl = '/usr/bin/openssl';

const names = ['api.dropboxapi.com', 'content.dropboxapi.com', 'notify.dropboxapi.com', 'www.dropbox.com', 'dl.dropboxusercontent.com'];

export class TlsProxy {
  /** For HTTPS_PROXY. */
  readonly url: string;
  /** A file with the certificate to trust. */
  readonly authority: string;
  readonly #server: http.Server;
  readonly #tls: tls.Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: http.Server, front: tls.Server, authority: string) {
    this.#server = server;
    this.#tls = front;
    this.authority = authority;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (const one of [server, front]) one.on('connection', (socket: Socket) => { this.#sockets.add(socket); socket.on('error', () => undefined); socket.once('close', () => this.#sockets.delete(socket)); });
  }

  /** @param upstream the plain server. @param folder of its own, for keys and certificates */
  static async start(upstream: string, folder: string): Promise<TlsProxy> {
    const { cert, key, authority } = makeCertificates(folder);
    const { hostname, port } = new URL(upstream);
    const front = tls.createServer({ cert, key }, (client) => { join(client, net.connect(Number(port), hostname)); });
    front.on('tlsClientError', () => undefined);
    front.listen(0, '127.0.0.1');
    await once(front, 'listening');
    const server = http.createServer((_, response) => { response.writeHead(405).end(); });
    server.on('connect', (request: http.IncomingMessage, client: Socket) => {
      const [name = ''] = (request.url ?? '').split(':');
      if (!names.includes(name)) return void client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      const inside = net.connect((front.address() as AddressInfo).port, '127.0.0.1', () => client.write('HTTP/1.1 200 Connection established\r\n\r\n'));
      join(client, inside);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TlsProxy(server, front, authority);
  }

  stop(): void {
    this.#server.close();
    this.#tls.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

function join(one: Socket, other: Socket): void {
  one.pipe(other).pipe(one);
  for (const [here, there] of [[one, other], [other, one]] as const) {
    here.on('error', () => there.destroy());
    here.once('close', () => there.destroy());
  }
}

function makeCertificates(folder: string): { cert: string; key: string; authority: string } {
  const at = (name: string): string => path.join(folder, name);
  const run = (...args: string[]): void => { execFileSync(openssl, args, { stdio: 'ignore' }); };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  run('req', '-x509', ...newKey, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-days', '2', '-subj', '/CN=Test authority');
  run('req', ...newKey, '-keyout', at('server.key'), '-out', at('server.csr'), '-subj', '/CN=api.dropboxapi.com');
  writeFileSync(at('names'), `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}\n`);
  run('x509', '-req', '-in', at('server.csr'), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-out', at('server.pem'), '-days', '2', '-extfile', at('names'));
  return { cert: readFileSync(at('server.pem'), 'utf8'), key: readFileSync(at('server.key'), 'utf8'), authority: at('ca.pem') };
}
