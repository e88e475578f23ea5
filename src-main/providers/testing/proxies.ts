/** Proxies on loopback, for tests: what goes through them is written down. */
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { join, socketsOf } from './sockets.ts';

export interface Login {
  user: string;
  password: string;
}

export interface TestProxy {
  /** `host:port` */
  address: string;
  /** What was asked for, in order: `CONNECT host:port`, `GET http://…`, `SOCKS host:port`. */
  seen: string[];
  stop(): Promise<void>;
}

export interface HttpProxyOptions {
  login?: Login;
  /** `open`: lets everybody through; a number: answers CONNECT with this status and a page */
  connects?: 'open' | number;
  /** Every name is this computer. */
  names?: 'as they are' | 'all here';
  /** Where a CONNECT really leads, on this computer: a port. Names without one are refused. */
  leads?(host: string): number | undefined;
}

export async function httpProxy({
  login,
  connects = 'open',
  names = 'as they are',
  leads,
}: HttpProxyOptions = {}): Promise<TestProxy> {
  const wanted = login && `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
  const seen: string[] = [];
  const isKnown = (request: http.IncomingMessage): boolean =>
    wanted === undefined || request.headers['proxy-authorization'] === wanted;
  const server = http.createServer((request, response) => {
    seen.push(`${request.method} ${request.url?.split('?')[0]}`);
    if (!isKnown(request))
      return void response.writeHead(407, { 'proxy-authenticate': 'Basic realm="test"' }).end('<p>Who are you?</p>');
    const { 'proxy-authorization': _, 'proxy-connection': __, ...headers } = request.headers;
    const target = new URL(request.url ?? '');
    if (names === 'all here') target.hostname = '127.0.0.1';
    const forward = http.request(target, { method: request.method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forward.once('error', () => response.destroy());
    request.pipe(forward);
  });
  const sockets = socketsOf(server);
  server.on('connect', (request: http.IncomingMessage, client: Socket) => {
    seen.push(`CONNECT ${request.url}`);
    const [, host = '', asked = ''] = /^(.*):(\d+)$/.exec(request.url ?? '') ?? [];
    const port = leads ? leads(host) : Number(asked);
    const status = !isKnown(request) ? 407 : port === undefined ? 403 : connects;
    if (port === undefined || status !== 'open')
      return void client.end(
        `HTTP/1.1 ${status} No\r\ncontent-type: text/html\r\ncontent-length: 10\r\n\r\n<p>No.</p>`,
      );
    const service = net.connect(port, leads || names === 'all here' ? '127.0.0.1' : host.replace(/^\[|\]$/g, ''), () =>
      client.write('HTTP/1.1 200 Connection established\r\n\r\n'),
    );
    service.once('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n'));
    join(client, service);
  });
  return await listening(server, seen, sockets);
}

/** RFC 1928, and 1929 with a login; CONNECT only. */
export async function socksProxy({ login }: { login?: Login } = {}): Promise<TestProxy> {
  const seen: string[] = [];
  const server = net.createServer((client) => {
    client.on('error', () => undefined);
    // A client that is gone in the middle leaves this waiting for bytes that nobody misses.
    void serve(client, login, seen);
  });
  return await listening(server, seen, socketsOf(server));
}

async function serve(client: Socket, login: Login | undefined, seen: string[]): Promise<void> {
  const reader = new Reader(client);
  const [, count = 0] = await reader.take(2);
  const methods = await reader.take(count);
  const method = login ? 2 : 0;
  if (!methods.includes(method)) return void client.end(Buffer.from([5, 0xff]));
  client.write(Buffer.from([5, method]));
  if (login) {
    const [, userLength = 0] = await reader.take(2);
    const user = (await reader.take(userLength)).toString();
    const [passwordLength = 0] = await reader.take(1);
    const isRight = user === login.user && (await reader.take(passwordLength)).toString() === login.password;
    client.write(Buffer.from([1, isRight ? 0 : 1]));
    if (!isRight) return void client.end();
  }
  const [, , , kind = 0] = await reader.take(4);
  const host =
    kind === 1 ? [...(await reader.take(4))].join('.') : (await reader.take((await reader.take(1))[0] ?? 0)).toString();
  const port = (await reader.take(2)).readUInt16BE();
  seen.push(`SOCKS ${host}:${port}`);
  const answer = (code: number): Buffer => Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
  const service = net.connect(port, host, () => client.write(answer(0)));
  service.once('error', () => client.end(answer(5)));
  reader.release();
  join(client, service);
}

/** Bytes from a socket, so many at a time. */
class Reader {
  readonly #socket: Socket;
  #held = Buffer.alloc(0);
  #wake: () => void = () => undefined;
  readonly #onData = (chunk: Buffer): void => {
    this.#held = Buffer.concat([this.#held, chunk]);
    this.#wake();
  };

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', this.#onData);
  }

  async take(count: number): Promise<Buffer> {
    while (this.#held.length < count)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    const taken = this.#held.subarray(0, count);
    this.#held = this.#held.subarray(count);
    return taken;
  }

  /** From here on somebody else reads. */
  release(): void {
    this.#socket.off('data', this.#onData);
    if (this.#held.length > 0) this.#socket.unshift(this.#held);
  }
}

async function listening(server: net.Server, seen: string[], sockets: Set<Socket>): Promise<TestProxy> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    seen,
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
