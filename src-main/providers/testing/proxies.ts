/** HTTP and SOCKS proxies on loopback for tests. They record the requests. */
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { pipeSockets, trackSockets } from './sockets.ts';

export interface TestProxyLogin {
  user: string;
  password: string;
}

export interface TestProxy {
  /** `host:port` */
  address: string;
  /** The requests in order: `CONNECT host:port`, `GET http://…`, `SOCKS host:port`. */
  requests: string[];
  stop(): Promise<void>;
}

export interface HttpProxyOptions {
  login?: TestProxyLogin;
  /** The value of Proxy-Authenticate in a 407 response. */
  scheme?: string;
  /** `open` accepts CONNECT requests. A number rejects them with this status and an HTML page. */
  connectStatus?: 'open' | number;
  /** `loopback` resolves every host name to this computer. */
  resolveNames?: 'system' | 'loopback';
  /** The loopback port to which the proxy connects for this host; undefined rejects the request. */
  portFor?(host: string): number | undefined;
}

export async function startHttpProxy({
  login,
  scheme = 'Basic realm="test"',
  connectStatus = 'open',
  resolveNames = 'system',
  portFor,
}: HttpProxyOptions = {}): Promise<TestProxy> {
  const expectedHeader = login && `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
  const requests: string[] = [];
  const isAuthorized = (request: http.IncomingMessage): boolean =>
    expectedHeader === undefined || request.headers['proxy-authorization'] === expectedHeader;
  const server = http.createServer((request, response) => {
    requests.push(`${request.method} ${request.url?.split('?')[0]}`);
    if (!isAuthorized(request))
      return void response.writeHead(407, { 'proxy-authenticate': scheme }).end('<p>Who are you?</p>');
    const { 'proxy-authorization': _, 'proxy-connection': __, ...headers } = request.headers;
    const target = new URL(request.url ?? '');
    if (resolveNames === 'loopback') target.hostname = '127.0.0.1';
    const forward = http.request(target, { method: request.method, headers, agent: false }, (targetResponse) => {
      response.writeHead(targetResponse.statusCode ?? 502, targetResponse.headers);
      targetResponse.pipe(response);
    });
    forward.once('error', () => response.destroy());
    request.pipe(forward);
  });
  const sockets = trackSockets(server);
  server.on('connect', (request: http.IncomingMessage, client: Socket) => {
    requests.push(`CONNECT ${request.url}`);
    const [, host = '', requestedPort = ''] = /^(.*):(\d+)$/.exec(request.url ?? '') ?? [];
    const port = portFor ? portFor(host) : Number(requestedPort);
    const allowedStatus = port === undefined ? 403 : connectStatus;
    const status = isAuthorized(request) ? allowedStatus : 407;
    if (port === undefined || status !== 'open')
      return void client.end(
        `HTTP/1.1 ${status} No\r\n${status === 407 ? `proxy-authenticate: ${scheme}\r\n` : ''}content-type: text/html\r\ncontent-length: 10\r\n\r\n<p>No.</p>`,
      );
    const service = net.connect(
      port,
      portFor || resolveNames === 'loopback' ? '127.0.0.1' : host.replace(/^\[|\]$/g, ''),
      () => client.write('HTTP/1.1 200 Connection established\r\n\r\n'),
    );
    service.once('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n'));
    pipeSockets(client, service);
  });
  return await listen(server, requests, sockets);
}

/** Implements the CONNECT command of SOCKS 5 (RFC 1928), with a login if required (RFC 1929). */
export async function startSocksProxy({ login }: { login?: TestProxyLogin } = {}): Promise<TestProxy> {
  const requests: string[] = [];
  const server = net.createServer((client) => {
    client.on('error', () => undefined);
    // When a client disconnects early, this promise stays pending. No code waits for it.
    void serveSocks(client, login, requests);
  });
  return await listen(server, requests, trackSockets(server));
}

/** Reads the greeting, the login and the request of a SOCKS 5 client, and then connects it to the requested host. */
async function serveSocks(client: Socket, login: TestProxyLogin | undefined, requests: string[]): Promise<void> {
  const reader = new ByteReader(client);
  // Greeting: the version, and the sign-in methods of the client.
  const [, count = 0] = await reader.take(2);
  const methods = await reader.take(count);
  // 0: no login; 2: user name and password; 255: no acceptable method.
  const method = login ? 2 : 0;
  if (!methods.includes(method)) return void client.end(Buffer.from([5, 0xff]));
  client.write(Buffer.from([5, method]));
  if (login) {
    const [, userLength = 0] = await reader.take(2);
    const user = (await reader.take(userLength)).toString();
    const [passwordLength = 0] = await reader.take(1);
    const isAuthorized = user === login.user && (await reader.take(passwordLength)).toString() === login.password;
    client.write(Buffer.from([1, isAuthorized ? 0 : 1]));
    if (!isAuthorized) return void client.end();
  }
  // Request: version, command, reserved byte, kind of address. Kind 1 is an IPv4 address, otherwise a host name.
  const [, , , kind = 0] = await reader.take(4);
  const readHostName = async (): Promise<string> => {
    const [length = 0] = await reader.take(1);
    return (await reader.take(length)).toString();
  };
  const host = kind === 1 ? [...(await reader.take(4))].join('.') : await readHostName();
  const port = (await reader.take(2)).readUInt16BE();
  requests.push(`SOCKS ${host}:${port}`);
  // Code 0 means success, code 5 "connection refused".
  const reply = (code: number): Buffer => Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
  const service = net.connect(port, host, () => client.write(reply(0)));
  service.once('error', () => client.end(reply(5)));
  reader.release();
  pipeSockets(client, service);
}

/** Reads a given number of bytes from a socket. */
class ByteReader {
  readonly #socket: Socket;
  #buffered = Buffer.alloc(0);
  #onBytes: () => void = () => undefined;
  readonly #onData = (chunk: Buffer): void => {
    this.#buffered = Buffer.concat([this.#buffered, chunk]);
    this.#onBytes();
  };

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', this.#onData);
  }

  async take(count: number): Promise<Buffer> {
    while (this.#buffered.length < count)
      await new Promise<void>((resolve) => {
        this.#onBytes = resolve;
      });
    const taken = this.#buffered.subarray(0, count);
    this.#buffered = this.#buffered.subarray(count);
    return taken;
  }

  /** Stops reading, so that other code can read the rest from the socket. */
  release(): void {
    this.#socket.off('data', this.#onData);
    if (this.#buffered.length > 0) this.#socket.unshift(this.#buffered);
  }
}

async function listen(server: net.Server, requests: string[], sockets: Set<Socket>): Promise<TestProxy> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    requests,
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
