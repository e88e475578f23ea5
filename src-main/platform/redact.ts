/**
 * Removes secrets from a text: registered keys and tokens, anything that looks like one, and the path of the user's
 * home folder. Every text that is written to the log is redacted.
 */
import { findAll, createNeedle, replaceRanges, type Needle } from './find-encoded.ts';

export interface Redactor {
  /**
   * From now on `redact` removes this value in every encoding: plain, URL-encoded, JSON-escaped, base64, hexadecimal,
   * reversed. Values of fewer than four characters are ignored: they would match in ordinary text.
   */
  registerSecret: (value: string) => void;
  redact: (text: string) => string;
}

/** Replaces each removed text. It is shorter than any registered secret. */
export const redactionMark = '***';
const shortestSecret = 4;
/**
 * A long token is also searched for in fragments of about this many characters: a message may show only a part of it.
 */
const fragmentLength = 40;

/**
 * Secrets that were loaded or renewed while this process runs, such as temporary keys and access tokens. Every redactor
 * removes them, because the module that loads a secret knows neither the log nor the messages that may repeat it.
 */
const loadedSecrets = new Map<string, Needle[]>();
/** Dropbox's app secrets have 15 characters. Shorter values could match in ordinary text. */
const shortestLoadedSecret = 15;
/** Each one makes every line of the log slower. */
const maxLoadedSecrets = 40;

/** From now on, all redactors of this process remove these values. The oldest of more than 40 values is forgotten. */
export function redactLoadedSecrets(...values: readonly (string | undefined)[]): void {
  for (const value of values) {
    if (value === undefined || value.length < shortestLoadedSecret) continue;
    const needles = loadedSecrets.get(value) ?? [value, ...splitFragments(value)].map((part) => createNeedle(part));
    loadedSecrets.delete(value);
    loadedSecrets.set(value, needles);
    const [oldest] = loadedSecrets.keys();
    if (loadedSecrets.size > maxLoadedSecrets && oldest !== undefined) loadedSecrets.delete(oldest);
  }
}

/** @param options.home real path of the user's home folder; it is replaced by `~` */
export function createRedactor({ home }: { home: string }): Redactor {
  /** The encoded forms of each registered secret and of its fragments. */
  const known = new Map<string, Needle>();
  const homes = home.length > 1 ? homeNeedles(home.replace(/[\\/]+$/u, '')) : [];
  return {
    registerSecret(value) {
      if (value.length < shortestSecret) return;
      for (const fragment of [value, ...splitFragments(value)])
        if (!known.has(fragment)) known.set(fragment, createNeedle(fragment));
    },
    redact(text) {
      const needles = [...known.values(), ...[...loadedSecrets.values()].flat()];
      let clean = needles.length === 0 ? text : replaceRanges(text, findAll(text, needles), redactionMark);
      for (const [pattern, replacement] of secretPatterns) clean = clean.replace(pattern, replacement);
      return replaceRanges(
        clean,
        findAll(clean, homes).filter(({ to }) => !nameContinues.test(clean.slice(to, to + 4))),
        '~',
      );
    },
  };
}

function splitFragments(value: string): string[] {
  const characters = Array.from(value);
  const count = Math.floor(characters.length / fragmentLength);
  if (count < 2) return [];
  return Array.from({ length: count }, (_, index) =>
    characters
      .slice(Math.floor((index * characters.length) / count), Math.floor(((index + 1) * characters.length) / count))
      .join(''),
  );
}

/** Windows paths are also written with forward slashes. */
const homeNeedles = (home: string): Needle[] =>
  [...new Set([home, home.replaceAll('\\', '/')])].map((path) => createNeedle(path, 'as-text'));

/**
 * Text after `/home/ann` that makes it another path, like `/home/annette` or `/home/ann.old`. A period alone may end a
 * sentence. The pattern needs at most 4 UTF-16 units: two characters, each of which may be a surrogate pair.
 */
const nameContinues = /^(?:[\p{L}\p{N}_-]|\.[\p{L}\p{N}])/u;

/** An equals sign or colon between a name and its value, with optional quotes, which nested JSON escapes. */
const separatorPattern = String.raw`(?:\\*["'])?\s{0,9}(?:=|:|%3D|%3A)\s{0,9}(?:\\*["'])?`;
const secretNames = [
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
  'rlkey',
  'session[_-]?id',
  'server-side-encryption-customer-key(?:-md5)?',
  'sse_?customer_?key(?:_?md5)?',
].join('|');

/** Elements of XML error documents that repeat keys or signed text. */
const secretXmlElements = [
  'AWSAccessKeyId',
  'SecretAccessKey',
  'SessionToken',
  'StringToSign',
  'StringToSignBytes',
  'SignatureProvided',
  'CanonicalRequest',
  'CanonicalRequestBytes',
  'Token',
];
const secretPatterns: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,30}-----)?/gu, redactionMark],
  // Whole headers: the value extends to the end of the line.
  [
    new RegExp(String.raw`\b((?:proxy-)?authorization|(?:set-)?cookie)(${separatorPattern})[^"'\\\r\n]+`, 'giu'),
    `$1$2${redactionMark}`,
  ],
  [/\b(Bearer|Basic)(?:\s{1,9}|%20|\+)[\w.~+/=%:-]{6,}/giu, `$1 ${redactionMark}`],
  [/\bAWS4-HMAC-SHA256(?=[ ,])[^"'\\\r\n]*/gu, `AWS4-HMAC-SHA256 ${redactionMark}`],
  // A name and its value. `&` ends the value, and so does `%26`, its form in an encoded URL.
  [
    new RegExp(
      String.raw`(?<![a-z0-9])(${secretNames})(${separatorPattern})(?:%(?!26)[0-9a-f]{2}|[^\s&"'<>\\,;)}%\]])+`,
      'giu',
    ),
    `$1$2${redactionMark}`,
  ],
  // Links of fal.ai and Dropbox: anyone who has the path can open the file.
  [/\b(fal\.media(?:\/|%2F)|dropbox\.com(?:\/|%2F)sh?(?:\/|%2F))[^\s"'<>]+/giu, `$1${redactionMark}`],
  // The authorization code of a sign-in.
  [/([?&]code=)[^&\s"'<>]+/gu, `$1${redactionMark}`],
  [new RegExp(`<(${secretXmlElements.join('|')})>[^<]*`, 'giu'), `<$1>${redactionMark}`],
  // AWS access keys: permanent (AKIA) and temporary (ASIA).
  [/(?:AKIA|ASIA)[A-Z0-9]{12,}/gu, redactionMark],
  // Dropbox's short-lived tokens, fal's keys, and JSON Web Tokens.
  [/\bsl\.(?:[a-z]\.)?[\w-]{16,}/gu, redactionMark],
  [/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?::|%3A)[0-9a-f]{16,}/giu, redactionMark],
  [/\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/gu, redactionMark],
  // The user name and password of a URL.
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@"'<>]{1,400}@/giu, `$1${redactionMark}@`],
];
