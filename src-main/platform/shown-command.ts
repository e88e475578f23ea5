/** A command line as a question shows it. */

/** Characters that a dialog or a terminal does not show, or shows like another character. An ASCII space is shown. */
const unclear = /(?! )[\p{C}\p{Z}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/gu;

/** A dialog that is higher than the screen would hide its buttons. */
const maxCharacters = 600;

/**
 * Escapes every character that is not visible, and replaces the middle of a very long command line.
 * @param omitted the text in place of this number of characters
 */
export function shownCommand(commandLine: string, omitted: (count: number) => string): string {
  const characters = Array.from(commandLine, (character) =>
    character.replace(unclear, (hidden) => `\\u{${hidden.codePointAt(0)!.toString(16)}}`),
  );
  const excess = characters.length - maxCharacters;
  if (excess <= 0) return characters.join('');
  const half = maxCharacters / 2;
  return `${characters.slice(0, half).join('')} ${omitted(excess)} ${characters.slice(-half).join('')}`;
}
