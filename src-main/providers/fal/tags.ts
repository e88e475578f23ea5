/**
 * What the service calls the bytes it has. Whether that is their MD5 is written nowhere, so it is found out: the first match
 * proves it, and from then on another tag means other bytes. Until then a mismatch proves nothing.
 */
import type { Reply } from './wire.ts';
import { documentOf } from './wire.ts';

export type Verdict = 'same' | 'other' | 'unknown';

export class Tags {
  #are: 'unknown' | 'md5' | 'opaque' = 'unknown';

  /** @param md5 of the bytes that were sent, in base64 */
  compare(tag: string | undefined, md5: string): Verdict {
    const claimed = /^(?:W\/)?"?([\da-f]{32})"?$/i.exec(tag ?? '')?.[1]?.toLowerCase();
    if (claimed === undefined || this.#are === 'opaque') return 'unknown';
    if (claimed === Buffer.from(md5, 'base64').toString('hex')) {
      this.#are = 'md5';
      return 'same';
    }
    return 'other';
  }

  /** Whether it was seen to be the MD5. */
  get areKnown(): boolean {
    return this.#are === 'md5';
  }

  /** The bytes are right although the tag is another one. */
  mean(nothing: 'nothing'): void {
    if (nothing === 'nothing' && this.#are === 'unknown') this.#are = 'opaque';
  }
}

/** Of a part: in the answer's body, where the JavaScript client reads it, or in its header, where the Python client does. */
export function tagOf(reply: Reply): string | undefined {
  const { etag } = (documentOf(reply) ?? {}) as { etag?: unknown };
  return typeof etag === 'string' && etag !== '' ? etag : reply.headers['etag'];
}
