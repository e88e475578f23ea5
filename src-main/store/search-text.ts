/** Text comparison in a history search. It ignores case and the Unicode form of accented letters. */

export const foldText = (text: string): string => text.normalize('NFC').toLowerCase();

/** The folded words of a search, at most eight. A match contains all of them. */
export const searchWords = (text: string): string[] => foldText(text).split(/\s+/u).filter(Boolean).slice(0, 8);
