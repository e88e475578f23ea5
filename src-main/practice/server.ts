/**
 * An S3 server on a loopback address. Each request passes the same steps: host check, signature check, operation,
 * response. Errors are S3 errors. No response allows another origin to read it.
 */
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Exchange, type RequestOptions } from './exchange.ts';

export interface PracticeServerOptions extends RequestOptions {
  /** A connection without traffic is closed after this many ms */
  idleTimeoutMs?: number;
  /** Timeout for the headers of a request, in ms */
  headersTimeoutMs?: number;
}

const maxConnections = 256;

export class PracticeServer {
  readonly port: number;
  readonly #http: http.Server;
  readonly #inFlight = new Set<Promise<void>>();
  #count = 0;

  private constructor(server: http.Server, options: PracticeServerOptions) {
    this.#http = server;
    this.port = (server.address() as AddressInfo).port;
    const onRequest =
      (expectation: 'nothing' | 'continue') =>
      (request: IncomingMessage, response: ServerResponse): void => {
        const work = new Exchange(request, response, {
          ...options,
          port: this.port,
          expectation,
          id: (++this.#count).toString(16).padStart(16, '0'),
        }).serve();
        this.#inFlight.add(work);
        void work.finally(() => this.#inFlight.delete(work));
      };
    server.on('request', onRequest('nothing'));
    server.on('checkContinue', onRequest('continue'));
    server.on('timeout', (socket) => socket.destroy());
  }

  /**
   * @param port 0 for any free port
   * @throws errors of listening, such as EADDRINUSE
   */
  static async listen(port: number, options: PracticeServerOptions): Promise<PracticeServer> {
    const { idleTimeoutMs = 60_000, headersTimeoutMs = 20_000 } = options;
    const server = http.createServer({
      // A large body may take any time while bytes arrive.
      requestTimeout: 0,
      headersTimeout: headersTimeoutMs,
      connectionsCheckingInterval: Math.min(headersTimeoutMs, 5000),
      keepAliveTimeout: idleTimeoutMs,
      maxHeaderSize: 32 * 1024,
      highWaterMark: 256 * 1024,
    });
    server.timeout = idleTimeoutMs;
    server.maxConnections = maxConnections;
    server.listen({ port, host: '127.0.0.1', exclusive: true });
    await once(server, 'listening');
    server.on('error', (cause) => options.onProblem?.(cause));
    return new PracticeServer(server, options);
  }

  /** Aborts the running requests, and waits until they have released their resources. */
  async close(): Promise<void> {
    this.#http.close();
    this.#http.closeAllConnections();
    await Promise.allSettled(this.#inFlight);
  }
}
