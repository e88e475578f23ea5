/** Finds out why a proxy answers 407: no login, a wrong login, or another kind of sign-in than Basic. */

/** The names of sign-in schemes in the header. A name followed by `=` is a parameter, not a scheme. */
const knownSchemes = /\b(Basic|Digest|NTLM|Negotiate|Kerberos|Bearer)\b(?!=)/gi;

export interface ProxyLoginProblem {
  /** The cause, as in the texts of the code `unauthorized`. */
  why: 'proxy' | 'proxyLogin' | 'proxyScheme';
  /** The kinds of sign-in that the proxy offers, if it names them. */
  schemes?: string;
}

/** @param header the value of Proxy-Authenticate */
export function proxyLoginProblem(
  header: string | readonly string[] | undefined,
  { hasLogin }: { hasLogin: boolean },
): ProxyLoginProblem {
  const schemes = [
    ...[header ?? []]
      .flat()
      .join(', ')
      .replaceAll(/"[^"]*"/g, '')
      .matchAll(knownSchemes),
  ].map(([name]) => name);
  // Without the header, Hoist has to assume that the proxy knows Basic.
  if (schemes.length > 0 && !schemes.some((name) => name.toLowerCase() === 'basic'))
    return { why: 'proxyScheme', schemes: [...new Set(schemes)].join(', ') };
  return { why: hasLogin ? 'proxy' : 'proxyLogin' };
}
