/**
 * Prepares a service's own error message for display: one short line without markup, control characters or secrets.
 * Hoist's error messages show it in quotation marks.
 */
import { createRedactor } from '../../platform/redact.ts';

const maxCharacters = 160;

/** Messages that say nothing useful. */
const meaninglessMessages =
  /^(unknown ?error|unknown|error|forbidden|not found|bad request|undefined|null|none|\[object object\]|)$/i;

/**
 * @param secrets secret settings of the destination, redacted from the message
 * @returns undefined when the message says nothing useful
 */
export function sanitizeServerMessage(
  message: unknown,
  secrets: readonly (string | undefined)[] = [],
): string | undefined {
  if (typeof message !== 'string') return undefined;
  // Drops most of a very long message first, because redaction and cleaning take time.
  const start = message.slice(0, 20 * maxCharacters);
  // An HTML page is not an error message.
  if (/<(!doctype|html|body|\?xml)\b/i.test(start)) return undefined;
  const { redact, registerSecret } = createRedactor({ home: '' });
  for (const secret of secrets) if (secret !== undefined) registerSecret(secret);
  // Redacts before shortening to the final length; otherwise the start of a secret could remain unrecognized.
  const line = redact(start)
    .replace(/<[^>]*>/g, ' ')
    .replace(/[\p{C}\p{Z}\s]+/gu, ' ')
    .replace(/[“”"]/g, "'")
    .trim()
    .replace(/[.:;,\s]+$/, '');
  if (meaninglessMessages.test(line)) return undefined;
  const characters = Array.from(line);
  return characters.length > maxCharacters ? `${characters.slice(0, maxCharacters).join('').trimEnd()}…` : line;
}
