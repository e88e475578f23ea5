/**
 * The variant of English among the reader's languages, such as `en-GB`. It decides how numbers and dates look in
 * English sentences: 12 or 24 hours, the order of day and month.
 */
export const readerLocale: string =
  typeof navigator === 'undefined' ? 'en' : (navigator.languages.find((tag) => /^en\b/i.test(tag)) ?? 'en');
