/**
 * A proxy that fails on purpose, between a driver and its service: it sees every request, and does to the chosen ones
 * what networks and servers do. Faults are aimed by shape (the third request, one that carries a file), never by a
 * provider's addresses, or the suite would silently skip the next provider.
 */
import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { Transform, type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

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
  /** the service did its work and answered, whether or not that was passed on */
  served: boolean;
  /** The whole answer went to whoever asked. */
  answered: boolean;
  /** the socket it came through, numbered */
  connection: number;
}

export type Fault =
  /** Answers by itself: before the body was read, or in the place of a service that took it. */
  | {
      kind: 'answer';
      status: number;
      headers?: Record<string, string>;
      body?: string;
      when?: 'at once' | 'after the body';
    }
  /** Cuts the connection after so many bytes of the body (default: at once). */
  | { kind: 'reset'; afterBytes?: number }
  /** Lets the service do its work, then cuts the connection instead of passing on the answer. */
  | { kind: 'lost-answer' }
  /** Reads nothing, says nothing, keeps the connection. */
  | { kind: 'stall' }
  /** Waits for something else before anything of it reaches the service. */
  | { kind: 'hold'; until: Promise<void> }
  /** Reads everything, says nothing. */
  | { kind: 'silence' }
  /** Flips one bit of the body on its way to the service, or of the answer on its way back: in the byte at `at`, or in the first one. */
  | { kind: 'flip-bit'; of?: 'body' | 'answer'; at?: number }
  /** Cuts the connection after so many bytes of the answer's body. */
  | { kind: 'cut-answer'; afterBytes: number }
  /** Cuts the connection in the middle of the answer's head. */
  | { kind: 'cut-head' }
  /** Lets so many bytes a second through, each way or only on the way back. */
  | { kind: 'slow'; bytesPerSecond: number; of?: 'answer' }
  /** Changes the answer on its way back; an undefined header is removed. */
  | { kind: 'tamper'; headers?: Record<string, string | undefined>; body?: (text: string) => string };

export type Plan = (seen: Seen) => Fault | undefined;

/** Every connection ends with the proxy, so nothing of a test outlives it. */
export class FaultProxy {
  readonly url: string;
  /** bytes of bodies that were let through to the service since the start */
  uploaded = 0;
  readonly #pace = new Pace(Infinity);
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
      socket.once('close', () => {
        this.#sockets.delete(socket);
        this.#tell();
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

  /** Of all bodies together, on their way to the service: so that "the middle" lasts. May be changed at any time. */
  set bytesPerSecond(rate: number) {
    this.#pace.bytesPerSecond = rate;
  }

  /** Requests since the plan was set. */
  get seen(): readonly Seen[] {
    return this.#seen;
  }
  /** Connections since the start, and those open now. */
  get connections(): { made: number; open: number } {
    return { made: this.#connections, open: this.#sockets.size };
  }

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

  /** Nobody listens any more: who connects is refused, who is connected is cut off. */
  goAway(): void {
    this.#server.close();
    this.cutAll();
  }

  cutAll(): void {
    for (const socket of this.#sockets.keys()) socket.destroy();
  }

  /** Listens again, at the same address. */
  async comeBack(): Promise<void> {
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

  #tell(): void {
    for (const look of this.#watchers) look();
  }

  #serve(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { method = '', url: target = '', headers } = request;
    const carriesFile =
      (method === 'PUT' || method === 'POST') &&
      headers['content-length'] !== '0' &&
      !/xml|json|form-urlencoded/.test(headers['content-type'] ?? '');
    const seen: Seen = {
      number: this.#seen.length + 1,
      method,
      target,
      headers,
      carriesFile,
      received: 0,
      served: false,
      answered: false,
      connection: this.#sockets.get(request.socket) ?? 0,
    };
    this.#seen.push(seen);
    const fault = this.#plan(seen);
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    response.once('finish', () => {
      seen.answered = true;
    });
    if (fault?.kind === 'hold') {
      this.#tell();
      void fault.until.then(() => this.#serveNow(request, response, { seen, fault: undefined }));
    } else {
      this.#serveNow(request, response, { seen, fault });
    }
  }

  #serveNow(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    { seen, fault }: { seen: Seen; fault: Fault | undefined },
  ): void {
    const { headers } = request;
    if (fault?.kind !== 'stall') {
      request.on('data', (chunk: Buffer) => {
        seen.received += chunk.length;
        if (fault?.kind === 'reset' && seen.received >= (fault.afterBytes ?? 0)) request.socket.destroy();
        this.#tell();
      });
    }
    this.#tell();
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
      this.#pass(request, response, { seen, fault });
    }
  }

  #pass(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    { seen, fault }: { seen: Seen; fault: Fault | undefined },
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
    const way = [
      ...(fault?.kind === 'flip-bit' && fault.of !== 'answer' ? [flipped(fault.at)] : []),
      ...(fault?.kind === 'slow' && fault.of !== 'answer' ? [slowed(new Pace(fault.bytesPerSecond))] : []),
    ];
    // A body of no bytes has no first one to wait for.
    if (way.length > 0) joined(request, way).pipe(forward);
    else {
      request.on('data', (chunk: Buffer) => {
        const ms = this.#pace.take(chunk.length);
        // What comes after an early answer is passed on all the same, or both connections would be stuck.
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
    // Whoever hangs up on us hangs up on the service.
    response.once('close', () => {
      if (!response.writableFinished) forward.destroy();
    });
    // A service that answered and then hung up has answered.
    forward.on('error', () => {
      if (!response.headersSent) request.socket.destroy();
    });
    forward.once('response', (answer) => {
      answer.once('end', () => {
        seen.served = true;
        this.#tell();
      });
      this.#answer(request, response, answer, fault);
    });
  }

  #answer(
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
      const way = onTheWayBack(fault, () => {
        request.socket.destroy();
      });
      response.writeHead(answer.statusCode ?? 500, headers);
      joined(answer, way).pipe(response);
    }
  }
}

// ---------------------------------------------------------------- what happens to bytes on their way

function onTheWayBack(fault: Fault | undefined, cut: () => void): Transform[] {
  if (fault?.kind === 'flip-bit' && fault.of === 'answer') return [flipped(fault.at)];
  if (fault?.kind === 'cut-answer') return [cutAfter(fault.afterBytes, cut)];
  return fault?.kind === 'slow' ? [slowed(new Pace(fault.bytesPerSecond))] : [];
}

const joined = (from: Readable, way: readonly Transform[]): Readable =>
  way.reduce<Readable>((stream, next) => stream.pipe(next), from);

function flipped(at = 0): Transform {
  let position = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const isHere = at >= position && at < position + chunk.length;
      const sent = isHere ? Buffer.from(chunk) : chunk;
      if (isHere) sent[at - position] = (sent[at - position] ?? 0) ^ 1;
      position += chunk.length;
      done(null, sent);
    },
  });
}

function cutAfter(bytes: number, cut: () => void): Transform {
  let left = bytes;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const sent = chunk.subarray(0, left);
      left -= sent.length;
      this.push(sent);
      // What was pushed has to be on the wire first.
      if (left === 0) setImmediate(cut);
      else done();
    },
  });
}

/** How fast bytes go, whoever uses it. */
class Pace {
  bytesPerSecond: number;
  #freeAt = 0;

  constructor(bytesPerSecond: number) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** @returns ms until what comes after these bytes may go */
  take(bytes: number): number {
    const now = performance.now();
    if (this.bytesPerSecond === Infinity) this.#freeAt = now;
    else this.#freeAt = Math.max(now, this.#freeAt) + (bytes / this.bytesPerSecond) * 1000;
    return this.#freeAt - now;
  }
}

const mostSliceBytes = 4096;
/** However slow, something moves at least this often a second. */
const movesASecond = 20;

function slowed(pace: Pace): Transform {
  const slowSliceBytes = Math.max(1, Math.min(mostSliceBytes, Math.ceil(pace.bytesPerSecond / movesASecond)));
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const pass = (rest: Buffer): void => {
        if (rest.length === 0) {
          done();
          return;
        }
        const slice = rest.subarray(0, slowSliceBytes);
        setTimeout(() => {
          this.push(slice);
          pass(rest.subarray(slice.length));
        }, pace.take(slice.length));
      };
      pass(chunk);
    },
  });
}
