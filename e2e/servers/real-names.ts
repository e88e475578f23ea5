/**
 * The real host names of a service, led to a server on loopback: by a proxy that takes CONNECT to them, and TLS behind it. So
 * what cannot be told another address, the app itself among it, can be tried against the server. Nothing else leaves this computer.
 */
import type { Pair } from '../../src-main/providers/testing/certificates.ts';
import { httpProxy, type TestProxy } from '../../src-main/providers/testing/proxies.ts';
import { TlsFront } from '../../src-main/providers/testing/tls-front.ts';

export interface RealNames {
  /** The plain server, which knows its names. */
  upstream: string;
  isOurs(host: string): boolean;
  /** Of these names; the client has to trust it. */
  pair: Pair;
}

/** A proxy: what it answers `CONNECT` with is in `seen`. */
export async function realNames({
  upstream,
  isOurs,
  pair,
}: RealNames): Promise<Pick<TestProxy, 'seen' | 'stop'> & { url: string }> {
  const front = await TlsFront.start(upstream, pair);
  const port = Number(new URL(front.url).port);
  const { address, seen, stop } = await httpProxy({ leads: (host) => (isOurs(host) ? port : undefined) });
  return {
    url: `http://${address}`,
    seen,
    stop: async () => {
      front.stop();
      await stop();
    },
  };
}
