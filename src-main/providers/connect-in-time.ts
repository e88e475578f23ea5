/** Connections that stand in time or not at all: name looked up, connected, and, where it is encrypted, both sides agreed. */
import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';

/** @returns the same socket; it ends with ETIMEDOUT, or ERR_TLS_HANDSHAKE_TIMEOUT where somebody took the connection and says nothing */
export function inTime<T extends Duplex>(socket: T, ms: number): T {
  const isTls = socket instanceof tls.TLSSocket;
  if (!isTls && !('connecting' in socket && socket.connecting)) return socket;
  const give = (): void => {
    const isConnected = isTls && !socket.connecting;
    socket.destroy(
      Object.assign(new Error(`no connection after ${ms} ms`), {
        code: isConnected ? 'ERR_TLS_HANDSHAKE_TIMEOUT' : 'ETIMEDOUT',
      }),
    );
  };
  const timer = setTimeout(give, ms);
  const stop = (): void => clearTimeout(timer);
  socket.once(isTls ? 'secureConnect' : 'connect', stop);
  socket.once('close', stop);
  return socket;
}

type Create = http.Agent['createConnection'];

export class PlainAgent extends http.Agent {
  readonly #ms: number;
  constructor(options: http.AgentOptions, ms: number) {
    super(options);
    this.#ms = ms;
  }
  override createConnection(...given: Parameters<Create>): ReturnType<Create> {
    const socket = super.createConnection(...given);
    return socket && inTime(socket, this.#ms);
  }
}

export class EncryptedAgent extends https.Agent {
  readonly #ms: number;
  constructor(options: https.AgentOptions, ms: number) {
    super(options);
    this.#ms = ms;
  }
  override createConnection(
    ...given: Parameters<https.Agent['createConnection']>
  ): ReturnType<https.Agent['createConnection']> {
    const socket = super.createConnection(...given);
    return socket && inTime(socket, this.#ms);
  }
}
