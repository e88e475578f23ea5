/** Returns the sentences that users read: `text` for a key, `errorText` for an error. */
import { IntlMessageFormat } from 'intl-messageformat';
import type { AppError } from '../errors.ts';
import { en } from './en.ts';

export type TextKey = keyof typeof en;
export type TextParams = Record<string, string | number | Date>;

const formats = new Map<string, IntlMessageFormat>();

/** Cached: parsing a sentence takes much longer than filling in its values. */
function getFormat(key: TextKey): IntlMessageFormat {
  const cached = formats.get(key);
  if (cached) return cached;
  const format = new IntlMessageFormat(en[key], 'en', undefined, { ignoreTag: true });
  formats.set(key, format);
  return format;
}

/**
 * @param params values of the sentence's `{placeholders}`; a missing one is replaced by a general word and never throws
 */
export function text(key: TextKey, params: TextParams = {}): string {
  const format = getFormat(key);
  const usedDefaults: string[] = [];
  const valueOf = (values: TextParams, name: string): TextParams[string] => {
    if (values[name] !== undefined) return values[name];
    const value = defaultValues[name] ?? name;
    usedDefaults.push(String(value));
    return value;
  };
  const sentence = String(
    // The proxy returns a default value for each missing one.
    format.format(
      new Proxy(params, {
        has: () => true,
        get: (values, name) => (typeof name === 'string' ? valueOf(values, name) : undefined),
      }),
    ),
  );
  // A general word ("the server", "this destination") at the beginning of a sentence gets a capital letter. A name at
  // this position keeps its case.
  const beginsWithDefault = usedDefaults.some((value) => value.startsWith('th') && sentence.startsWith(value));
  return beginsWithDefault ? sentence[0]!.toUpperCase() + sentence.slice(1) : sentence;
}

/** Used for placeholders that an error has no value for. */
const defaultValues: TextParams = {
  bucket: 'the bucket',
  host: 'the server',
  region: 'another region',
  destination: 'this destination',
  provider: 'This kind of destination',
  minutes: 0,
  name: 'the file',
  limit: '',
};

type ErrorPart = 'what' | 'remedy';

/** Where the sentences appear: the window has labels and buttons, a shell has options and commands. */
type Surface = 'window' | 'shell';

/** What happened, and what the user can do about it. */
export function errorText(error: AppError, surface: Surface = 'window'): Record<ErrorPart, string> {
  const whatKey = keyAt(surface, errorKey(error, 'what'));
  const what = text(whatKey, error.params);
  const hasServerMessage = error.params?.['serverMessage'] !== undefined;
  const mustAddMessage = hasServerMessage && !en[whatKey].includes('{serverMessage}');
  return {
    what: mustAddMessage ? text('error.server-reason', { what, ...error.params }) : what,
    remedy: text(keyAt(surface, errorKey(error, 'remedy')), error.params),
  };
}

/**
 * The most specific key for an error: the provider's own sentence before the general one (`params.of` names the
 * provider). Each of these prefers the sentence for the cause to the sentence for the code alone.
 */
function errorKey({ code, params = {} }: AppError, part: ErrorPart): TextKey {
  const causes = causesOf(params).map((cause) => `.${cause}`);
  const candidates = [`${params['of']}.error.`, 'error.'].flatMap((prefix) =>
    [...causes, ''].map((cause) => `${prefix}${code}${cause}.${part}`),
  );
  return candidates.find(isTextKey) ?? `error.${code}.${part}`;
}

/** The key of the same sentence for the given surface: some sentences have other words on the command line. */
function keyAt(surface: Surface, key: TextKey): TextKey {
  const shellKey = `cli.${key}`;
  return surface === 'shell' && isTextKey(shellKey) ? shellKey : key;
}

/** Key segments for the cause of an error, the most specific first. */
function causesOf({ why, problem, reach }: NonNullable<AppError['params']>): string[] {
  const value = why ?? problem;
  if (value === undefined) return [];
  const cause = formerCauses.get(value) ?? String(value);
  return reach === undefined ? [cause] : [`${cause}.${reach}`, cause];
}

/** The new names of renamed causes. Records saved by earlier versions contain errors with the old names. */
const formerCauses = new Map<string | number, string>([
  ['self', 'self-signed'],
  ['nobodySigns', 'linksNeedKey'],
]);

const isTextKey = (key: string): key is TextKey => Object.hasOwn(en, key);
