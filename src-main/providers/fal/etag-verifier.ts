/**
 * What the service calls the bytes it has. Whether that is their MD5 is written nowhere, so it is found out: the first match
 * proves it, and from then on another tag means other bytes. Until then a mismatch proves nothing.
 */
import type { FalResponse } from './http-client.ts';
import { parseJsonBody } from './http-client.ts';

export type EtagVerdict = 'same' | 'other' | 'unknown';

export class EtagVerifier {
  #format: 'unknown' | 'md5' | 'opaque' = 'unknown';

  /** @param md5 of the bytes that were sent, in base64 */
  compare(etag: string | undefined, md5: string): EtagVerdict {
    const etagMd5 = /^(?:W\/)?"?([\da-f]{32})"?$/i.exec(etag ?? '')?.[1]?.toLowerCase();
    if (etagMd5 === undefined || this.#format === 'opaque') return 'unknown';
    if (etagMd5 === Buffer.from(md5, 'base64').toString('hex')) {
      this.#format = 'md5';
      return 'same';
    }
    return 'other';
  }

  /** Whether it was seen to be the MD5. */
  get isMd5(): boolean {
    return this.#format === 'md5';
  }

  /** The bytes are right although the tag is another one. */
  markOpaque(format: 'nothing'): void {
    if (format === 'nothing' && this.#format === 'unknown') this.#format = 'opaque';
  }
}

/** Of a part: in the answer's body, where the JavaScript client reads it, or in its header, where the Python client does. */
export function etagOf(response: FalResponse): string | undefined {
  const { etag } = (parseJsonBody(response) ?? {}) as { etag?: unknown };
  return typeof etag === 'string' && etag !== '' ? etag : response.headers['etag'];
}
