/** Asks an HTTP proxy to connect to a host: `CONNECT host:443`. */
import http from 'node:http';
import https from 'node:https';
import { isIPv6, type Socket } from 'node:net';
import type tls from 'node:tls';

export interface TunnelRequest {
  /** The proxy's address. Its login is sent only to the proxy. */
  proxy: URL;
  /** For a proxy that is reached over TLS. */
  tlsOptions: tls.ConnectionOptions;
  host: string;
  port: number;
  signal: AbortSignal;
}

/** `socket` leads to the host if `status` is 200, and otherwise to the proxy. */
export interface TunnelResponse {
  status: number;
  headers: http.IncomingHttpHeaders;
  socket: Socket;
}

/**
 * Node's parser limits the size of the response: a hostile proxy may send headers without end.
 * @throws errors of the connection, and an error when the response is not HTTP or too large
 */
export function openTunnel({ proxy, tlsOptions, host, port, signal }: TunnelRequest): Promise<TunnelResponse> {
  const target = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const isTls = proxy.protocol === 'https:';
  return new Promise((resolve, reject) => {
    const request = (isTls ? https : http).request({
      ...(isTls ? tlsOptions : {}),
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: proxy.port || (isTls ? 443 : 80),
      method: 'CONNECT',
      path: target,
      headers: { host: target, 'proxy-connection': 'keep-alive', ...loginHeader(proxy) },
      agent: false,
      signal,
    });
    request.once('error', reject);
    request.once('connect', ({ statusCode = 0, headers }, socket: Socket, firstBytes: Buffer) => {
      // The host may send bytes in the same packet as the proxy's response.
      if (firstBytes.length > 0) socket.unshift(firstBytes);
      resolve({ status: statusCode, headers, socket });
    });
    request.end();
  });
}

function loginHeader({ username, password }: URL): { 'proxy-authorization'?: string } {
  if (username === '' && password === '') return {};
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` };
}
