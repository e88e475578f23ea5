/**
 * Connections through proxies. Loaded when one is used. What a proxy refuses is told apart from what the destination
 * refuses: the one is mended in the proxy's settings, the other is not.
 */
import type http from 'node:http';
import { isIP, type Socket } from 'node:net';
import tls from 'node:tls';
import { Agent, type AgentConnectOpts } from 'agent-base';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { SocksClient, type SocksProxy } from 'socks';
import { AppFailure, failure } from '../../src-shared/errors.ts';
import { inTime } from './connect-in-time.ts';

export interface ProxyAgentsOptions {
  agent: http.AgentOptions & tls.ConnectionOptions;
  /** ms that a proxy may take until the connection stands */
  connectMs: number;
  /** The setting that names the proxy. */
  field: 'proxy' | 'proxyAddress';
  /** This proxy does not answer. */
  onSilent(proxy: string): void;
}

export class ProxyAgents {
  readonly #options: ProxyAgentsOptions;
  readonly #agents = new Map<string, http.Agent>();

  constructor(options: ProxyAgentsOptions) {
    this.#options = options;
  }

  /**
   * @param name the proxy as it was found
   * @param address the same, with its login
   */
  agentFor(name: string, address: string, protocol: 'http:' | 'https:'): http.Agent {
    const key = `${protocol} ${address}`;
    const known = this.#agents.get(key);
    if (known) return known;
    const made = this.#make(name, new URL(address), protocol);
    this.#agents.set(key, made);
    return made;
  }

  #make(name: string, url: URL, protocol: 'http:' | 'https:'): http.Agent {
    const guard: Guard = (connect) =>
      guarded(connect, { host: url.host, ...this.#options, onSilent: () => this.#options.onSilent(name) });
    if (url.protocol.startsWith('socks')) return new SocksAgent(url, guard, this.#options);
    return protocol === 'https:' ? new Tunnel(url, guard, this.#options) : new Forward(url, guard, this.#options.agent);
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }
}

/** The other end of these is a proxy: its address says nothing of where a link leads. */
const throughProxy = new WeakSet<Socket>();
export const isThroughProxy = (socket: Socket): boolean => throughProxy.has(socket);

type Guard = <T extends Socket>(connect: () => Promise<T>) => Promise<T>;

interface GuardOptions {
  host: string;
  field: string;
  connectMs: number;
  onSilent(): void;
}

/** Until the proxy has let us through, everything that goes wrong is about the proxy. */
async function guarded<T extends Socket>(
  connect: () => Promise<T>,
  { host, field, connectMs, onSilent }: GuardOptions,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const work = connect();
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer of the proxy for ${connectMs} ms`)), connectMs);
  });
  try {
    const socket = await Promise.race([work, late]);
    throughProxy.add(socket);
    return socket;
  } catch (cause) {
    // Whoever comes too late is not kept.
    void work.then(
      (socket) => socket.destroy(),
      () => undefined,
    );
    if (cause instanceof AppFailure) throw cause;
    if (cause instanceof ProxyRefusal)
      throw failure(cause.code, { field: cause.field ?? field, params: { why: cause.why, proxy: host } }, cause);
    onSilent();
    throw failure('unreachable', { field, params: { why: 'proxy', proxy: host } }, cause);
  } finally {
    clearTimeout(timer);
  }
}

class ProxyRefusal extends Error {
  readonly code: 'unauthorized' | 'rejected' | 'unreachable';
  readonly why: string;
  readonly field: string | undefined;
  constructor(code: ProxyRefusal['code'], why: string, field?: string) {
    super(`the proxy refused: ${why}`);
    this.code = code;
    this.why = why;
    this.field = field;
  }
}

function refusalOf(status: number): ProxyRefusal {
  if (status === 407) return new ProxyRefusal('unauthorized', 'proxy', 'proxyUser');
  // It let us in, but did not get any further itself.
  return status >= 500
    ? new ProxyRefusal('unreachable', 'behindProxy', 'endpoint')
    : new ProxyRefusal('rejected', 'proxy');
}

/** `CONNECT host:443`: the proxy sees where to, not what. */
class Tunnel extends HttpsProxyAgent<string> {
  readonly #guard: Guard;
  readonly #connectMs: number;

  constructor(url: URL, guard: Guard, { agent, connectMs }: ProxyAgentsOptions) {
    super(url, agent);
    this.#guard = guard;
    this.#connectMs = connectMs;
  }

  override connect(req: http.ClientRequest, opts: AgentConnectOpts): Promise<Socket> {
    return this.#guard(async () => {
      let status = 0;
      // What a proxy answers instead must never be taken for the destination's answer.
      req.once('proxyConnect', ({ statusCode }: { statusCode: number }) => {
        status = statusCode;
      });
      const socket = await super.connect(req, { ...opts, ...identityOf(opts) });
      if (status === 200) return inTime(socket, this.#connectMs);
      socket.destroy();
      throw refusalOf(status);
    });
  }
}

/** `_headerSent`: whether Node has put the head before the first bytes of the body. */
type Forwarded = Parameters<HttpProxyAgent<string>['connect']>[0] & { _headerSent?: boolean };

/**
 * Plain http: the proxy reads the request and passes it on. A connection is not used again: the library rewrites a request
 * for the proxy only while it makes a new one.
 */
class Forward extends HttpProxyAgent<string> {
  readonly #guard: Guard;

  constructor(url: URL, guard: Guard, options: http.AgentOptions & tls.ConnectionOptions) {
    super(url, { ...options, keepAlive: false, maxSockets: Infinity });
    this.#guard = guard;
  }

  override connect(req: Forwarded, opts: AgentConnectOpts): Promise<Socket> {
    return this.#guard(() => {
      const hasBegun = req._headerSent;
      const connecting = super.connect(req, opts);
      // Writing the head anew makes Node forget that it is there already: it would come again behind the body.
      if (hasBegun !== undefined) req._headerSent = hasBegun;
      return connecting;
    });
  }
}

/** Names are looked up behind the proxy, which may know more of them. */
class SocksAgent extends Agent {
  readonly #proxy: SocksProxy;
  readonly #guard: Guard;
  readonly #connectMs: number;

  constructor(url: URL, guard: Guard, { agent, connectMs }: ProxyAgentsOptions) {
    super(agent);
    this.#guard = guard;
    this.#connectMs = connectMs;
    this.#proxy = {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port || 1080),
      type: url.protocol.startsWith('socks4') ? 4 : 5,
      ...(url.username === ''
        ? {}
        : { userId: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }),
    };
  }

  override connect(_: http.ClientRequest, opts: AgentConnectOpts): Promise<Socket> {
    return this.#guard(async () => {
      const { host = 'localhost', port } = opts;
      const { socket } = await SocksClient.createConnection({
        proxy: this.#proxy,
        command: 'connect',
        destination: { host, port },
        timeout: this.#connectMs,
      }).catch((cause: unknown) => {
        throw socksRefusal(cause) ?? cause;
      });
      if (!opts.secureEndpoint) return socket;
      const { host: _host, port: _port, path: _path, ...rest } = opts as tls.ConnectionOptions & { path?: string };
      return inTime(tls.connect({ ...rest, ...identityOf(opts), socket }), this.#connectMs);
    });
  }
}

function socksRefusal(cause: unknown): ProxyRefusal | undefined {
  const message = cause instanceof Error ? cause.message : '';
  if (/authentication failed|no accepted auth|InvalidSocks5InitialHandshakeNoAcceptedAuthType/i.test(message))
    return new ProxyRefusal('unauthorized', 'proxy', 'proxyUser');
  if (
    /HostUnreachable|NetworkUnreachable|ConnectionRefused|TTLExpired|rejected connection - Failure|rejected or failed/i.test(
      message,
    )
  )
    return new ProxyRefusal('unreachable', 'behindProxy', 'endpoint');
  return /NotAllowed|rejected connection/i.test(message) ? new ProxyRefusal('rejected', 'proxy') : undefined;
}

/** Inside a tunnel Node does not know any more whose certificate it looks at; for a bare address it would take `localhost`. */
function identityOf({ host = 'localhost', ...opts }: AgentConnectOpts): tls.ConnectionOptions {
  const bare = host.replace(/^\[|\]$/g, '');
  const { servername } = opts as tls.ConnectionOptions;
  if (isIP(bare) === 0) return { servername: servername || bare };
  return { checkServerIdentity: (_, certificate) => tls.checkServerIdentity(bare, certificate) };
}
