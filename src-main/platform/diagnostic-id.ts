/** Short id of a log line, like `H7K2-9QXM`. The window shows it, and the user types it into a bug report. */
import { randomInt } from 'node:crypto';

/** Excludes characters that look alike (0 O, 1 I L, 2 Z, 5 S, 6 G, 8 B). Excludes vowels, so that no id is a word. */
const alphabet = 'CDFHJKMNPQRTVWXY234579';

export function diagnosticId(): string {
  const four = () => Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)]).join('');
  return `${four()}-${four()}`;
}
