/** Which addresses may be handed to the system's browser. */
import { isIP } from 'node:net';

const longest = 4096;

/** Parses, never matches: https; http only where the host is this computer or a private network; no user name, no odd port tricks. */
export function safeToOpen(text: string): boolean {
  if (text.length > longest || !URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || url.hostname === '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isNear(url.hostname));
}

/** Loopback, private ranges, link-local, `.local`. `hostname` as URL gives it (IPv6 in brackets). */
export function isNear(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (isIP(host) === 4) {
    const [a = 0, b = 0] = host.split('.').map(Number);
    return a === 127 || a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168) || (a === 169 && b === 254);
  }
  if (isIP(host) === 6) return host === '::1' || /^f[cd]/.test(host) || /^fe[89ab]/.test(host);
  return host === 'localhost' || host.endsWith('.localhost') || host.endsWith('.local');
}
