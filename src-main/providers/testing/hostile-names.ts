/**
 * File names that programs often handle incorrectly. Each of them is possible on some file system. Invalid UTF-8 on
 * Linux is read as U+FFFD; an unpaired surrogate is possible on Windows.
 */
export const hostileNames: readonly string[] = [
  'plain.txt',
  'Caf\u00e9.txt', // composed
  'Cafe\u0301.txt', // decomposed, as macOS writes it
  '\u{1f389}.png', // emoji
  '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}.jpg', // joined emoji
  'new\nline.txt',
  'carriage\rreturn.txt',
  'tab\there.txt',
  'nul\u0000byte.txt',
  'bell\u0007.txt',
  'c1\u0085control.txt',
  '-rf',
  '--help.txt',
  '.hidden',
  'trailing space ',
  'trailing dot.',
  ' leading space.txt',
  'percent%46.txt',
  '%2e%2e',
  'hash#mark.txt',
  'question?mark.txt',
  'ampersand&and.txt',
  'plus+plus.txt',
  'equals=sign;semicolon.txt',
  `quote'single.txt`,
  'quote"double.txt',
  'back\\slash.txt',
  'for/ward.txt',
  'colon:star*pipe|.txt',
  'angle<brackets>.xml',
  'right-to-left\u202egpj.exe',
  '\u05e9\u05dc\u05d5\u05dd.txt', // written right to left
  '日本語のファイル名.pdf',
  'tilde~!*().txt',
  '$(touch pwned)`id`.sh',
  'CON',
  'NUL.txt',
  'aux',
  '.',
  '..',
  `${'x'.repeat(251)}.txt`, // 255 bytes
  '\ufffd broken utf-8.txt',
  'half \ud83d pair.txt',
  'noncharacter\uffff.txt',
  '日'.repeat(200) + '.tar.gz', // 607 bytes, possible on Windows and macOS
];
