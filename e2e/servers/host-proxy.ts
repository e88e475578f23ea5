/**
 * Redirects a service's real host names to a server on loopback, with a CONNECT proxy and TLS behind the proxy. Clients
 * that have no setting for the service's address, such as the app itself, can then use the server. Refuses requests to
 * any other host.
 */
import type { CertificatePair } from '../../src-main/providers/testing/certificates.ts';
import { startHttpProxy, type TestProxy } from '../../src-main/providers/testing/proxies.ts';
import { TlsProxy } from '../../src-main/providers/testing/tls-proxy.ts';

export interface HostProxyOptions {
  /** The server without TLS, which serves all these names. */
  upstream: string;
  isServedHost(host: string): boolean;
  /** A certificate for these names, which the client has to trust, and its key. */
  pair: CertificatePair;
}

/** Starts the proxy, which records its `CONNECT` requests in `requests`. */
export async function startHostProxy({
  upstream,
  isServedHost,
  pair,
}: HostProxyOptions): Promise<Pick<TestProxy, 'requests' | 'stop'> & { url: string }> {
  const tlsFrontend = await TlsProxy.start(upstream, pair);
  const port = Number(new URL(tlsFrontend.url).port);
  const { address, requests, stop } = await startHttpProxy({
    portFor: (host) => (isServedHost(host) ? port : undefined),
  });
  return {
    url: `http://${address}`,
    requests,
    stop: async () => {
      tlsFrontend.stop();
      await stop();
    },
  };
}
