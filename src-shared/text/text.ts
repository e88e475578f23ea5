/** Sentences by typed key, in ICU message format. Every sentence a person reads comes through here. */
import { IntlMessageFormat } from 'intl-messageformat';
import type { AppError } from '../errors.ts';
import { en } from './en.ts';

export type TextKey = keyof typeof en;
export type TextParams = Record<string, string | number | Date>;

const formats = new Map<string, IntlMessageFormat>();

/** @param params values of the sentence's `{placeholders}`; a missing one shows as its name, never as an exception */
export function text(key: TextKey, params: TextParams = {}): string {
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new IntlMessageFormat(en[key], 'en', undefined, { ignoreTag: true })));
  const substitutes: string[] = [];
  const paramValue = (values: TextParams, name: string): TextParams[string] => {
    if (values[name] !== undefined) return values[name];
    const substitute = defaultParams[name] ?? name;
    substitutes.push(String(substitute));
    return substitute;
  };
  const formatted = String(
    format.format(
      new Proxy(params, {
        has: () => true,
        get: (given, name) => (typeof name === 'string' ? paramValue(given, name) : undefined),
      }),
    ),
  );
  // A name stays as it is; what stands in for one begins a sentence like any other word.
  const startsWithSubstitute = substitutes.some(
    (substitute) => substitute.startsWith('th') && formatted.startsWith(substitute),
  );
  return startsWithSubstitute ? formatted[0]!.toUpperCase() + formatted.slice(1) : formatted;
}

/** Values that a sentence may ask for and an error need not have. */
const defaultParams: TextParams = {
  bucket: 'the bucket',
  host: 'the server',
  region: 'another region',
  destination: 'this destination',
  provider: 'This kind of destination',
  minutes: 0,
  name: 'the file',
  limit: '',
};

/** What happened, why, and what to do, for the person who reads it. */
export function errorText(error: AppError): { what: string; remedy: string } {
  return { what: text(errorKey(error, 'what'), error.params), remedy: text(errorKey(error, 'remedy'), error.params) };
}

/**
 * A kind of destination may have sentences of its own, `dropbox.error.unauthorized.what`: its errors say `of` which
 * they are.
 */
function errorKey({ code, params }: AppError, part: 'what' | 'remedy'): TextKey {
  const providerKey = `${params?.of}.error.${code}.${part}`;
  return Object.hasOwn(en, providerKey) ? (providerKey as TextKey) : `error.${code}.${part}`;
}
