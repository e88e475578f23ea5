/** Which addresses may be handed to the system's browser. */
import { hostReach } from './host-reach.ts';

const maxLength = 4096;

/** Parses, never matches: https; http only where the host is this computer or a private network; no user name, no odd port tricks. */
export function isSafeToOpen(text: string): boolean {
  if (text.length > maxLength || !URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || url.hostname === '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && hostReach(url.hostname) !== 'anywhere');
}
