/** Limits the time until a connection is usable: name lookup, TCP connection and, for TLS, the handshake. */
import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';

/**
 * @returns the same socket. On timeout it fails with ETIMEDOUT, or with ERR_TLS_HANDSHAKE_TIMEOUT when the server
 * accepted the connection but did not finish the handshake.
 */
export function withConnectTimeout<T extends Duplex>(socket: T, ms: number): T {
  const isTls = socket instanceof tls.TLSSocket;
  if (!isTls && !('connecting' in socket && socket.connecting)) return socket;
  const fail = (): void => {
    const isConnected = isTls && !socket.connecting;
    socket.destroy(
      Object.assign(new Error(`no connection after ${ms} ms`), {
        code: isConnected ? 'ERR_TLS_HANDSHAKE_TIMEOUT' : 'ETIMEDOUT',
      }),
    );
  };
  const timer = setTimeout(fail, ms);
  const stop = (): void => clearTimeout(timer);
  socket.once(isTls ? 'secureConnect' : 'connect', stop);
  socket.once('close', stop);
  return socket;
}

type CreateConnection = http.Agent['createConnection'];

/** Node's agent with the connect timeout. */
export class HttpAgent extends http.Agent {
  readonly #ms: number;
  constructor(options: http.AgentOptions, ms: number) {
    super(options);
    this.#ms = ms;
  }
  override createConnection(...args: Parameters<CreateConnection>): ReturnType<CreateConnection> {
    const socket = super.createConnection(...args);
    return socket && withConnectTimeout(socket, this.#ms);
  }
}

export class HttpsAgent extends https.Agent {
  readonly #ms: number;
  constructor(options: https.AgentOptions, ms: number) {
    super(options);
    this.#ms = ms;
  }
  override createConnection(
    ...args: Parameters<https.Agent['createConnection']>
  ): ReturnType<https.Agent['createConnection']> {
    const socket = super.createConnection(...args);
    return socket && withConnectTimeout(socket, this.#ms);
  }
}
