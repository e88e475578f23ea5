/**
 * The real host names of the service, led to the server: a proxy that takes CONNECT to them and speaks TLS with a certificate that
 * is made for this file alone. So the app itself, without a change, can be tried against the server: with this proxy and this
 * certificate among a destination's network settings.
 */
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import tls from 'node:tls';

/** What a destination has to trust. */
export const falCertificate = `-----BEGIN CERTIFICATE-----
MIIBtDCCAVqgAwIBAgIUKfwHwlsdX5c1rtX8vT6S5RaBjkcwCgYIKoZIzj0EAwIw
EzERMA8GA1UEAwwIZmFsLnRlc3QwIBcNMjYxMTI4MjEwODA0WhgPMjEyNjExMDQy
MTA4MDRaMBMxETAPBgNVBAMMCGZhbC50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAE28VEw/b3fQLXUE/3+OcWz+MQcThW7sa0UpSBpTBjIFqY0xShhb+Ou4Gy
WtHJPQB8ejvhmay1QYpZ8KXmvKIYnKOBiTCBhjAdBgNVHQ4EFgQUksntX9fe/L/C
iWi3KxUYy0sS4G4wHwYDVR0jBBgwFoAUksntX9fe/L/CiWi3KxUYy0sS4G4wMwYD
VR0RBCwwKoIGZmFsLmFpgggqLmZhbC5haYIJZmFsLm1lZGlhggsqLmZhbC5tZWRp
YTAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIEQi9RGXTPPEmy6M
ZnPTHF1N8KRkC2xEU4n26O5DV6+wAiEAvf52FwStggXjtLDqiXo3TuJY+f5WzNef
KmawQ8KxK6Q=
-----END CERTIFICATE-----`;

const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgNMiZ0ICcbaHjU33H
ZQUZ0/jO6Pyls/VxpxXSQvMcxMKhRANCAATbxUTD9vd9AtdQT/f45xbP4xBxOFbu
xrRSlIGlMGMgWpjTFKGFv467gbJa0ck9AHx6O+GZrLVBilnwpea8ohic
-----END PRIVATE KEY-----`;

const isOfFal = (host: string): boolean => /(^|\.)fal\.(ai|media)$/.test(host);

export class FalFront {
  /** `http://host:port` of the proxy */
  readonly url: string;
  /** `host:port` that were asked for */
  readonly seen: string[];
  readonly #server: http.Server;
  readonly #tls: tls.Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: http.Server, front: tls.Server, seen: string[]) {
    this.#server = server;
    this.#tls = front;
    this.seen = seen;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (const one of [server, front]) one.on('connection', (socket: Socket) => { this.#sockets.add(socket); socket.once('close', () => this.#sockets.delete(socket)); socket.on('error', () => undefined); });
  }

  /** @param upstream the server's own address */
  static async start(upstream: string): Promise<FalFront> {
    const { hostname, port } = new URL(upstream);
    const front = tls.createServer({ cert: falCertificate, key }, (client) => join(client, net.connect(Number(port), hostname)));
    front.on('tlsClientError', () => undefined);
    front.listen(0, '127.0.0.1');
    await once(front, 'listening');
    const seen: string[] = [];
    const server = http.createServer((_, response) => { response.writeHead(501).end(); });
    server.on('connect', (request: http.IncomingMessage, client: Socket) => {
      seen.push(request.url ?? '');
      // Nothing else leaves this computer.
      if (!isOfFal((request.url ?? '').replace(/:443$/, ''))) { client.end('HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n'); return; }
      const there = net.connect((front.address() as AddressInfo).port, '127.0.0.1', () => client.write('HTTP/1.1 200 Connection established\r\n\r\n'));
      join(client, there);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FalFront(server, front, seen);
  }

  stop(): void {
    this.#server.close();
    this.#tls.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

function join(one: net.Socket, other: net.Socket): void {
  one.pipe(other).pipe(one);
  for (const [here, there] of [[one, other], [other, one]] as const) {
    here.on('error', () => there.destroy());
    here.once('close', () => there.destroy());
  }
}
