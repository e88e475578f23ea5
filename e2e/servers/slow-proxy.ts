/** A TCP proxy before the S3 server: counts what is sent up and lets it through at a chosen rate, so that "the middle" lasts. */
import net from 'node:net';
import { once } from 'node:events';

const tickMs = 20;

export class SlowProxy {
  /** Of all connections together, towards the server. */
  bytesPerSecond = Infinity;
  /** Bytes let through towards the server so far. */
  uploaded = 0;
  readonly url: string;
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  #budget = 0;
  readonly #timer: NodeJS.Timeout;
  readonly #waiting = new Set<() => void>();

  private constructor(server: net.Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
    this.#timer = setInterval(() => this.#tick(), tickMs);
  }

  static async start(target: URL): Promise<SlowProxy> {
    const server = net.createServer({ allowHalfOpen: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new SlowProxy(server);
    server.on('connection', (client) => proxy.#join(client, net.connect({ port: Number(target.port), host: target.hostname, allowHalfOpen: true })));
    return proxy;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: net.Socket, server: net.Socket): void {
    for (const [one, other] of [[client, server], [server, client]] as const) {
      this.#sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => { this.#sockets.delete(one); other.destroy(); });
      one.on('end', () => other.end());
    }
    server.pipe(client, { end: false });
    client.on('data', (chunk: Buffer) => {
      client.pause();
      this.#whenAllowed(chunk.length, () => {
        this.uploaded += chunk.length;
        server.write(chunk, () => client.resume());
      });
    });
  }

  #whenAllowed(bytes: number, go: () => void): void {
    if (this.bytesPerSecond === Infinity) { go(); return; }
    const attempt = (): void => {
      if (this.#budget <= 0 && this.bytesPerSecond !== Infinity) return;
      this.#budget -= bytes;
      this.#waiting.delete(attempt);
      go();
    };
    this.#waiting.add(attempt);
    attempt();
  }

  #tick(): void {
    this.#budget = Math.min(this.#budget, 0) + (this.bytesPerSecond === Infinity ? 0 : this.bytesPerSecond * tickMs / 1000);
    for (const attempt of this.#waiting) attempt();
  }
}
