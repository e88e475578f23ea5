/**
 * A proxy between a driver and its service that injects faults of networks and servers. A rule chooses the fault of
 * each request. Rules that use only the request's number, or whether its body has bytes of a file, work for every
 * provider.
 */
import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { forwardResponse } from './fault-response.ts';
import { Bandwidth, flipBit, pipeThrough, throttled } from './fault-streams.ts';

export interface ProxiedRequest {
  /** The first request after the rule was set has number 1. */
  number: number;
  method: string;
  /** Path and query. */
  target: string;
  headers: http.IncomingHttpHeaders;
  /** The body contains bytes of a file, not JSON, XML or a form. */
  hasFileBody: boolean;
  /** Bytes of the body received so far. */
  bytesReceived: number;
  /** The service has handled the request and responded, even if the response was not forwarded. */
  wasServed: boolean;
  /** The whole response was sent to the client. */
  wasAnswered: boolean;
  /** The number of the connection on which the request arrived. */
  connection: number;
}

export type Fault =
  /** The proxy responds instead of the service: at once (the default), or after it received the body. */
  | {
      kind: 'answer';
      status: number;
      headers?: Record<string, string>;
      body?: string;
      when?: 'at once' | 'after the body';
    }
  /** Closes the connection after this number of bytes of the body (default: at once). */
  | { kind: 'reset'; afterBytes?: number }
  /** Lets the service handle the request, then closes the connection instead of forwarding the response. */
  | { kind: 'lost-answer' }
  /** Keeps the connection open without reading or sending anything. */
  | { kind: 'stall' }
  /** Waits for a promise before it forwards the request. */
  | { kind: 'hold'; until: Promise<void> }
  /** Reads the whole request and never responds. */
  | { kind: 'silence' }
  /** Flips one bit of the request body or the response body, in the byte at position `at` (default: the first byte). */
  | { kind: 'flip-bit'; of?: 'body' | 'answer'; at?: number }
  /** Closes the connection after this number of bytes of the response body. */
  | { kind: 'cut-answer'; afterBytes: number }
  /** Closes the connection in the middle of the response headers. */
  | { kind: 'cut-head' }
  /** Limits the bytes per second, in both directions or only for the response. */
  | { kind: 'slow'; bytesPerSecond: number; of?: 'answer' }
  /** Changes the response headers and body. A header with the value undefined is removed. */
  | { kind: 'tamper'; headers?: Record<string, string | undefined>; body?: (text: string) => string };

/** Chooses the fault of a request; undefined forwards the request unchanged. */
export type FaultRule = (request: ProxiedRequest) => Fault | undefined;

/** Stopping the proxy closes every connection, so no connection outlives its test. */
export class FaultProxy {
  readonly url: string;
  /** Bytes of request bodies forwarded to the service since the start. */
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
   * Limits the total rate of all request bodies, so that a test has time to act during a transfer. Can be set at any
   * time.
   */
  set bytesPerSecond(rate: number) {
    this.#bandwidth.bytesPerSecond = rate;
  }

  /** The requests since the rule was set. */
  get requests(): readonly ProxiedRequest[] {
    return this.#requests;
  }
  /** The number of connections since the start, and of open connections. */
  get connections(): { made: number; open: number } {
    return { made: this.#connections, open: this.#sockets.size };
  }

  /** Sets the rule and clears the recorded requests. Without a rule, every request is forwarded unchanged. */
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

  /** Refuses new connections and closes open connections. */
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
      const respond = (): void => {
        response.writeHead(fault.status, { 'content-type': 'application/xml', ...fault.headers }).end(fault.body ?? '');
      };
      if (fault.when === 'after the body') request.once('end', respond);
      else respond();
    } else if (fault?.kind === 'reset') {
      // A request without a body has no `data` event that could close the connection.
      if (!fault.afterBytes || headers['content-length'] === '0' || headers['content-length'] === undefined)
        request.socket.destroy();
    } else if (fault?.kind !== 'stall' && fault?.kind !== 'silence') {
      this.#forward(request, response, { recorded, fault });
    }
  }

  /** Forwards the request to the service and its response to the client, with a fault that changes or ends them. */
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
    if (transforms.length > 0) pipeThrough(request, transforms).pipe(forward);
    else {
      request.on('data', (chunk: Buffer) => {
        const ms = this.#bandwidth.reserve(chunk.length);
        const isBufferFull = !forward.destroyed && !forward.write(chunk);
        this.uploaded += chunk.length;
        const waits: Promise<void>[] = [];
        if (ms > 0) waits.push(sleep(ms, undefined, { ref: false }));
        // After an early response, the rest of the body is forwarded without waiting; otherwise both connections would
        // hang.
        if (isBufferFull && !response.writableFinished)
          waits.push(
            new Promise<void>((resolve) => {
              forward.once('drain', resolve);
            }),
          );
        if (waits.length === 0) return;
        request.pause();
        void Promise.all(waits).then(() => request.resume());
      });
      response.once('finish', () => request.resume());
      forward.once('close', () => request.resume());
      request.once('end', () => forward.end());
    }
    // When the client closes its connection, the proxy closes its connection to the service.
    response.once('close', () => {
      if (!response.writableFinished) forward.destroy();
    });
    // After a response, the service may close the connection. Without a response, the client gets an error too.
    forward.on('error', () => {
      if (!response.headersSent) request.socket.destroy();
    });
    forward.once('response', (serviceResponse) => {
      serviceResponse.once('end', () => {
        recorded.wasServed = true;
        this.#notifyWatchers();
      });
      forwardResponse(request, response, serviceResponse, fault);
    });
  }
}
