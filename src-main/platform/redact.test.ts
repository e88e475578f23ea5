import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor, redactionMark, redactLoadedSecrets } from './redact.ts';
import { redactionCorpus } from './testing/redaction-corpus.ts';
import { propertyRuns } from './testing/property-runs.ts';

describe('redaction', () => {
  test('the corpus is large enough', () => {
    expect(redactionCorpus.length).toBeGreaterThanOrEqual(60);
  });

  test.each(redactionCorpus)(
    'handles this line correctly: $line',
    ({ line, redacted = [], retained = [], registered = [] }) => {
      const { redact, registerSecret } = createRedactor({ home: '/home/ann' });
      for (const secret of registered) registerSecret(secret);
      const clean = redact(line);
      for (const part of redacted) expect(clean).not.toContain(part);
      for (const part of retained) expect(clean).toContain(part);
      // Redacting a redacted text changes nothing.
      expect(redact(clean)).toBe(clean);
    },
  );

  test('replaces a Windows home folder', () => {
    const { redact } = createRedactor({ home: 'C:\\Users\\Ann B' });
    expect(redact('at C:\\Users\\Ann B\\x.txt')).toBe('at ~\\x.txt');
    expect(redact(JSON.stringify('c:\\users\\ann b\\x.txt'))).toBe('"~\\\\x.txt"');
    expect(redact('file:///C:/Users/Ann%20B/x.txt')).not.toContain('Ann%20B');
    expect(createRedactor({ home: '/' }).redact('/etc/hosts')).toBe('/etc/hosts');
  });

  test('removes a secret that was loaded later, in every redactor and encoding', () => {
    const { redact } = createRedactor({ home: '/' });
    const secret = `loaded/${randomBytes(12).toString('hex')}`;
    expect(redact(secret)).toBe(secret);
    redactLoadedSecrets(undefined, secret);
    for (const text of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('hex')])
      expect(redact(`a ${text} b`)).toBe(`a ${redactionMark} b`);
    expect(createRedactor({ home: '/' }).redact(Array.from(secret).reverse().join(''))).toBe(redactionMark);
  });

  test('remembers the newest loaded secrets, and none that could be an ordinary word', () => {
    const { redact } = createRedactor({ home: '/' });
    const secrets = Array.from({ length: 150 }, () => `loaded${randomBytes(12).toString('hex')}`);
    redactLoadedSecrets(...secrets, 'authentication');
    expect(redact(secrets.at(-1)!)).toBe(redactionMark);
    expect(redact(secrets[0]!)).toBe(secrets[0]);
    expect(redact('authentication')).toBe('authentication');
  });

  test('ignores a secret of fewer than four characters', () => {
    const { redact, registerSecret } = createRedactor({ home: '/' });
    registerSecret('');
    registerSecret('abc');
    expect(redact('abcabc')).toBe('abcabc');
  });

  test('takes less than 10 s for a long text, even a malicious one', () => {
    const { redact, registerSecret } = createRedactor({ home: '/home/ann' });
    registerSecret(`${'\\'.repeat(40)}"x`);
    registerSecret('a'.repeat(300));
    registerSecret('%25%25%25%25%25');
    for (const line of [
      '\\'.repeat(20_000),
      'a'.repeat(20_000),
      '%25'.repeat(7_000),
      'token='.repeat(4_000),
      '://'.repeat(7_000),
      'eyJaaaaaaaa.'.repeat(2_000),
      '-----BEGIN PRIVATE KEY-----'.repeat(700),
      'authorization: '.repeat(1_500),
      ' '.repeat(20_000),
    ]) {
      const startedAt = performance.now();
      redact(line);
      expect(performance.now() - startedAt, line.slice(0, 30)).toBeLessThan(10_000);
    }
  });
});

/** Characters that at least one encoding changes. */
const letters = fc.constantFrom(...Array.from('abcXYZ019+/=-_.~!*\'()%&?#<>"\\ \n\täß€漢😀:;,@{}[]|^`$'));
/** No text of few different characters, which may also occur in the surrounding text. */
const secrets = fc
  .array(letters, { minLength: 8, maxLength: 300 })
  .map((parts) => parts.join(''))
  .filter((secret) => /[a-zA-Z]/u.test(secret) && !secret.includes(redactionMark) && new Set(secret).size > 4);
const around = fc.string({ unit: letters, maxLength: 12 });

const jsonEscaped = (text: string) => JSON.stringify(text).slice(1, -1);
/** The range of the base64 text that depends only on the secret: the edge characters share bits with other bytes. */
const base64Core = (secret: string, before: string) => {
  const [start, end] = [Buffer.from(before).length, Buffer.from(before + secret).length];
  return [Math.ceil((start * 8) / 6), Math.floor((end * 8) / 6)] as const;
};

describe('a registered secret never appears', () => {
  test('in any of its encodings, with any surrounding text', () => {
    fc.assert(
      fc.property(secrets, around, around, (secret, before, after) => {
        const { redact, registerSecret } = createRedactor({ home: '/home/ann' });
        registerSecret(secret);
        const expectRedacted = (encode: (text: string) => string) => {
          expect(redact(`${before}${encode(secret)}${after}`)).not.toContain(encode(secret));
        };
        expectRedacted((text) => text);
        expectRedacted(encodeURIComponent);
        expectRedacted((text) => encodeURIComponent(encodeURIComponent(text)));
        expectRedacted((text) => encodeURIComponent(text).replace(/%[0-9A-F]{2}/gu, (escape) => escape.toLowerCase()));
        expectRedacted((text) => new URLSearchParams({ k: text }).toString().slice(2));
        expectRedacted(encodeURI);
        expectRedacted(jsonEscaped);
        expectRedacted((text) => jsonEscaped(jsonEscaped(text)));
        expectRedacted((text) =>
          Array.from(text, (c) => (c.length === 1 ? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}` : c)).join(
            '',
          ),
        );
        const encoded = Buffer.from(before + secret + after);
        const [from, to] = base64Core(secret, before);
        for (const alphabet of ['base64', 'base64url'] as const) {
          expect(redact(encoded.toString(alphabet))).not.toContain(encoded.toString(alphabet).slice(from, to));
        }
      }),
      { numRuns: propertyRuns(400) },
    );
  });
});
