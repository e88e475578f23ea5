/**
 * What a service said in its own words, as far as it can be shown: one line, short, without markup, without characters
 * that change how the rest is read, and without secrets. A sentence puts it into quotation marks.
 */
import { createRedactor } from '../../platform/redact.ts';

const maxCharacters = 160;

/** What programs say when they have nothing to say. */
const meaninglessMessages =
  /^(unknown ?error|unknown|error|forbidden|not found|bad request|undefined|null|none|\[object object\]|)$/i;

/**
 * @param secrets of the settings: what the service repeats of them is taken out
 * @returns undefined where there is nothing worth reading
 */
export function sanitizeServerMessage(
  message: unknown,
  secrets: readonly (string | undefined)[] = [],
): string | undefined {
  if (typeof message !== 'string') return undefined;
  // A page is no sentence.
  if (/<(!doctype|html|body|\?xml)\b/i.test(message)) return undefined;
  const { redact, registerSecret } = createRedactor({ home: '' });
  for (const secret of secrets) if (secret !== undefined) registerSecret(secret);
  // Redacted before it is cut, so that no half of a secret stays.
  const line = redact(message.slice(0, 20 * maxCharacters))
    .replace(/<[^>]*>/g, ' ')
    .replace(/[\p{C}\p{Z}\s]+/gu, ' ')
    .replace(/[“”"]/g, "'")
    .trim()
    .replace(/[.:;,\s]+$/, '');
  if (meaninglessMessages.test(line)) return undefined;
  const characters = Array.from(line);
  return characters.length > maxCharacters ? `${characters.slice(0, maxCharacters).join('').trimEnd()}…` : line;
}
