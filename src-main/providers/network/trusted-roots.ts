import tls from 'node:tls';

/** Only newer versions of Node.js can read the system's certificate store. */
const { getCACertificates } = tls as { getCACertificates?: (type: 'default' | 'system') => string[] };

let systemContext: tls.SecureContext | undefined;

/**
 * The TLS context with the trusted root certificates. All connections without additional certificates share one
 * context, because reading the root certificates takes longer than a handshake. On an older version of Node.js, these
 * connections use the default context.
 */
export function trustedRoots(certificates: string[]): { secureContext?: tls.SecureContext } {
  const roots = (): string[] =>
    getCACertificates
      ? [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]
      : [...tls.rootCertificates];
  if (certificates.length > 0) return { secureContext: tls.createSecureContext({ ca: [...roots(), ...certificates] }) };
  return getCACertificates ? { secureContext: (systemContext ??= tls.createSecureContext({ ca: roots() })) } : {};
}
