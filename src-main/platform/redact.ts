/**
 * Takes out of a text what must not be kept: keys and tokens that are known, whatever looks like one, and where the
 * user's home is. Everything that is written to the log goes through here.
 */
import { anySpelling } from './any-spelling.ts';

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
/** A long token is looked for in pieces of so many characters. */
const pieceLength = 120;

/** @param options.home real path of the user's home; it is shown as `~` */
export function createRedactor({ home }: { home: string }): Redactor {
  const known: { length: number; pattern: RegExp }[] = [];
  const registered = new Set<string>();
  const homePattern = home.length > 1 ? new RegExp(`${anySpelling(home.replace(/[\\/]+$/u, ''))}(?![\\p{L}\\p{N}_-]|\\.[\\p{L}\\p{N}])`, 'giu') : undefined;

  const add = (text: string) => {
    for (const form of [text, ...base64Forms(text)]) {
      if (form.length >= shortestSecret) known.push({ length: form.length, pattern: new RegExp(anySpelling(form), 'giu') });
    }
  };

  return {
    registerSecret(value) {
      if (value.length < shortestSecret || registered.has(value)) return;
      registered.add(value);
      for (const piece of piecesOf(value)) add(piece);
      // The longest first: one secret may be the beginning of another.
      known.sort((a, b) => b.length - a.length);
    },
    redact(text) {
      let clean = text;
      for (const { pattern } of known) clean = clean.replace(pattern, mark);
      for (const [pattern, replacement] of lookLikeSecrets) clean = clean.replace(pattern, replacement);
      return homePattern ? clean.replace(homePattern, '~') : clean;
    },
  };
}

function piecesOf(value: string): string[] {
  if (value.length <= pieceLength) return [value];
  const characters = Array.from(value);
  const count = Math.ceil(characters.length / pieceLength);
  // Of one length, so that none is too short to be looked for.
  return Array.from({ length: count }, (_, index) => characters.slice(Math.floor((index * characters.length) / count), Math.floor(((index + 1) * characters.length) / count)).join(''));
}

/**
 * What of the base64 of any text around it depends on this text alone: its bytes may start at each of the three places in
 * a group, and the characters at the edges hold bits of the neighbours.
 */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
}

const quoteAndSign = String.raw`(?:\\*["'])?\s*(?:=|:|%3D|%3A)\s*(?:\\*["'])?`;
const names = [
  'x-amz-signature', 'x-amz-credential', 'x-amz-security-token', 'awsaccesskeyid', 'aws_?access_?key_?id', 'access_?key_?id', 'secret_?access_?key', 'secret_?key', 'client_?secret', 'app_?secret',
  'session_?token', 'access_?token', 'refresh_?token', 'id_?token', 'token', 'sig', 'signature', 'credential', 'secret', 'password', 'passwd', 'pwd', 'passphrase', 'api_?key', 'fal_?key(?:_secret)?',
  'code_verifier', 'x-api-key',
].join('|');

const lookLikeSecrets: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [^-]*PRIVATE KEY-----[\s\S]*?(?:-----END [^-]*-----|$)/gu, mark],
  // Whole headers: all that follows on the line belongs to them.
  [new RegExp(String.raw`\b((?:proxy-)?authorization|(?:set-)?cookie)(${quoteAndSign})[^"'\\\r\n]+`, 'giu'), `$1$2${mark}`],
  [/\b(Bearer|Basic)(\s+|%20|\+)[\w.~+/=%:-]{6,}/giu, `$1 ${mark}`],
  [/\bAWS4-HMAC-SHA256[^"'\\\r\n]*/gu, `AWS4-HMAC-SHA256 ${mark}`],
  [new RegExp(String.raw`(?<![a-z0-9])(${names})(${quoteAndSign})(?:%(?!26)[0-9a-f]{2}|[^\s&"'<>\\,;)}%\]])+`, 'giu'), `$1$2${mark}`],
  [/([?&]code=)[^&\s"'<>]+/gu, `$1${mark}`],
  [/<(AWSAccessKeyId|SecretAccessKey|SessionToken|StringToSign|StringToSignBytes|SignatureProvided|CanonicalRequest|CanonicalRequestBytes|Token)>[^<]*/giu, `<$1>${mark}`],
  [/(?:AKIA|ASIA)[A-Z0-9]{12,}/gu, mark],
  // Dropbox's short-lived tokens, fal's keys, and tokens that carry their claims.
  [/\bsl\.(?:[a-z]\.)?[\w-]{16,}/gu, mark],
  [/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?::|%3A)[0-9a-f]{16,}/giu, mark],
  [/\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/gu, mark],
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"'<>]+@/giu, `$1${mark}@`],
];
