/**
 * The way from here to a destination: direct or through a proxy, trusting what the system trusts and what the profile
 * adds, not faster than it says. One way belongs to one connected destination; nothing of it is shared.
 */
import type http from 'node:http';
import tls from 'node:tls';
import { Agent, type AgentConnectOpts } from 'agent-base';
import { getProxyForUrl } from 'proxy-from-env';
import { failure } from '../../../src-shared/errors.ts';
import { hostReach } from '../../platform/host-reach.ts';
import type { CommonSettings } from '../settings/common-settings.ts';
import { HttpsAgent, HttpAgent } from './connect-timeout.ts';
import { PacFile } from './pac-file.ts';
import type { ProxyAgents } from './proxy-agents.ts';
import { parseProxyList, withLogin } from './proxy-list.ts';
import { SpeedLimit } from './speed-limit.ts';
import { timeLimits } from './time-limits.ts';

export interface Transport {
  httpAgent: http.Agent;
  httpsAgent: http.Agent;
  /** For what is sent. */
  speedLimit?: SpeedLimit;
  /** Closes every connection, idle or not. */
  close(): void;
}

/** What only the app knows. Answers are in the words of a PAC file: `PROXY host:8080; DIRECT`. */
export interface ProxyResolver {
  /** What the computer is set to. */
  systemProxy(url: string): Promise<string>;
  /** What a proxy configuration file says. */
  pacProxy(script: string, url: string): Promise<string>;
}

/** Where there is no app: the variables that every tool knows (HTTPS_PROXY, NO_PROXY …), and no one to run a file's script. */
export const environmentProxyResolver: ProxyResolver = {
  systemProxy: async (url) => getProxyForUrl(url) || 'DIRECT',
  pacProxy: async () => {
    throw failure('provider-broken', { field: 'proxy' });
  },
};

export type TransportSettings = Pick<CommonSettings, 'proxy' | 'certificates' | 'bytesPerSecond'>;

export interface TransportOptions {
  /** Connections to one host at once. */
  maxSockets: number;
  /** `once`: a connection of its own for each request, with nothing on it that another one left. */
  connectionReuse: 'keep-alive' | 'per-request';
  /** ms until a connection stands, and until a proxy lets us through */
  connectMs: number;
  /** ms that finding out which proxy there is may take */
  proxyLookupMs: number;
}

export const defaultTransportOptions: TransportOptions = {
  maxSockets: 64,
  connectionReuse: 'keep-alive',
  connectMs: timeLimits.connectMs,
  proxyLookupMs: timeLimits.proxyLookupMs,
};

export function createTransport(
  settings: TransportSettings,
  ports: ProxyResolver = environmentProxyResolver,
  options: Partial<TransportOptions> = {},
): Transport {
  const { maxSockets, connectionReuse, connectMs, proxyLookupMs } = { ...defaultTransportOptions, ...options };
  const agent = { keepAlive: connectionReuse === 'keep-alive', maxSockets, scheduling: 'lifo' } as const;
  // Said explicitly, because an environment variable can turn the default off.
  const tlsOptions = { rejectUnauthorized: true, ...trustedRoots(settings.certificates) };
  const direct: DirectAgents = {
    httpAgent: new HttpAgent(agent, connectMs),
    httpsAgent: new HttpsAgent({ ...agent, ...tlsOptions }, connectMs),
  };
  const speedLimit =
    settings.bytesPerSecond === undefined ? {} : { speedLimit: new SpeedLimit(settings.bytesPerSecond) };
  const closeDirect = (): void => {
    direct.httpAgent.destroy();
    direct.httpsAgent.destroy();
  };
  if (settings.proxy.kind === 'none') return { ...direct, ...speedLimit, close: closeDirect };
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

/** Newer runtimes can read the system's own store. */
const { getCACertificates } = tls as { getCACertificates?: (type: 'default' | 'system') => string[] };

let systemContext: tls.SecureContext | undefined;

/** Made once, not for each connection: reading the roots takes longer than a handshake. Nothing said, nothing more: the runtime's own. */
function trustedRoots(certificates: string[]): { secureContext?: tls.SecureContext } {
  const roots = (): string[] =>
    getCACertificates
      ? [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]
      : [...tls.rootCertificates];
  if (certificates.length > 0) return { secureContext: tls.createSecureContext({ ca: [...roots(), ...certificates] }) };
  return getCACertificates ? { secureContext: (systemContext ??= tls.createSecureContext({ ca: roots() })) } : {};
}

interface RoutingAgentOptions {
  protocol: 'http:' | 'https:';
  direct: http.Agent;
  proxyFinder: ProxyFinder;
  options: http.AgentOptions & tls.ConnectionOptions;
}

/** Finds the way anew for each connection, because people carry computers from one network to another. */
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

/** A proxy that did not answer is passed over for so long where there is another way. */
const skipSilentProxyMs = 60_000;

interface ProxyFinderOptions extends Pick<TransportOptions, 'connectMs' | 'proxyLookupMs'> {
  agent: http.AgentOptions & tls.ConnectionOptions;
}

class ProxyFinder {
  readonly #settings: TransportSettings;
  readonly #ports: ProxyResolver;
  readonly #options: ProxyFinderOptions;
  readonly #pac: PacFile | undefined;
  readonly #silentUntil = new Map<string, number>();
  #agents: Promise<ProxyAgents> | undefined;

  constructor(settings: TransportSettings, ports: ProxyResolver, options: ProxyFinderOptions) {
    this.#settings = settings;
    this.#ports = ports;
    this.#options = options;
    this.#pac = settings.proxy.kind === 'pac' ? new PacFile(settings.proxy.url, settings.certificates) : undefined;
  }

  /**
   * Undefined for the direct way.
   * @throws AppFailure unreachable, invalid-input for a configuration file that is not there or is none
   */
  async agentFor(url: URL): Promise<http.Agent | undefined> {
    const { proxy } = this.#settings;
    const proxies = await this.#proxiesFor(url);
    const responsive = proxies.filter((one) => (this.#silentUntil.get(one) ?? 0) < Date.now());
    const chosen = responsive[0] ?? proxies[0] ?? 'DIRECT';
    if (chosen === 'DIRECT') return undefined;
    // Loaded when there is a proxy: most networks have none.
    this.#agents ??= import('./proxy-agents.ts').then(
      ({ ProxyAgents: Agents }) =>
        new Agents({
          agent: this.#options.agent,
          connectMs: this.#options.connectMs,
          field: proxy.kind === 'system' ? 'proxy' : 'proxyAddress',
          onSilent: (which) => {
            this.#silentUntil.set(which, Date.now() + skipSilentProxyMs);
          },
        }),
    );
    return (await this.#agents).agentFor(
      chosen,
      withLogin(chosen, 'login' in proxy ? proxy.login : undefined),
      url.protocol === 'https:' ? 'https:' : 'http:',
    );
  }

  async #proxiesFor(url: URL): Promise<string[]> {
    const { proxy } = this.#settings;
    if (proxy.kind === 'address') return [proxy.url];
    if (this.#pac)
      return parseProxyList(
        await this.#withTimeout(this.#ports.pacProxy(await this.#pac.script(), url.href), 'proxyAddress'),
      );
    // This very computer is never behind the system's proxy, whatever it is told: a proxy would look for it elsewhere.
    return hostReach(url.hostname) === 'this-computer'
      ? []
      : parseProxyList(await this.#withTimeout(this.#ports.systemProxy(url.href), 'proxy'));
  }

  /** Whoever is asked may ask a network that does not answer. */
  async #withTimeout(lookup: Promise<string>, field: 'proxy' | 'proxyAddress'): Promise<string> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(failure('unreachable', { field, params: { why: 'askProxy' } })),
        this.#options.proxyLookupMs,
      );
    });
    try {
      return await Promise.race([lookup, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    void this.#agents?.then((agents) => agents.close());
  }
}
