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
import { AppFailure, failure } from '../../../src-shared/errors.ts';
import { withConnectTimeout } from './connect-timeout.ts';

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
    const existing = this.#agents.get(key);
    if (existing) return existing;
    const agent = this.#create(name, new URL(address), protocol);
    this.#agents.set(key, agent);
    return agent;
  }

  #create(name: string, url: URL, protocol: 'http:' | 'https:'): http.Agent {
    const guard: Guard = (connect) =>
      guardConnect(connect, { host: url.host, ...this.#options, onSilent: () => this.#options.onSilent(name) });
    if (url.protocol.startsWith('socks')) return new SocksAgent(url, guard, this.#options);
    return protocol === 'https:'
      ? new TunnelAgent(url, guard, this.#options)
      : new ForwardAgent(url, guard, this.#options.agent);
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }
}

/** The other end of these is a proxy: its address says nothing of where a link leads. */
const proxySockets = new WeakSet<Socket>();
export const isThroughProxy = (socket: Socket): boolean => proxySockets.has(socket);

type Guard = <T extends Socket>(connect: () => Promise<T>) => Promise<T>;

interface GuardOptions {
  host: string;
  field: string;
  connectMs: number;
  onSilent(): void;
}

/** Until the proxy has let us through, everything that goes wrong is about the proxy. */
async function guardConnect<T extends Socket>(
  connect: () => Promise<T>,
  { host, field, connectMs, onSilent }: GuardOptions,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const work = connect();
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer of the proxy for ${connectMs} ms`)), connectMs);
  });
  try {
    const socket = await Promise.race([work, timeout]);
    proxySockets.add(socket);
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

function refusalForStatus(status: number): ProxyRefusal {
  if (status === 407) return new ProxyRefusal('unauthorized', 'proxy', 'proxyUser');
  // It let us in, but did not get any further itself.
  return status >= 500
    ? new ProxyRefusal('unreachable', 'behindProxy', 'endpoint')
    : new ProxyRefusal('rejected', 'proxy');
}

/** `CONNECT host:443`: the proxy sees where to, not what. */
class TunnelAgent extends HttpsProxyAgent<string> {
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
      const socket = await super.connect(req, { ...opts, ...tlsIdentityOptions(opts) });
      if (status === 200) return withConnectTimeout(socket, this.#connectMs);
      socket.destroy();
      throw refusalForStatus(status);
    });
  }
}

/** `_headerSent`: whether Node has put the head before the first bytes of the body. */
type ForwardRequest = Parameters<HttpProxyAgent<string>['connect']>[0] & { _headerSent?: boolean };

/**
 * Plain http: the proxy reads the request and passes it on. A connection is not used again: the library rewrites a request
 * for the proxy only while it makes a new one.
 */
class ForwardAgent extends HttpProxyAgent<string> {
  readonly #guard: Guard;

  constructor(url: URL, guard: Guard, options: http.AgentOptions & tls.ConnectionOptions) {
    super(url, { ...options, keepAlive: false, maxSockets: Infinity });
    this.#guard = guard;
  }

  override connect(req: ForwardRequest, opts: AgentConnectOpts): Promise<Socket> {
    return this.#guard(() => {
      const headerSent = req._headerSent;
      const connecting = super.connect(req, opts);
      // Writing the head anew makes Node forget that it is there already: it would come again behind the body.
      if (headerSent !== undefined) req._headerSent = headerSent;
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
      return withConnectTimeout(tls.connect({ ...rest, ...tlsIdentityOptions(opts), socket }), this.#connectMs);
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
function tlsIdentityOptions({ host = 'localhost', ...opts }: AgentConnectOpts): tls.ConnectionOptions {
  const bare = host.replace(/^\[|\]$/g, '');
  const { servername } = opts as tls.ConnectionOptions;
  if (isIP(bare) === 0) return { servername: servername || bare };
  return { checkServerIdentity: (_, certificate) => tls.checkServerIdentity(bare, certificate) };
}
