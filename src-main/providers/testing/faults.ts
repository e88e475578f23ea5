/**
 * A proxy that fails on purpose, between a driver and its service: it sees every request, and does to the chosen ones
 * what networks and servers do. Faults are aimed by shape (the third request, one that carries a file), never by a
 * provider's addresses, or the suite would silently skip the next provider.
 */
import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';

export interface Seen {
  /** Counts from 1 since the plan was set. */
  number: number;
  method: string;
  /** path and query */
  target: string;
  headers: http.IncomingHttpHeaders;
  /** A body that is not a document of the protocol: the file's bytes. */
  carriesFile: boolean;
  /** bytes of the body that arrived so far */
  received: number;
  /** the socket it came through, numbered */
  connection: number;
}

export type Fault =
  /** Answers by itself, before the body was read. */
  | { kind: 'answer'; status: number; headers?: Record<string, string>; body?: string }
  /** Cuts the connection after so many bytes of the body (default: at once). */
  | { kind: 'reset'; afterBytes?: number }
  /** Lets the service do its work, then cuts the connection instead of passing on the answer. */
  | { kind: 'lost-answer' }
  /** Reads nothing, says nothing, keeps the connection. */
  | { kind: 'stall' }
  /** Reads everything, says nothing. */
  | { kind: 'silence' }
  /** Flips one bit of the body on its way to the service. */
  | { kind: 'flip-bit' }
  /** Changes the answer on its way back; an undefined header is removed. */
  | { kind: 'tamper'; headers?: Record<string, string | undefined>; body?: (text: string) => string };

export type Plan = (seen: Seen) => Fault | undefined;

/** Every connection ends with the proxy, so nothing of a test outlives it. */
export class FaultProxy {
  readonly url: string;
  readonly #server: http.Server;
  readonly #upstream: URL;
  readonly #agent = new http.Agent({ keepAlive: true });
  readonly #sockets = new Map<Socket, number>();
  #connections = 0;
  #plan: Plan = () => undefined;
  #seen: Seen[] = [];
  #watchers = new Set<() => void>();

  private constructor(server: http.Server, upstream: URL) {
    this.#server = server;
    this.#upstream = upstream;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (socket) => {
      this.#sockets.set(socket, ++this.#connections);
      socket.once('close', () => { this.#sockets.delete(socket); this.#tell(); });
      socket.on('error', () => undefined);
    });
    server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => this.#serve(request, response));
  }

  static async start(upstream: string): Promise<FaultProxy> {
    const server = http.createServer({ keepAliveTimeout: 0, requestTimeout: 0 }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FaultProxy(server, new URL(upstream));
  }

  /** Requests since the plan was set. */
  get seen(): readonly Seen[] { return this.#seen; }
  /** Connections since the start, and those open now. */
  get connections(): { made: number; open: number } { return { made: this.#connections, open: this.#sockets.size }; }

  /** Forgets what was seen; without a plan it only passes on. */
  set(plan: Plan = () => undefined): void {
    this.#plan = plan;
    this.#seen = [];
  }

  /** Resolves as soon as it is true; looks again whenever something arrives or a connection ends. */
  until(isTrue: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isTrue()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    this.#server.close();
    this.#server.closeAllConnections();
    for (const socket of this.#sockets.keys()) socket.destroy();
  }

  #tell(): void { for (const look of this.#watchers) look(); }

  #serve(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { method = '', url: target = '', headers } = request;
    const carriesFile = (method === 'PUT' || method === 'POST') && headers['content-length'] !== '0' && !/xml|json/.test(headers['content-type'] ?? '');
    const seen: Seen = { number: this.#seen.length + 1, method, target, headers, carriesFile, received: 0, connection: this.#sockets.get(request.socket) ?? 0 };
    this.#seen.push(seen);
    const fault = this.#plan(seen);
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    if (fault?.kind !== 'stall') {
      request.on('data', (chunk: Buffer) => {
        seen.received += chunk.length;
        if (fault?.kind === 'reset' && seen.received >= (fault.afterBytes ?? 0)) request.socket.destroy();
        this.#tell();
      });
    }
    this.#tell();
    if (fault?.kind === 'answer') {
      response.writeHead(fault.status, { 'content-type': 'application/xml', ...fault.headers }).end(fault.body ?? '');
    } else if (fault?.kind === 'reset') {
      if (!fault.afterBytes || headers['content-length'] === '0' || headers['content-length'] === undefined) request.socket.destroy();
    } else if (fault?.kind !== 'stall' && fault?.kind !== 'silence') {
      this.#pass(request, response, fault);
    }
  }

  #pass(request: http.IncomingMessage, response: http.ServerResponse, fault: Fault | undefined): void {
    const { hostname, port } = this.#upstream;
    const forward = http.request({ hostname, port, agent: this.#agent, method: request.method, path: request.url, headers: request.headers, setHost: false });
    let flip = fault?.kind === 'flip-bit';
    request.on('data', (chunk: Buffer) => {
      const sent = flip ? Buffer.from(chunk) : chunk;
      if (flip) sent[0] = (sent[0] ?? 0) ^ 1;
      flip = false;
      if (!forward.write(sent)) {
        request.pause();
        forward.once('drain', () => request.resume());
      }
    });
    request.once('end', () => forward.end());
    // Whoever hangs up on us hangs up on the service.
    response.once('close', () => { if (!response.writableFinished) forward.destroy(); });
    forward.once('error', () => request.socket.destroy());
    forward.once('response', (answer) => this.#answer(request, response, answer, fault));
  }

  #answer(request: http.IncomingMessage, response: http.ServerResponse, answer: http.IncomingMessage, fault: Fault | undefined): void {
    const headers: http.OutgoingHttpHeaders = { ...answer.headers };
    if (fault?.kind === 'lost-answer') {
      answer.resume();
      answer.once('end', () => request.socket.destroy());
    } else if (fault?.kind === 'tamper') {
      for (const [name, value] of Object.entries(fault.headers ?? {})) {
        if (value === undefined) delete headers[name];
        else headers[name] = value;
      }
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('end', () => {
        const body = fault.body ? Buffer.from(fault.body(Buffer.concat(chunks).toString())) : Buffer.concat(chunks);
        delete headers['transfer-encoding'];
        if (request.method !== 'HEAD') headers['content-length'] = body.length;
        response.writeHead(answer.statusCode ?? 500, headers).end(body);
      });
    } else {
      response.writeHead(answer.statusCode ?? 500, headers);
      answer.pipe(response);
    }
  }
}
