/**
 * Takes out of a text what must not be kept: keys and tokens that are known, whatever looks like one, and where the
 * user's home is. Everything that is written to the log goes through here.
 */
import { findAll, needleFor, replaceAll, type Needle } from './spellings.ts';

export interface Redactor {
  /**
   * From now on this value is taken out wherever it appears: as it is, URL-encoded, JSON-escaped, in base64. Values of
   * fewer than four characters are not: they would take half of every text with them.
   */
  registerSecret: (value: string) => void;
  redact: (text: string) => string;
}

/** In the place of what was taken out. Shorter than any secret that is looked for. */
export const mark = '***';
const shortestSecret = 4;
/** Of a long token, each piece of so many characters is looked for too: a message may show only a part of it. */
const pieceLength = 40;

/** @param options.home real path of the user's home; it is shown as `~` */
export function createRedactor({ home }: { home: string }): Redactor {
  const known = new Map<string, Needle>();
  const homes = home.length > 1 ? homeNeedles(home.replace(/[\\/]+$/u, '')) : [];
  return {
    registerSecret(value) {
      if (value.length < shortestSecret) return;
      for (const piece of [value, ...piecesOf(value)]) if (!known.has(piece)) known.set(piece, needleFor(piece));
    },
    redact(text) {
      let clean = known.size === 0 ? text : replaceAll(text, findAll(text, known.values()), mark);
      for (const [pattern, replacement] of lookLikeSecrets) clean = clean.replace(pattern, replacement);
      return replaceAll(
        clean,
        findAll(clean, homes).filter(({ to }) => !nameGoesOn.test(clean.slice(to, to + 4))),
        '~',
      );
    },
  };
}

function piecesOf(value: string): string[] {
  const characters = Array.from(value);
  const count = Math.floor(characters.length / pieceLength);
  if (count < 2) return [];
  return Array.from({ length: count }, (_, index) =>
    characters
      .slice(Math.floor((index * characters.length) / count), Math.floor(((index + 1) * characters.length) / count))
      .join(''),
  );
}

/** Windows' paths are also written with slashes. */
const homeNeedles = (home: string): Needle[] =>
  [...new Set([home, home.replaceAll('\\', '/')])].map((path) => needleFor(path, 'as-text'));

/** Behind `/home/ann`: this is `/home/annette` or `/home/ann.old`, but may be the end of a sentence. */
const nameGoesOn = /^(?:[\p{L}\p{N}_-]|\.[\p{L}\p{N}])/u;

/** The end of a name, an equals sign or colon, and the beginning of a value, with the quotes of any depth of JSON. */
const sign = String.raw`(?:\\*["'])?\s{0,9}(?:=|:|%3D|%3A)\s{0,9}(?:\\*["'])?`;
const names = [
  'x-amz-signature',
  'x-amz-credential',
  'x-amz-security-token',
  'aws_?access_?key_?id',
  'access_?key_?id',
  'secret_?access_?key',
  'secret_?key',
  'client[_-]?secret',
  'app[_-]?secret',
  'secret',
  '(?:session|access|refresh|id|security)[_-]?token',
  'token',
  'sig',
  'signature',
  'credential',
  'password',
  'passwd',
  'pwd',
  'passphrase',
  'api[_-]?key',
  'fal_?key(?:_secret)?',
  'code_verifier',
].join('|');

const lookLikeSecrets: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,30}-----)?/gu, mark],
  // Whole headers: all that follows on the line belongs to them.
  [new RegExp(String.raw`\b((?:proxy-)?authorization|(?:set-)?cookie)(${sign})[^"'\\\r\n]+`, 'giu'), `$1$2${mark}`],
  [/\b(Bearer|Basic)(?:\s{1,9}|%20|\+)[\w.~+/=%:-]{6,}/giu, `$1 ${mark}`],
  [/\bAWS4-HMAC-SHA256(?=[ ,])[^"'\\\r\n]*/gu, `AWS4-HMAC-SHA256 ${mark}`],
  [
    new RegExp(String.raw`(?<![a-z0-9])(${names})(${sign})(?:%(?!26)[0-9a-f]{2}|[^\s&"'<>\\,;)}%\]])+`, 'giu'),
    `$1$2${mark}`,
  ],
  [/([?&]code=)[^&\s"'<>]+/gu, `$1${mark}`],
  [
    /<(AWSAccessKeyId|SecretAccessKey|SessionToken|StringToSign|StringToSignBytes|SignatureProvided|CanonicalRequest|CanonicalRequestBytes|Token)>[^<]*/giu,
    `<$1>${mark}`,
  ],
  [/(?:AKIA|ASIA)[A-Z0-9]{12,}/gu, mark],
  // Dropbox's short-lived tokens, fal's keys, and tokens that carry their claims.
  [/\bsl\.(?:[a-z]\.)?[\w-]{16,}/gu, mark],
  [/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?::|%3A)[0-9a-f]{16,}/giu, mark],
  [/\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/gu, mark],
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@"'<>]{1,400}@/giu, `$1${mark}@`],
];
