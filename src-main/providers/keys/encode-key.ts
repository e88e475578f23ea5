/** Encodes a key as a URL path, as Signature Version 4 does: everything except unreserved characters and `/`. */
export const encodeKey = (key: string): string => key.split('/').map(encodeSegment).join('/');

/**
 * RFC 3986. Unlike encodeURIComponent it also encodes `!'()*`, because some programs end a link at these characters.
 */
export const encodeSegment = (segment: string): string =>
  encodeURIComponent(segment).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
