/**
 * Compares etags with MD5 hashes of the sent bytes. The service does not document that an etag is an MD5 hash; the
 * first match proves it. From then on, a different etag means that the service stored different bytes. Before the first
 * match, a different etag proves nothing.
 */
import type { FalResponse } from './http-client.ts';
import { parseJsonBody } from './http-client.ts';

export type EtagMatch = 'same' | 'other' | 'unknown';

export class EtagVerifier {
  #format: 'unknown' | 'md5' | 'opaque' = 'unknown';

  /** @param md5 of the sent bytes, in base64 */
  compare(etag: string | undefined, md5: string): EtagMatch {
    // An etag may be weak (`W/`) and may have quotation marks. An MD5 hash has 32 hexadecimal digits.
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
