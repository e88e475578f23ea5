/**
 * The connections to a destination: directly or through a proxy, with the system's and the profile's certificates and
 * the profile's speed limit. Destinations do not share a transport.
 */
import type http from 'node:http';
import type tls from 'node:tls';
import { Agent, type AgentConnectOpts } from 'agent-base';
import { failure, type AppFailure } from '../../../src-shared/errors.ts';
import { hostReach } from '../../platform/host-reach.ts';
import { redactLoadedSecrets } from '../../platform/redact.ts';
import type { CommonSettings } from '../settings/common-settings.ts';
import { HttpsAgent, HttpAgent } from './connect-timeout.ts';
import { PacFile } from './pac-file.ts';
import type { ProxyAgents } from './proxy-agents.ts';
import { proxyFromEnvironment } from './proxy-environment.ts';
import { parseProxyList, withLogin } from './proxy-list.ts';
import { SpeedLimit } from './speed-limit.ts';
import { timeLimits } from './time-limits.ts';
import { trustedRoots } from './trusted-roots.ts';

export interface Transport {
  httpAgent: http.Agent;
  httpsAgent: http.Agent;
  /** Limits uploads only. */
  speedLimit?: SpeedLimit;
  /** Closes every connection, idle or not. */
  close(): void;
}

/** Proxy lookups that only the app can do. Results have the format of a PAC file: `PROXY host:8080; DIRECT`. */
export interface ProxyResolver {
  /** The proxy from the system settings. */
  systemProxy(url: string): Promise<string>;
  /** The result of a proxy configuration file's script. */
  pacProxy(script: string, url: string): Promise<string>;
}

/** The resolver without the app. It reads HTTPS_PROXY, NO_PROXY and similar variables and cannot run a PAC script. */
export const environmentProxyResolver: ProxyResolver = {
  systemProxy: async (url) => proxyFromEnvironment(url, process.env),
  pacProxy: async () => {
    throw failure('provider-broken', { field: 'proxy' });
  },
};

export type TransportSettings = Pick<CommonSettings, 'proxy' | 'certificates' | 'bytesPerSecond'>;

export interface TransportOptions {
  /** Maximum number of open connections to one host. */
  maxSockets: number;
  /** `per-request`: each request gets a new connection, so requests share no connection state. */
  connectionReuse: 'keep-alive' | 'per-request';
  /** Time limit in ms until a connection is usable. With a proxy, until the proxy has established the connection. */
  connectMs: number;
  /** Time limit in ms for looking up the proxy. */
  proxyLookupMs: number;
  /** The number of Hoist processes that share the speed limit. */
  sharingProcesses: () => number;
}

export const defaultTransportOptions: TransportOptions = {
  maxSockets: 64,
  connectionReuse: 'keep-alive',
  connectMs: timeLimits.connectMs,
  proxyLookupMs: timeLimits.proxyLookupMs,
  sharingProcesses: () => 1,
};

export function createTransport(
  settings: TransportSettings,
  ports: ProxyResolver = environmentProxyResolver,
  options: Partial<TransportOptions> = {},
): Transport {
  const { maxSockets, connectionReuse, connectMs, proxyLookupMs, sharingProcesses } = {
    ...defaultTransportOptions,
    ...options,
  };
  const agent = { keepAlive: connectionReuse === 'keep-alive', maxSockets, scheduling: 'lifo' } as const;
  // Set explicitly, because the environment variable NODE_TLS_REJECT_UNAUTHORIZED can turn the default off.
  const tlsOptions = { rejectUnauthorized: true, ...trustedRoots(settings.certificates) };
  const direct: DirectAgents = {
    httpAgent: new HttpAgent(agent, connectMs),
    httpsAgent: new HttpsAgent({ ...agent, ...tlsOptions }, connectMs),
  };
  const speedLimit =
    settings.bytesPerSecond === undefined
      ? {}
      : { speedLimit: new SpeedLimit(settings.bytesPerSecond, sharingProcesses) };
  const closeDirect = (): void => {
    direct.httpAgent.destroy();
    direct.httpsAgent.destroy();
  };
  if (settings.proxy.kind === 'none') return { ...direct, ...speedLimit, close: closeDirect };
  redactLoadedSecrets(settings.proxy.login?.password);
  const proxyFinder = new ProxyFinder(settings, ports, {
    agent: { ...agent, ...tlsOptions },
    connectMs,
    proxyLookupMs,
  });
  const routingAgent = (protocol: 'http:' | 'https:', directAgent: http.Agent): RoutingAgent =>
    new RoutingAgent({
      protocol,
      direct: directAgent,
      proxyFinder,
      options: { ...agent, maxSockets: Infinity, ...tlsOptions },
    });
  return {
    httpAgent: routingAgent('http:', direct.httpAgent),
    httpsAgent: routingAgent('https:', direct.httpsAgent),
    ...speedLimit,
    close() {
      closeDirect();
      proxyFinder.close();
    },
  };
}

type DirectAgents = Pick<Transport, 'httpAgent' | 'httpsAgent'>;

interface RoutingAgentOptions {
  protocol: 'http:' | 'https:';
  direct: http.Agent;
  proxyFinder: ProxyFinder;
  options: http.AgentOptions & tls.ConnectionOptions;
}

/** Looks up the proxy for each new connection, because a computer may move to another network. */
class RoutingAgent extends Agent {
  readonly #options: RoutingAgentOptions;

  constructor(options: RoutingAgentOptions) {
    super(options.options);
    this.#options = options;
  }

  override isSecureEndpoint(): boolean {
    return this.#options.protocol === 'https:';
  }

  override async connect(_: http.ClientRequest, { host = 'localhost', port }: AgentConnectOpts): Promise<http.Agent> {
    const { protocol, direct, proxyFinder } = this.#options;
    return (await proxyFinder.agentFor(targetUrl(protocol, host, port))) ?? direct;
  }
}

const targetUrl = (protocol: string, host: string, port: unknown): URL =>
  new URL(`${protocol}//${host.includes(':') ? `[${host.replace(/^\[|\]$/g, '')}]` : host}:${Number(port)}/`);

/** How long a proxy that did not respond is skipped when the list has another proxy. */
const skipSilentProxyMs = 60_000;

interface ProxyFinderOptions extends Pick<TransportOptions, 'connectMs' | 'proxyLookupMs'> {
  agent: http.AgentOptions & tls.ConnectionOptions;
}

class ProxyFinder {
  readonly #settings: TransportSettings;
  readonly #resolver: ProxyResolver;
  readonly #options: ProxyFinderOptions;
  readonly #pac: PacFile | undefined;
  readonly #silentUntil = new Map<string, number>();
  #agents: Promise<ProxyAgents> | undefined;

  constructor(settings: TransportSettings, ports: ProxyResolver, options: ProxyFinderOptions) {
    this.#settings = settings;
    this.#resolver = ports;
    this.#options = options;
    this.#pac = settings.proxy.kind === 'pac' ? new PacFile(settings.proxy.url, settings.certificates) : undefined;
  }

  /**
   * Undefined for a direct connection.
   * @throws AppFailure unreachable, also when the list of proxies is empty: a direct connection may be forbidden;
   * invalid-input when the configuration file is missing or invalid
   */
  async agentFor(url: URL): Promise<http.Agent | undefined> {
    const { proxy } = this.#settings;
    const proxies = await this.#proxiesFor(url);
    const responsive = proxies.filter((candidate) => (this.#silentUntil.get(candidate) ?? 0) < Date.now());
    const chosen = responsive[0] ?? proxies[0];
    if (chosen === undefined) throw this.#noAnswer();
    if (chosen === 'DIRECT') return undefined;
    // Loaded on first use, because most networks have no proxy.
    this.#agents ??= import('./proxy-agents.ts').then(
      ({ ProxyAgents: Agents }) =>
        new Agents({
          agent: this.#options.agent,
          connectMs: this.#options.connectMs,
          field: this.#field,
          onSilent: (silentProxy) => {
            this.#silentUntil.set(silentProxy, Date.now() + skipSilentProxyMs);
          },
        }),
    );
    return (await this.#agents).agentFor(
      chosen,
      withLogin(chosen, 'login' in proxy ? proxy.login : undefined),
      url.protocol === 'https:' ? 'https:' : 'http:',
    );
  }

  /** The proxies for this URL, best first; `DIRECT` means a direct connection. */
  async #proxiesFor(url: URL): Promise<string[]> {
    const { proxy } = this.#settings;
    if (proxy.kind === 'address') return [proxy.url];
    if (this.#pac)
      return parseProxyList(await this.#withTimeout(this.#resolver.pacProxy(await this.#pac.script(), url.href)));
    // Addresses of this computer never use the system's proxy, because the proxy cannot reach them.
    return hostReach(url.hostname) === 'this-computer'
      ? ['DIRECT']
      : parseProxyList(await this.#withTimeout(this.#resolver.systemProxy(url.href)));
  }

  /** Limits the time of a lookup, which may itself wait for a network that does not respond. */
  async #withTimeout(lookup: Promise<string>): Promise<string> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.#noAnswer()), this.#options.proxyLookupMs);
    });
    try {
      return await Promise.race([lookup, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  #noAnswer(): AppFailure {
    return failure('unreachable', { field: this.#field, params: { why: 'askProxy' } });
  }

  get #field(): 'proxy' | 'proxyAddress' {
    return this.#settings.proxy.kind === 'system' ? 'proxy' : 'proxyAddress';
  }

  close(): void {
    void this.#agents?.then((agents) => agents.close());
  }
}
