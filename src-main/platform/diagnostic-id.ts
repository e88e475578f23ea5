/** The short name of a log line that a person reads from the window and types into a report, like `H7K2-9QXM`. */
import { randomInt } from 'node:crypto';

/** No two that look alike (0 O, 1 I L, 2 Z, 5 S, 6 G, 8 B), and no vowels, so no words. */
const alphabet = 'CDFHJKMNPQRTVWXY234579';

export function diagnosticId(): string {
  const four = () => Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)]).join('');
  return `${four()}-${four()}`;
}
