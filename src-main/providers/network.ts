/**
 * The way from here to a destination: direct or through a proxy, trusting what the system trusts and what the profile
 * adds, not faster than it says. One way belongs to one connected destination; nothing of it is shared.
 */
import type http from 'node:http';
import tls from 'node:tls';
import { Agent, type AgentConnectOpts } from 'agent-base';
import { getProxyForUrl } from 'proxy-from-env';
import { failure } from '../../src-shared/errors.ts';
import { reachOf } from '../platform/address.ts';
import type { CommonSettings } from './common-settings.ts';
import { EncryptedAgent, PlainAgent } from './connect-in-time.ts';
import { PacFile } from './pac-file.ts';
import type { ProxyAgents } from './proxy-agents.ts';
import { proxiesOf, withLogin } from './proxy-list.ts';
import { SpeedLimit } from './speed-limit.ts';
import { timeLimits } from './time-limits.ts';

export interface Way {
  httpAgent: http.Agent;
  httpsAgent: http.Agent;
  /** For what is sent. */
  speed?: SpeedLimit;
  /** Closes every connection, idle or not. */
  close(): void;
}

/** What only the app knows. Answers are in the words of a PAC file: `PROXY host:8080; DIRECT`. */
export interface NetworkPorts {
  /** What the computer is set to. */
  systemProxy(url: string): Promise<string>;
  /** What a proxy configuration file says. */
  pacProxy(script: string, url: string): Promise<string>;
}

/** Where there is no app: the variables that every tool knows (HTTPS_PROXY, NO_PROXY …), and no one to run a file's script. */
export const environmentNetwork: NetworkPorts = {
  systemProxy: async (url) => getProxyForUrl(url) || 'DIRECT',
  pacProxy: async () => {
    throw failure('provider-broken', { field: 'proxy' });
  },
};

export type WaySettings = Pick<CommonSettings, 'proxy' | 'certificates' | 'bytesPerSecond'>;

export interface WayOptions {
  /** Connections to one host at once. */
  maxSockets: number;
  /** `once`: a connection of its own for each request, with nothing on it that another one left. */
  connections: 'kept' | 'once';
  /** ms until a connection stands, and until a proxy lets us through */
  connectMs: number;
  /** ms that finding out which proxy there is may take */
  askForProxyMs: number;
}

export const wayDefaults: WayOptions = {
  maxSockets: 64,
  connections: 'kept',
  connectMs: timeLimits.connectMs,
  askForProxyMs: timeLimits.askForProxyMs,
};

export function openWay(
  settings: WaySettings,
  ports: NetworkPorts = environmentNetwork,
  options: Partial<WayOptions> = {},
): Way {
  const { maxSockets, connections, connectMs, askForProxyMs } = { ...wayDefaults, ...options };
  const agent = { keepAlive: connections === 'kept', maxSockets, scheduling: 'lifo' } as const;
  // Said explicitly, because an environment variable can turn the default off.
  const trust = { rejectUnauthorized: true, ...trusting(settings.certificates) };
  const direct: Direct = {
    httpAgent: new PlainAgent(agent, connectMs),
    httpsAgent: new EncryptedAgent({ ...agent, ...trust }, connectMs),
  };
  const speed = settings.bytesPerSecond === undefined ? {} : { speed: new SpeedLimit(settings.bytesPerSecond) };
  const closeDirect = (): void => {
    direct.httpAgent.destroy();
    direct.httpsAgent.destroy();
  };
  if (settings.proxy.kind === 'none') return { ...direct, ...speed, close: closeDirect };
  const finder = new ProxyFinder(settings, ports, { agent: { ...agent, ...trust }, connectMs, askForProxyMs });
  const route = (protocol: 'http:' | 'https:', its: http.Agent): RoutingAgent =>
    new RoutingAgent({ protocol, direct: its, finder, options: { ...agent, maxSockets: Infinity, ...trust } });
  return {
    httpAgent: route('http:', direct.httpAgent),
    httpsAgent: route('https:', direct.httpsAgent),
    ...speed,
    close() {
      closeDirect();
      finder.close();
    },
  };
}

type Direct = Pick<Way, 'httpAgent' | 'httpsAgent'>;

/** Newer runtimes can read the system's own store. */
const { getCACertificates } = tls as { getCACertificates?: (type: 'default' | 'system') => string[] };

let systemContext: tls.SecureContext | undefined;

/** Made once, not for each connection: reading the roots takes longer than a handshake. Nothing said, nothing more: the runtime's own. */
function trusting(certificates: string[]): { secureContext?: tls.SecureContext } {
  const roots = (): string[] =>
    getCACertificates
      ? [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]
      : [...tls.rootCertificates];
  if (certificates.length > 0) return { secureContext: tls.createSecureContext({ ca: [...roots(), ...certificates] }) };
  return getCACertificates ? { secureContext: (systemContext ??= tls.createSecureContext({ ca: roots() })) } : {};
}

interface Route {
  protocol: 'http:' | 'https:';
  direct: http.Agent;
  finder: ProxyFinder;
  options: http.AgentOptions & tls.ConnectionOptions;
}

/** Finds the way anew for each connection, because people carry computers from one network to another. */
class RoutingAgent extends Agent {
  readonly #route: Route;

  constructor(route: Route) {
    super(route.options);
    this.#route = route;
  }

  override isSecureEndpoint(): boolean {
    return this.#route.protocol === 'https:';
  }

  override async connect(_: http.ClientRequest, { host = 'localhost', port }: AgentConnectOpts): Promise<http.Agent> {
    const { protocol, direct, finder } = this.#route;
    return (await finder.agentFor(addressOf(protocol, host, port))) ?? direct;
  }
}

const addressOf = (protocol: string, host: string, port: unknown): URL =>
  new URL(`${protocol}//${host.includes(':') ? `[${host.replace(/^\[|\]$/g, '')}]` : host}:${Number(port)}/`);

/** A proxy that did not answer is passed over for so long where there is another way. */
const passOverMs = 60_000;

interface FinderOptions extends Pick<WayOptions, 'connectMs' | 'askForProxyMs'> {
  agent: http.AgentOptions & tls.ConnectionOptions;
}

class ProxyFinder {
  readonly #settings: WaySettings;
  readonly #ports: NetworkPorts;
  readonly #options: FinderOptions;
  readonly #pac: PacFile | undefined;
  readonly #silent = new Map<string, number>();
  #agents: Promise<ProxyAgents> | undefined;

  constructor(settings: WaySettings, ports: NetworkPorts, options: FinderOptions) {
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
    const heard = proxies.filter((one) => (this.#silent.get(one) ?? 0) < Date.now());
    const chosen = heard[0] ?? proxies[0] ?? 'DIRECT';
    if (chosen === 'DIRECT') return undefined;
    // Loaded when there is a proxy: most networks have none.
    this.#agents ??= import('./proxy-agents.ts').then(
      ({ ProxyAgents: Agents }) =>
        new Agents({
          agent: this.#options.agent,
          connectMs: this.#options.connectMs,
          field: proxy.kind === 'system' ? 'proxy' : 'proxyAddress',
          onSilent: (which) => {
            this.#silent.set(which, Date.now() + passOverMs);
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
      return proxiesOf(await this.#inTime(this.#ports.pacProxy(await this.#pac.script(), url.href), 'proxyAddress'));
    // This very computer is never behind the system's proxy, whatever it is told: a proxy would look for it elsewhere.
    return reachOf(url.hostname) === 'this-computer'
      ? []
      : proxiesOf(await this.#inTime(this.#ports.systemProxy(url.href), 'proxy'));
  }

  /** Whoever is asked may ask a network that does not answer. */
  async #inTime(asked: Promise<string>, field: 'proxy' | 'proxyAddress'): Promise<string> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(failure('unreachable', { field, params: { why: 'askProxy' } })),
        this.#options.askForProxyMs,
      );
    });
    try {
      return await Promise.race([asked, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    void this.#agents?.then((agents) => agents.close());
  }
}
