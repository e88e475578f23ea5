/** A key as a part of an address. */

/** As the path of a URL, the way Signature Version 4 encodes it: everything but unreserved characters and `/`. */
export const encodeKey = (key: string): string => key.split('/').map(encodeSegment).join('/');

/** RFC 3986: unlike encodeURIComponent also `!'()*`, which some programs cut off a link. */
export const encodeSegment = (segment: string): string =>
  encodeURIComponent(segment).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
