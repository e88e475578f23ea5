/** Decides which URLs may be opened in the system's browser. */
import { hostReach } from './host-reach.ts';

const maxLength = 4096;

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
