/** Loads a proxy configuration file (PAC). This module does not run the file's script; the app does. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { fileURLToPath } from 'node:url';
import { AppFailure, failure } from '../../../src-shared/errors.ts';
import { decodeText } from '../../platform/decode-text.ts';
import { timeLimits } from './time-limits.ts';
import { trustedRoots } from './trusted-roots.ts';

const maxBytes = 1024 * 1024;
/** Short, because the computer may move to another network, whose file differs. */
const cacheMs = 10 * 60_000;

export class PacFile {
  readonly #url: URL;
  readonly #certificates: string[];
  #script: { text: Promise<string>; until: number } | undefined;

  constructor(url: string, certificates: string[]) {
    this.#url = new URL(url);
    this.#certificates = certificates;
  }

  /**
   * @throws AppFailure unreachable or invalid-input at `proxyAddress`: without the file the proxy is unknown, and a
   * direct connection may be forbidden
   */
  async script(): Promise<string> {
    if (!this.#script || this.#script.until < Date.now())
      this.#script = { text: this.#load(), until: Date.now() + cacheMs };
    try {
      return await this.#script.text;
    } catch (cause) {
      this.#script = undefined;
      throw cause instanceof AppFailure ? cause : failure('unreachable', this.#errorDetails('pac'), cause);
    }
  }

  async #load(): Promise<string> {
    const text = this.#url.protocol === 'file:' ? decodeText(await this.#read()) : await this.#fetch();
    if (!text.includes('FindProxyForURL')) throw failure('invalid-input', this.#errorDetails('pac'));
    return text;
  }

  /** Does not wait at a pipe and does not read a device, which may have no end. */
  async #read(): Promise<Buffer> {
    // O_NONBLOCK keeps `open` from waiting at a named pipe. Windows does not define it.
    const { O_RDONLY, O_NONBLOCK = 0 } = constants as Partial<typeof constants> & typeof constants;
    const file = await open(fileURLToPath(this.#url), O_RDONLY | O_NONBLOCK);
    try {
      const stats = await file.stat();
      if (!stats.isFile() || stats.size > maxBytes) throw failure('invalid-input', this.#errorDetails('pac'));
      const { buffer, bytesRead } = await file.read(Buffer.alloc(stats.size), 0, stats.size, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }

  #errorDetails(why: string): { field: string; params: Record<string, string> } {
    return { field: 'proxyAddress', params: { why, host: this.#url.host || 'PAC' } };
  }

  /** Connects directly, because only the file says which proxies exist. */
  #fetch(): Promise<string> {
    const send = this.#url.protocol === 'https:' ? https.request : http.request;
    return new Promise((resolve, reject) => {
      const request = send(this.#url, {
        agent: false,
        signal: AbortSignal.timeout(timeLimits.pacFileMs),
        rejectUnauthorized: true,
        ...trustedRoots(this.#certificates),
      });
      request.once('error', reject);
      request.once('response', (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.once('error', reject);
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > maxBytes) request.destroy(new Error('the proxy configuration file is too large'));
          else chunks.push(chunk);
        });
        response.once('end', () =>
          response.statusCode === 200
            ? resolve(decodeText(Buffer.concat(chunks)))
            : reject(new Error(`status ${response.statusCode}`)),
        );
      });
      request.end();
    });
  }
}
