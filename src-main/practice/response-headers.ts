/**
 * What a browser is told with every answer. The files come from anywhere and are opened under this computer's address, so
 * none of them may run: types that carry scripts are saved, never shown, whatever the object or the address says.
 */
const scriptableTypes =
  /^(?:text\/html|text\/xml|text\/xsl|application\/xhtml\+xml|application\/xml|image\/svg\+xml|multipart\/.*|message\/rfc822|.+\+xml)$/;

const commonSecurityHeaders = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };
const sandbox =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; frame-ancestors 'none'";

/** For documents of the protocol, and answers without a body. */
export const securityHeaders: Readonly<Record<string, string>> = {
  ...commonSecurityHeaders,
  'content-security-policy': sandbox,
};

/**
 * @param headers of the object, with what the address overrides
 * @returns the same with what makes them harmless
 */
export function withSecurityHeaders(headers: Record<string, string>): Record<string, string> {
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return {
    ...headers,
    ...commonSecurityHeaders,
    // Browsers show a PDF by a program of their own, which no sandboxed page may start; nosniff keeps it a PDF.
    'content-security-policy': type === 'application/pdf' ? "frame-ancestors 'none'" : sandbox,
    ...(scriptableTypes.test(type) ? { 'content-disposition': asAttachment(headers['content-disposition']) } : {}),
  };
}

/** Keeps the file's name. */
function asAttachment(disposition: string | undefined): string {
  const parameters = /;.*$/s.exec(disposition ?? '')?.[0] ?? '';
  return `attachment${parameters}`;
}
