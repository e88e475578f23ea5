/** How text is compared in a search of the history: without regard to case, or to the two ways of writing an umlaut. */

export const foldText = (text: string): string => text.normalize('NFC').toLowerCase();

/** The words of a search, folded; every one of them has to be found. At most eight. */
export const searchWords = (text: string): string[] => foldText(text).split(/\s+/u).filter(Boolean).slice(0, 8);
