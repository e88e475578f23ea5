/** Decides which URLs of services are accepted, and which may be opened in the system's browser. */
import { hostReach } from './host-reach.ts';
import { hasInvisibleCharacter } from './printable.ts';

const maxLength = 4096;

/**
 * Whether a service may return this URL as a link or an upload address: https, and http only on this computer. The URL
 * parser ignores some control characters, but a terminal or a clipboard would get them.
 */
export function isSafeLink(text: string): boolean {
  if (/\s/.test(text) || hasInvisibleCharacter(text) || !URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && hostReach(hostname) === 'this-computer');
}

/**
 * Allows https, and http only to this computer or a private network. Refuses URLs with a user name or password. Uses
 * the URL parser, not a pattern.
 */
export function isSafeToOpen(text: string): boolean {
  if (text.length > maxLength || !URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || url.hostname === '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && hostReach(url.hostname) !== 'anywhere');
}
