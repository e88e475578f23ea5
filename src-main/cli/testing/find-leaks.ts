/** Searches outputs for secrets in the encodings in which they could leak. */

export const reverseText = (text: string): string => Array.from(text).reverse().join('');

/**
 * Base64 depends on the bytes around the secret: there are three variants, by the number of preceding bytes, and the
 * first and last characters are cut off.
 */
function encodedForms(secret: string): string[] {
  const base64 = [0, 1, 2].map((before) =>
    Buffer.from(`${'x'.repeat(before)}${secret}`)
      .toString('base64')
      .slice(4, -4),
  );
  const hex = Buffer.from(secret).toString('hex');
  const forms = [secret, encodeURIComponent(secret), secret.replaceAll('/', '\\/'), hex, hex.toUpperCase(), ...base64];
  return [...forms, ...forms.map(reverseText)];
}

/** @returns `NAME in SOURCE` for each secret that a source contains in any form */
export const findLeaks = (
  sources: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, string>>,
): string[] =>
  Object.entries(secrets).flatMap(([name, secret]) =>
    Object.entries(sources)
      .filter(([, text]) => encodedForms(secret).some((form) => text.includes(form)))
      .map(([source]) => `${name} in ${source}`),
  );
