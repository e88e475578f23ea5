/**
 * The reader's variant of English, for numbers and dates in English sentences (12 or 24 hours, order of day and month).
 */
export const readerLocale: string =
  typeof navigator === 'undefined' ? 'en' : (navigator.languages.find((tag) => /^en\b/i.test(tag)) ?? 'en');
