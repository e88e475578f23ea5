/**
 * Adds TLS to a plain http service for tests. It starts with a certificate that clients can trust and can switch to
 * another certificate. No system trusts the certificates of this file.
 */
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import type { CertificatePair } from './certificates.ts';
import { pipeSockets, trackSockets } from './sockets.ts';

const trustedPair: CertificatePair = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBkzCCATigAwIBAgIUF3+J7soLT6hXMa+kmtBum9R+Q94wCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKa25vd24udGVzdDAgFw0yNjExMjQwMTM2MjRaGA8yMTI2MTAz
MTAxMzYyNFowFTETMBEGA1UEAwwKa25vd24udGVzdDBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABLwkgV+UVZLadA7HyUOEfGB9xb6R4MJaXW7Ejvm7otqbnyL+Rhsu
8j9vpre6SklTpf/j1mU/N9C8BRXOrxk9ANujZDBiMB0GA1UdDgQWBBQzlyRJjN/D
++Mc422/7YzHLOjspzAfBgNVHSMEGDAWgBQzlyRJjN/D++Mc422/7YzHLOjspzAP
BgNVHRMBAf8EBTADAQH/MA8GA1UdEQQIMAaHBH8AAAEwCgYIKoZIzj0EAwIDSQAw
RgIhAKBbia32PYtp7UmyVHPdcU1FczKlkNnHWvvM53agB2ryAiEAtisoGzTDFX/A
/g5/Eq8FpH80/zTi+WXuWa0cgEM8kz0=
-----END CERTIFICATE-----`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgLUThr2GutEW/wolG
QLhFRaPUol1/ZUEQ6ey5D02NBsOhRANCAAS8JIFflFWS2nQOx8lDhHxgfcW+keDC
Wl1uxI75u6Lam58i/kYbLvI/b6a3ukpJU6X/49ZlPzfQvAUVzq8ZPQDb
-----END PRIVATE KEY-----`,
};

const untrustedPair: CertificatePair = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBmTCCAT6gAwIBAgIUGg+DvE/nr0WinEjq9uy8MoNJSFYwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNc3RyYW5nZXIudGVzdDAgFw0yNjExMjQwMTM2MjRaGA8yMTI2
MTAzMTAxMzYyNFowGDEWMBQGA1UEAwwNc3RyYW5nZXIudGVzdDBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABOuZ33pk5k4ECsOrsZmUc6vFmKm8qwyXCK9unQd7fexs
LuSBk5YPjbFq2S6ofZkFiEu3/RLW9eYWPQrvlwrpiOajZDBiMB0GA1UdDgQWBBS7
CokUwL3RAaGxoA+pjsn+4ZKllTAfBgNVHSMEGDAWgBS7CokUwL3RAaGxoA+pjsn+
4ZKllTAPBgNVHRMBAf8EBTADAQH/MA8GA1UdEQQIMAaHBH8AAAEwCgYIKoZIzj0E
AwIDSQAwRgIhAONkpd9FtCv584wvM+N6feWhglsPPtj3H4sWe+q2MyGpAiEAysi+
1gI3SyUIHSb2Q4I27IMIEQcNA0eXIypj20rGoQE=
-----END CERTIFICATE-----`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg+clfh+5Yvjs/7ziI
HDBGRmWwugYA2es6/E1FpgK3NrOhRANCAATrmd96ZOZOBArDq7GZlHOrxZipvKsM
lwivbp0He33sbC7kgZOWD42xatkuqH2ZBYhLt/0S1vXmFj0K75cK6Yjm
-----END PRIVATE KEY-----`,
};

export class TlsProxy {
  readonly url: string;
  /** The self-signed certificate that a client has to trust. */
  readonly certificate = trustedPair.cert;
  /** Handshakes started since the last {@link useCertificate}. */
  handshakes = 0;
  readonly #server: tls.Server;
  readonly #sockets: ReadonlySet<net.Socket>;

  private constructor(server: tls.Server) {
    this.#server = server;
    this.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.#sockets = trackSockets(server);
    server.on('connection', () => {
      this.handshakes++;
    });
    // A client that does not trust the certificate disconnects.
    server.on('tlsClientError', () => undefined);
  }

  static async start(upstream: string, pair: CertificatePair = trustedPair): Promise<TlsProxy> {
    const { hostname, port } = new URL(upstream);
    const server = tls.createServer(pair, (client) => pipeSockets(client, net.connect(Number(port), hostname)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TlsProxy(server);
  }

  /** Switches the certificate and closes open connections, so that clients have to reconnect. */
  useCertificate(certificate: 'trusted' | 'untrusted' | CertificatePair): void {
    const knownPair = certificate === 'trusted' ? trustedPair : untrustedPair;
    this.#server.setSecureContext(typeof certificate === 'object' ? certificate : knownPair);
    this.handshakes = 0;
    for (const socket of this.#sockets) socket.destroy();
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
