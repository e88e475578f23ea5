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
  const standIns: string[] = [];
  const valueOf = (given: TextParams, name: string): TextParams[string] => {
    if (given[name] !== undefined) return given[name];
    const standIn = missing[name] ?? name;
    standIns.push(String(standIn));
    return standIn;
  };
  const words = String(
    format.format(
      new Proxy(params, {
        has: () => true,
        get: (given, name) => (typeof name === 'string' ? valueOf(given, name) : undefined),
      }),
    ),
  );
  // A name stays as it is; what stands in for one begins a sentence like any other word.
  const isStandInFirst = standIns.some((standIn) => standIn.startsWith('th') && words.startsWith(standIn));
  return isStandInFirst ? words[0]!.toUpperCase() + words.slice(1) : words;
}

/** Values that a sentence may ask for and an error need not have. */
const missing: TextParams = {
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
  return { what: text(keyOf(error, 'what'), error.params), remedy: text(keyOf(error, 'remedy'), error.params) };
}

/** A kind of destination may have sentences of its own, `dropbox.error.unauthorized.what`: its errors say `of` which they are. */
function keyOf({ code, params }: AppError, part: 'what' | 'remedy'): TextKey {
  const own = `${params?.of}.error.${code}.${part}`;
  return Object.hasOwn(en, own) ? (own as TextKey) : `error.${code}.${part}`;
}
