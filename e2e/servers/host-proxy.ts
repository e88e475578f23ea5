/**
 * The real host names of a service, led to a server on loopback: by a proxy that takes CONNECT to them, and TLS behind it. So
 * what cannot be told another address, the app itself among it, can be tried against the server. Nothing else leaves this computer.
 */
import type { CertificatePair } from '../../src-main/providers/testing/certificates.ts';
import { startHttpProxy, type TestProxy } from '../../src-main/providers/testing/proxies.ts';
import { TlsProxy } from '../../src-main/providers/testing/tls-proxy.ts';

export interface HostProxyOptions {
  /** The plain server, which knows its names. */
  upstream: string;
  isServedHost(host: string): boolean;
  /** Of these names; the client has to trust it. */
  pair: CertificatePair;
}

/** A proxy: what it answers `CONNECT` with is in `seen`. */
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
