/**
 * Redirects a service's real host names to a server on loopback, with a CONNECT proxy and TLS behind it. Clients
 * without a setting for the address, such as the app itself, can then use the server. Requests to any other host are
 * refused.
 */
import type { CertificatePair } from '../../src-main/providers/testing/certificates.ts';
import { startHttpProxy, type TestProxy } from '../../src-main/providers/testing/proxies.ts';
import { TlsProxy } from '../../src-main/providers/testing/tls-proxy.ts';

export interface HostProxyOptions {
  /** The plain server, which serves all these names. */
  upstream: string;
  isServedHost(host: string): boolean;
  /** For these names; the client has to trust it. */
  pair: CertificatePair;
}

/** A proxy that records its `CONNECT` requests in `seen`. */
export async function startHostProxy({
  upstream,
  isServedHost,
  pair,
}: HostProxyOptions): Promise<Pick<TestProxy, 'requests' | 'stop'> & { url: string }> {
  const tlsFrontend = await TlsProxy.start(upstream, pair);
  const port = Number(new URL(tlsFrontend.url).port);
  const {
    address,
    requests: seen,
    stop,
  } = await startHttpProxy({ portFor: (host) => (isServedHost(host) ? port : undefined) });
  return {
    url: `http://${address}`,
    requests: seen,
    stop: async () => {
      tlsFrontend.stop();
      await stop();
    },
  };
}
