/** Characters that a terminal, a log viewer or a browser does not show as text. */

/** Controls, line separators and controls of the text direction: they move the cursor, forge a line or reorder text. */
const invisible = String.raw`\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}`;
const invisiblePattern = new RegExp(`[${invisible}]`, 'u');
const exceptLayout = new RegExp(String.raw`(?![\n\t])[${invisible}]`, 'gu');

export const hasInvisibleCharacter = (text: string): boolean => invisiblePattern.test(text);

/**
 * Escapes everything that is not printable, except line breaks and tabs. The escapes are valid in a JSON string, so a
 * line of JSON keeps its meaning.
 */
export const escapeForTerminal = (text: string): string =>
  text.replace(exceptLayout, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
