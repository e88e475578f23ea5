/** What a browser is told about a file when it opens the link. */
import { safeName } from '../../../src-shared/safe-name.ts';
import { encodeSegment } from '../keys/encode-key.ts';

/** Types that run scripts when shown: from our link they are saved, never run under the storage's address. */
const scriptableTypes =
  /^(?:text\/html|application\/xhtml\+xml|image\/svg\+xml|text\/xml|application\/xml|multipart\/related|message\/rfc822|.+\+xml)$/;

export interface ContentHeaders {
  ContentType: string;
  ContentDisposition: string;
}

/**
 * @param name the file's name, whatever it holds
 * @param contentType its type as the source says; one that is no header value becomes `application/octet-stream`
 * @param showsPages the user wants web pages to run under the storage's address
 */
export function contentHeaders(
  name: string,
  contentType: string,
  { showsPages }: { showsPages: boolean },
): ContentHeaders {
  const requested = contentType.trim().toLowerCase();
  const type = /^[a-z0-9][\w.+-]*\/[a-z0-9][\w.+-]*(?:;\s*[\w-]+=[\w."-]+)*$/.test(requested)
    ? requested
    : 'application/octet-stream';
  const mediaType = type.split(';', 1)[0]?.trim() ?? type;
  return {
    // Without a charset browsers guess from the reader's locale, and UTF-8 text turns to letter salad.
    ContentType: mediaType.startsWith('text/') && !type.includes('charset=') ? `${type}; charset=utf-8` : type,
    ContentDisposition: `${scriptableTypes.test(mediaType) && !showsPages ? 'attachment' : 'inline'}; ${dispositionFileName(safeName(name))}`,
  };
}

/** RFC 6266: an ASCII name for old programs, and the exact one beside it when they differ. */
function dispositionFileName(name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]/gu, '_').replace(/["%]/g, '_');
  return ascii === name ? `filename="${ascii}"` : `filename="${ascii}"; filename*=UTF-8''${encodeSegment(name)}`;
}
