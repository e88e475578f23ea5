/**
 * A proxy between a driver and its service that injects faults. It sees every request and applies what networks and
 * servers do wrong to the chosen ones. A fault is aimed at a shape (the third request, a request that carries a file),
 * never at a provider's addresses; otherwise the suite would silently skip the next provider.
 */
import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Bandwidth, flipBit, pipeThrough, responseTransforms, throttled } from './fault-streams.ts';

export interface ProxiedRequest {
  /** Counts from 1 since the plan was set. */
  number: number;
  method: string;
  /** path and query */
  target: string;
  headers: http.IncomingHttpHeaders;
  /** The body contains the file's bytes, not a protocol document. */
  hasFileBody: boolean;
  /** bytes of the body received so far */
  bytesReceived: number;
  /** the service has handled the request and answered, whether or not the response was forwarded */
  wasServed: boolean;
  /** The whole response was sent to the client. */
  wasAnswered: boolean;
  /** number of the socket that the request came through */
  connection: number;
}

export type Fault =
  /** Answers itself: before it reads the body, or instead of a service that has handled the request. */
  | {
      kind: 'answer';
      status: number;
      headers?: Record<string, string>;
      body?: string;
      when?: 'at once' | 'after the body';
    }
  /** Cuts the connection after so many bytes of the body (default: at once). */
  | { kind: 'reset'; afterBytes?: number }
  /** Lets the service handle the request, then cuts the connection instead of forwarding the response. */
  | { kind: 'lost-answer' }
  /** Reads nothing and sends nothing, but keeps the connection open. */
  | { kind: 'stall' }
  /** Waits for a promise before it forwards the request. */
  | { kind: 'hold'; until: Promise<void> }
  /** Reads everything and sends nothing. */
  | { kind: 'silence' }
  /** Flips one bit of the request body, or of the response body: in the byte at `at`, or in the first one. */
  | { kind: 'flip-bit'; of?: 'body' | 'answer'; at?: number }
  /** Cuts the connection after so many bytes of the response body. */
  | { kind: 'cut-answer'; afterBytes: number }
  /** Cuts the connection in the middle of the response headers. */
  | { kind: 'cut-head' }
  /** Limits the bytes per second, in both directions or only for the response. */
  | { kind: 'slow'; bytesPerSecond: number; of?: 'answer' }
  /** Changes the response headers; an undefined header is removed. */
  | { kind: 'tamper'; headers?: Record<string, string | undefined>; body?: (text: string) => string };

export type FaultRule = (recorded: ProxiedRequest) => Fault | undefined;

/** Closing the proxy closes every connection, so no connection outlives its test. */
export class FaultProxy {
  readonly url: string;
  /** bytes of bodies forwarded to the service since the start */
  uploaded = 0;
  readonly #bandwidth = new Bandwidth(Infinity);
  readonly #server: http.Server;
  readonly #upstream: URL;
  readonly #agent = new http.Agent({ keepAlive: true });
  readonly #sockets = new Map<Socket, number>();
  #connections = 0;
  #rule: FaultRule = () => undefined;
  #requests: ProxiedRequest[] = [];
  #watchers = new Set<() => void>();

  private constructor(server: http.Server, upstream: URL) {
    this.#server = server;
    this.#upstream = upstream;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (socket) => {
      this.#sockets.set(socket, ++this.#connections);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        this.#notifyWatchers();
      });
      socket.on('error', () => undefined);
    });
    server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) =>
      this.#serve(request, response),
    );
  }

  static async start(upstream: string): Promise<FaultProxy> {
    const server = http.createServer({ keepAliveTimeout: 0, requestTimeout: 0 }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FaultProxy(server, new URL(upstream));
  }

  /**
   * Limits all bodies together on their way to the service, so that "the middle of a transfer" lasts. May change at any
   * time.
   */
  set bytesPerSecond(rate: number) {
    this.#bandwidth.bytesPerSecond = rate;
  }

  /** Requests since the plan was set. */
  get requests(): readonly ProxiedRequest[] {
    return this.#requests;
  }
  /** Connections since the start, and open connections. */
  get connections(): { made: number; open: number } {
    return { made: this.#connections, open: this.#sockets.size };
  }

  /** Clears the recorded requests; without a plan, everything is forwarded. */
  setRule(rule: FaultRule = () => undefined): void {
    this.#rule = rule;
    this.#requests = [];
  }

  /** Resolves as soon as the condition holds; checks it again on every request, response and closed connection. */
  waitUntil(isTrue: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!isTrue()) return;
        this.#watchers.delete(check);
        resolve();
      };
      this.#watchers.add(check);
      check();
    });
  }

  /** Stops listening: new connections are refused and open ones are cut. */
  goOffline(): void {
    this.#server.close();
    this.closeConnections();
  }

  closeConnections(): void {
    for (const socket of this.#sockets.keys()) socket.destroy();
  }

  /** Listens again, at the same address. */
  async goOnline(): Promise<void> {
    if (this.#server.listening) return;
    this.#server.listen(Number(new URL(this.url).port), '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    this.#server.close();
    this.#server.closeAllConnections();
    for (const socket of this.#sockets.keys()) socket.destroy();
  }

  #notifyWatchers(): void {
    for (const check of this.#watchers) check();
  }

  #serve(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { method = '', url: target = '', headers } = request;
    const hasFileBody =
      (method === 'PUT' || method === 'POST') &&
      headers['content-length'] !== '0' &&
      !/xml|json|form-urlencoded/.test(headers['content-type'] ?? '');
    const recorded: ProxiedRequest = {
      number: this.#requests.length + 1,
      method,
      target,
      headers,
      hasFileBody,
      bytesReceived: 0,
      wasServed: false,
      wasAnswered: false,
      connection: this.#sockets.get(request.socket) ?? 0,
    };
    this.#requests.push(recorded);
    const fault = this.#rule(recorded);
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    response.once('finish', () => {
      recorded.wasAnswered = true;
    });
    if (fault?.kind === 'hold') {
      this.#notifyWatchers();
      void fault.until.then(() => this.#applyFault(request, response, { recorded, fault: undefined }));
    } else {
      this.#applyFault(request, response, { recorded, fault });
    }
  }

  #applyFault(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    { recorded, fault }: { recorded: ProxiedRequest; fault: Fault | undefined },
  ): void {
    const { headers } = request;
    if (fault?.kind !== 'stall') {
      request.on('data', (chunk: Buffer) => {
        recorded.bytesReceived += chunk.length;
        if (fault?.kind === 'reset' && recorded.bytesReceived >= (fault.afterBytes ?? 0)) request.socket.destroy();
        this.#notifyWatchers();
      });
    }
    this.#notifyWatchers();
    if (fault?.kind === 'answer') {
      const answer = (): void => {
        response.writeHead(fault.status, { 'content-type': 'application/xml', ...fault.headers }).end(fault.body ?? '');
      };
      if (fault.when === 'after the body') request.once('end', answer);
      else answer();
    } else if (fault?.kind === 'reset') {
      if (!fault.afterBytes || headers['content-length'] === '0' || headers['content-length'] === undefined)
        request.socket.destroy();
    } else if (fault?.kind !== 'stall' && fault?.kind !== 'silence') {
      this.#forward(request, response, { recorded, fault });
    }
  }

  #forward(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    { recorded, fault }: { recorded: ProxiedRequest; fault: Fault | undefined },
  ): void {
    const { hostname, port } = this.#upstream;
    const forward = http.request({
      hostname,
      port,
      agent: this.#agent,
      method: request.method,
      path: request.url,
      headers: request.headers,
      setHost: false,
    });
    const transforms = [
      ...(fault?.kind === 'flip-bit' && fault.of !== 'answer' ? [flipBit(fault.at)] : []),
      ...(fault?.kind === 'slow' && fault.of !== 'answer' ? [throttled(new Bandwidth(fault.bytesPerSecond))] : []),
    ];
    // An empty body has no first byte to wait for.
    if (transforms.length > 0) pipeThrough(request, transforms).pipe(forward);
    else {
      request.on('data', (chunk: Buffer) => {
        const ms = this.#bandwidth.reserve(chunk.length);
        // The rest of the body is still forwarded after an early response; otherwise both connections would hang.
        const isFull = !forward.destroyed && !forward.write(chunk) && !response.writableFinished;
        this.uploaded += chunk.length;
        const waits = [
          ...(isFull
            ? [
                new Promise<void>((done) => {
                  forward.once('drain', done);
                }),
              ]
            : []),
          ...(ms > 0 ? [sleep(ms, undefined, { ref: false })] : []),
        ];
        if (waits.length === 0) return;
        request.pause();
        void Promise.all(waits).then(() => request.resume());
      });
      response.once('finish', () => request.resume());
      forward.once('close', () => request.resume());
      request.once('end', () => forward.end());
    }
    // When the client closes its connection, so does the proxy towards the service.
    response.once('close', () => {
      if (!response.writableFinished) forward.destroy();
    });
    // A service that closes the connection after its response has answered.
    forward.on('error', () => {
      if (!response.headersSent) request.socket.destroy();
    });
    forward.once('response', (answer) => {
      answer.once('end', () => {
        recorded.wasServed = true;
        this.#notifyWatchers();
      });
      this.#sendResponse(request, response, answer, fault);
    });
  }

  #sendResponse(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    answer: http.IncomingMessage,
    fault: Fault | undefined,
  ): void {
    const headers: http.OutgoingHttpHeaders = { ...answer.headers };
    answer.on('error', () => request.socket.destroy());
    if (fault?.kind === 'cut-head') {
      answer.resume();
      answer.once('end', () => request.socket.write('HTTP/1.1 200 OK\r\ncontent-le', () => request.socket.destroy()));
    } else if (fault?.kind === 'lost-answer') {
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
      const transforms = responseTransforms(fault, () => {
        request.socket.destroy();
      });
      response.writeHead(answer.statusCode ?? 500, headers);
      pipeThrough(answer, transforms).pipe(response);
    }
  }
}
