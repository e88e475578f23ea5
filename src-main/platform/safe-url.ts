/** Which addresses may be handed to the system's browser. */
import { reachOf } from './address.ts';

const longest = 4096;

/** Parses, never matches: https; http only where the host is this computer or a private network; no user name, no odd port tricks. */
export function safeToOpen(text: string): boolean {
  if (text.length > longest || !URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || url.hostname === '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && reachOf(url.hostname) !== 'anywhere');
}
