/** The headers that a browser receives when it opens the link. */
import { safeName } from '../../../src-shared/safe-name.ts';
import { encodeSegment } from '../keys/encode-key.ts';

/**
 * Types that run scripts when a browser shows them. Our links make the browser save such files instead, so that the
 * scripts never run with the rights of the storage's web address.
 */
const scriptableTypes = /^(?:text\/html|text\/xml|application\/xml|multipart\/related|message\/rfc822|.+\+xml)$/;

export interface ContentHeaders {
  ContentType: string;
  ContentDisposition: string;
}

/**
 * @param name the file's name; may hold any characters
 * @param contentType the source's type; one that is not a valid header value becomes `application/octet-stream`
 * @param showsPages the user wants web pages to run under the storage's address
 */
export function contentHeaders(
  name: string,
  contentType: string,
  { showsPages }: { showsPages: boolean },
): ContentHeaders {
  const requested = contentType.trim().toLowerCase();
  // `type/subtype`, with optional parameters such as `; charset=utf-8`
  const type = /^[a-z0-9][\w.+-]*\/[a-z0-9][\w.+-]*(?:;\s*[\w-]+=[\w."-]+)*$/.test(requested)
    ? requested
    : 'application/octet-stream';
  const mediaType = type.split(';', 1)[0]?.trim() ?? type;
  const disposition = scriptableTypes.test(mediaType) && !showsPages ? 'attachment' : 'inline';
  return {
    // Without a charset, browsers guess it from the reader's locale and show UTF-8 text wrongly.
    ContentType: mediaType.startsWith('text/') && !type.includes('charset=') ? `${type}; charset=utf-8` : type,
    ContentDisposition: `${disposition}; ${dispositionFileName(safeName(name))}`,
  };
}

/** RFC 6266: an ASCII name for old programs, and the exact name beside it when they differ. */
function dispositionFileName(name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]/gu, '_').replace(/["%]/g, '_');
  return ascii === name ? `filename="${ascii}"` : `filename="${ascii}"; filename*=UTF-8''${encodeSegment(name)}`;
}
