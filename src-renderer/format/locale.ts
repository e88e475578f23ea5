/** The reader's flavour of English, for numbers and dates beside English sentences (12 or 24 hours, day before month). */
export const readerLocale: string =
  typeof navigator === 'undefined' ? 'en' : (navigator.languages.find((tag) => /^en\b/i.test(tag)) ?? 'en');
