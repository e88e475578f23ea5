/**
 * Connections through proxies. This module is loaded when a proxy is first used. It reports errors of the proxy
 * separately from errors of the destination, because the user fixes them in the proxy settings.
 */
import type http from 'node:http';
import { isIP, type Socket } from 'node:net';
import tls from 'node:tls';
import { Agent, type AgentConnectOpts } from 'agent-base';
import { HttpProxyAgent } from 'http-proxy-agent';
import { SocksClient, type SocksProxy } from 'socks';
import { AppFailure, failure } from '../../../src-shared/errors.ts';
import { withConnectTimeout } from './connect-timeout.ts';
import { openTunnel } from './open-tunnel.ts';
import { proxyLoginProblem } from './proxy-login-problem.ts';

export interface ProxyAgentsOptions {
  agent: http.AgentOptions & tls.ConnectionOptions;
  /** Time limit in ms until the proxy has established the connection. */
  connectMs: number;
  /** The setting that names the proxy. */
  field: 'proxy' | 'proxyAddress';
  /** Called when this proxy does not respond. */
  onSilent(proxy: string): void;
}

export class ProxyAgents {
  readonly #options: ProxyAgentsOptions;
  readonly #agents = new Map<string, http.Agent>();

  constructor(options: ProxyAgentsOptions) {
    this.#options = options;
  }

  /**
   * @param name the proxy's address as the settings or the system returned it
   * @param address the same address with the login of the profile
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

/** Sockets that are connected to a proxy. Their remote address is not the address of the link's host. */
const proxySockets = new WeakSet<Socket>();
export const isThroughProxy = (socket: Socket): boolean => proxySockets.has(socket);

/** Runs `connect` with a time limit, and reports its errors as errors of the proxy. */
type Guard = <T extends Socket>(connect: (signal: AbortSignal) => Promise<T>) => Promise<T>;

interface GuardOptions {
  /** The proxy's host and port, for error messages. */
  host: string;
  /** The setting that names the proxy. */
  field: string;
  connectMs: number;
  onSilent(): void;
}

/** Reports every error as an error of the proxy until the proxy has established the connection. */
async function guardConnect<T extends Socket>(
  connect: (signal: AbortSignal) => Promise<T>,
  { host, field, connectMs, onSilent }: GuardOptions,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new AbortController();
  const connecting = connect(timedOut.signal);
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`the proxy did not respond for ${connectMs} ms`));
      timedOut.abort();
    }, connectMs);
  });
  try {
    const socket = await Promise.race([connecting, timeout]);
    proxySockets.add(socket);
    return socket;
  } catch (cause) {
    // A connection that is established after the timeout is closed.
    void connecting.then(
      (socket) => socket.destroy(),
      () => undefined,
    );
    if (cause instanceof AppFailure) throw cause;
    if (cause instanceof ProxyRefusal)
      throw failure(
        cause.code,
        {
          field: cause.field ?? field,
          params: { why: cause.why, proxy: host, ...(cause.schemes === undefined ? {} : { schemes: cause.schemes }) },
        },
        cause,
      );
    // The proxy did not respond, or the connection to it failed.
    onSilent();
    throw failure('unreachable', { field, params: { why: 'proxy', proxy: host } }, cause);
  } finally {
    clearTimeout(timer);
  }
}

/** The proxy responded, but did not establish the connection. `why` selects the error message. */
class ProxyRefusal extends Error {
  readonly code: 'unauthorized' | 'rejected' | 'unreachable';
  readonly why: string;
  readonly field: string | undefined;
  readonly schemes: string | undefined;
  constructor(code: ProxyRefusal['code'], { why, field, schemes }: { why: string; field?: string; schemes?: string }) {
    super(`the proxy refused: ${why}`);
    this.code = code;
    this.why = why;
    this.field = field;
    this.schemes = schemes;
  }
}

/** Explains a response to CONNECT that has another status than 200. */
function refusalForStatus(
  status: number,
  { headers, hasLogin }: { headers: http.IncomingHttpHeaders; hasLogin: boolean },
): ProxyRefusal {
  if (status === 407) {
    const { why, schemes } = proxyLoginProblem(headers['proxy-authenticate'], { hasLogin });
    return new ProxyRefusal('unauthorized', { why, field: 'proxyUser', ...(schemes === undefined ? {} : { schemes }) });
  }
  // A web server or another service at this address does not know CONNECT.
  if ([400, 404, 405, 501].includes(status)) return new ProxyRefusal('unreachable', { why: 'notProxy' });
  // The proxy accepted the request but could not reach the destination.
  return status >= 500
    ? new ProxyRefusal('unreachable', { why: 'behindProxy', field: 'endpoint' })
    : new ProxyRefusal('rejected', { why: 'proxy' });
}

/** `CONNECT host:443`: the proxy sees the host name, but not the encrypted content. */
class TunnelAgent extends Agent {
  readonly #proxy: URL;
  readonly #guard: Guard;
  readonly #options: ProxyAgentsOptions;

  constructor(proxy: URL, guard: Guard, options: ProxyAgentsOptions) {
    super(options.agent);
    this.#proxy = proxy;
    this.#guard = guard;
    this.#options = options;
  }

  override connect(_: http.ClientRequest, opts: AgentConnectOpts): Promise<Socket> {
    return this.#guard(async (signal) => {
      const { agent: tlsOptions, connectMs } = this.#options;
      const { host = 'localhost', port } = opts;
      const { status, headers, socket } = await openTunnel({ proxy: this.#proxy, tlsOptions, host, port, signal });
      if (status === 200) return secureSocket(socket, opts, connectMs);
      // The failure status of the proxy must not be treated as the destination's response.
      socket.destroy();
      throw refusalForStatus(status, { headers, hasLogin: this.#proxy.username !== '' });
    });
  }
}

/** Starts TLS on a socket that already leads to the destination, so `tls.connect` gets all options but the address. */
function secureSocket(socket: Socket, opts: AgentConnectOpts, connectMs: number): tls.TLSSocket {
  const { host: _host, port: _port, path: _path, ...tlsOptions } = opts as tls.ConnectionOptions & { path?: string };
  return withConnectTimeout(tls.connect({ ...tlsOptions, ...tlsIdentityOptions(opts), socket }), connectMs);
}

/** `_headerSent`: whether Node has written the headers before the first bytes of the body. */
type ForwardRequest = Parameters<HttpProxyAgent<string>['connect']>[0] & { _headerSent?: boolean };

/**
 * Plain http: the proxy reads each request and forwards it. Connections are not reused, because the library rewrites a
 * request for the proxy only while it creates a connection.
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
      // Rewriting the headers resets Node's flag; without this line Node would send the headers a second time, after
      // the body.
      if (headerSent !== undefined) req._headerSent = headerSent;
      return connecting;
    });
  }
}

/** The proxy looks up host names, because it may know names that this computer does not. */
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
        throw socksRefusal(cause, { hasLogin: this.#proxy.userId !== undefined }) ?? cause;
      });
      return opts.secureEndpoint ? secureSocket(socket, opts, this.#connectMs) : socket;
    });
  }
}

/** The npm package `socks` reports the proxy's answer only in the message of its error. */
function socksRefusal(cause: unknown, { hasLogin }: { hasLogin: boolean }): ProxyRefusal | undefined {
  const message = cause instanceof Error ? cause.message : '';
  if (/authentication failed/i.test(message))
    return new ProxyRefusal('unauthorized', { why: 'proxy', field: 'proxyUser' });
  if (/no accepted auth|InvalidSocks5InitialHandshakeNoAcceptedAuthType/i.test(message))
    return new ProxyRefusal('unauthorized', { why: hasLogin ? 'proxyScheme' : 'proxyLogin', field: 'proxyUser' });
  if (
    /(?:Host|Network)Unreachable|ConnectionRefused|TTLExpired|rejected connection - Failure|rejected or failed/i.test(
      message,
    )
  )
    return new ProxyRefusal('unreachable', { why: 'behindProxy', field: 'endpoint' });
  return /NotAllowed|rejected connection/i.test(message) ? new ProxyRefusal('rejected', { why: 'proxy' }) : undefined;
}

/**
 * TLS options that make Node compare the certificate with the destination's host. A connection through a proxy starts
 * from a connected socket, so Node does not know the host: without these options it would check `localhost`.
 */
function tlsIdentityOptions({ host = 'localhost', ...opts }: AgentConnectOpts): tls.ConnectionOptions {
  const hostname = host.replace(/^\[|\]$/g, '');
  const { servername } = opts as tls.ConnectionOptions;
  if (isIP(hostname) === 0) return { servername: servername || hostname };
  return { checkServerIdentity: (_, certificate) => tls.checkServerIdentity(hostname, certificate) };
}
