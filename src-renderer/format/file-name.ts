/** Displays file names. A file name is untrusted input, and often longer than the available width. */

/** Control characters, direction overrides and invisible characters, which can make a name look like another one. */
const deceiving = new RegExp(
  [
    // Control characters, marks that change the text direction, and invisible characters
    /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/,
    // Halves of surrogate pairs without their other half
    /[\ud800-\udbff](?![\udc00-\udfff])/,
    /(?<![\ud800-\udbff])[\udc00-\udfff]/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'g',
);

/** The name with every deceptive character shown as "�". Zero-width joiners stay: emoji and Persian need them. */
export const displaySafeName = (name: string): string => name.replace(deceiving, '\ufffd');

/** Scripts with joined letters: splitting a word would change the shape of its letters. */
const joiningScripts = ['Arabic', 'Syriac', 'Mongolian', 'Nko', 'Devanagari', 'Bengali', 'Thai'];
const joining = new RegExp(`[${joiningScripts.map((script) => `\\p{Script=${script}}`).join('')}]`, 'u');

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** Splits a text into characters as the reader sees them: an emoji can consist of several code points. */
const split = (value: string): string[] => Array.from(graphemes.segment(value), (part) => part.segment);

/** Names up to this length always fit, so they are not split. */
const maxUnsplit = 24;
/** Characters kept before the extension, so that "(1)" and "-final" stay visible. */
const tailCharacters = 6;
/** Length of an extension with its dot. A longer one is treated as a part of the name. */
const maxExtension = 10;

/**
 * Splits a long name for display: the head may be cut off, the tail (end of the stem, and extension) stays visible. The
 * tail is empty if the name must not be split.
 */
export function splitName(name: string): { head: string; tail: string } {
  const parts = split(name);
  if (parts.length <= maxUnsplit) return { head: name, tail: '' };
  const dot = parts.lastIndexOf('.');
  const extension = dot > 0 && parts.length - dot <= maxExtension ? parts.length - dot : 0;
  const tailLength = extension + (joining.test(name) ? 0 : tailCharacters);
  const splitIndex = parts.length - tailLength;
  return { head: parts.slice(0, splitIndex).join(''), tail: parts.slice(splitIndex).join('') };
}

/** "PDF", "MP4": the extension for the row's icon, if it has at most four letters or digits. */
export function typeLabel(name: string): string | undefined {
  // A dot at the start of the name starts no extension.
  const match = /[^.]\.([a-z0-9]{1,4})$/i.exec(name);
  return match?.[1]?.toUpperCase();
}
