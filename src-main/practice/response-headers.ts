/**
 * Security headers of every response. Browsers open stored files under a loopback address, so no script in a file may
 * run. Types that can contain scripts are downloaded, never displayed, regardless of the object's metadata and the URL.
 */
const scriptableTypes = /^(?:text\/(?:html|xml|xsl)|application\/xml|multipart\/.*|message\/rfc822|.+\+xml)$/;

const commonSecurityHeaders = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };
const sandbox =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; frame-ancestors 'none'";

/** For XML documents and responses without a body. */
export const securityHeaders: Readonly<Record<string, string>> = {
  ...commonSecurityHeaders,
  'content-security-policy': sandbox,
};

/**
 * @param headers headers of the object, including those that the URL overrides
 * @returns the same headers with the security headers
 */
export function withSecurityHeaders(headers: Record<string, string>): Record<string, string> {
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return {
    ...headers,
    ...commonSecurityHeaders,
    // Browsers can't open their PDF viewer in a sandboxed page. `nosniff` makes sure that the file is treated as a PDF.
    'content-security-policy': type === 'application/pdf' ? "frame-ancestors 'none'" : sandbox,
    ...(scriptableTypes.test(type) ? { 'content-disposition': asAttachment(headers['content-disposition']) } : {}),
  };
}

/** Keeps the file name. */
function asAttachment(disposition: string | undefined): string {
  const parameters = /;.*$/s.exec(disposition ?? '')?.[0] ?? '';
  return `attachment${parameters}`;
}
