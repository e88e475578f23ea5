/**
 * Compares etags with MD5 hashes. The service does not document that an etag is the MD5, so the first match proves it.
 * After a match, a different etag means different bytes. Before a match, a different etag proves nothing.
 */
import type { FalResponse } from './http-client.ts';
import { parseJsonBody } from './http-client.ts';

export type EtagMatch = 'same' | 'other' | 'unknown';

export class EtagVerifier {
  #format: 'unknown' | 'md5' | 'opaque' = 'unknown';

  /** @param md5 of the sent bytes, in base64 */
  compare(etag: string | undefined, md5: string): EtagMatch {
    const etagMd5 = /^(?:W\/)?"?([\da-f]{32})"?$/i.exec(etag ?? '')?.[1]?.toLowerCase();
    if (etagMd5 === undefined || this.#format === 'opaque') return 'unknown';
    if (etagMd5 === Buffer.from(md5, 'base64').toString('hex')) {
      this.#format = 'md5';
      return 'same';
    }
    return 'other';
  }

  /** Whether an etag has matched the MD5. */
  get isMd5(): boolean {
    return this.#format === 'md5';
  }

  /**
   * Call this when the stored bytes are correct although the etag differs from their MD5. From then on, etags are
   * ignored.
   */
  markOpaque(): void {
    if (this.#format === 'unknown') this.#format = 'opaque';
  }
}

/**
 * The etag of a part. The official JavaScript client reads it from the response body, the Python client from the
 * header, so this function accepts both.
 */
export function etagOf(response: FalResponse): string | undefined {
  const { etag } = (parseJsonBody(response) ?? {}) as { etag?: unknown };
  return typeof etag === 'string' && etag !== '' ? etag : response.headers['etag'];
}
