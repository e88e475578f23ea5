/**
 * The credentials of a sign-in as one secret text. Hoist saves JSON. Users may also paste a plain token or set it in an
 * environment variable.
 */
import * as v from 'valibot';
import { tryParseJson } from '../network/parse-json.ts';

export type DropboxCredentials =
  /** Creates access tokens until it is revoked. `appSecret` is set only when the sign-in did not use PKCE. */
  | { kind: 'refresh'; refreshToken: string; appKey: string; appSecret?: string }
  /** Created in the App Console. Valid for four hours; a token of an old app does not expire. */
  | { kind: 'access'; accessToken: string };

const serializedSchema = v.union([
  v.object({ refreshToken: v.string(), appKey: v.string(), appSecret: v.optional(v.string()) }),
  v.object({ accessToken: v.string() }),
]);

/** Whether the token has the prefix of current access tokens, which refresh tokens do not have. */
const isAccessToken = (token: string): boolean => token.startsWith('sl.');

/** Whether the text has only characters that tokens can contain. */
const isToken = (text: string): boolean => /^[\w.~+/=-]{20,4096}$/.test(text);

/**
 * @param text JSON written by Hoist, or a token
 * @param appKey the app of the refresh token, if the text does not name it
 */
export function parseCredentials(text: string, appKey: string): DropboxCredentials | 'unusable' | 'no-app-key' {
  const value = text.trim();
  if (!value.startsWith('{')) {
    if (!isToken(value)) return 'unusable';
    if (isAccessToken(value)) return { kind: 'access', accessToken: value };
    return appKey === '' ? 'no-app-key' : { kind: 'refresh', refreshToken: value, appKey };
  }
  const parsed = v.safeParse(serializedSchema, tryParseJson(value));
  if (!parsed.success) return 'unusable';
  if ('accessToken' in parsed.output) return { kind: 'access', accessToken: parsed.output.accessToken };
  const { refreshToken, appKey: savedAppKey, appSecret } = parsed.output;
  return { kind: 'refresh', refreshToken, appKey: savedAppKey, ...(appSecret === undefined ? {} : { appSecret }) };
}

export const serializeCredentials = (credentials: DropboxCredentials): string => {
  const { kind: _, ...rest } = credentials;
  return JSON.stringify(rest);
};
