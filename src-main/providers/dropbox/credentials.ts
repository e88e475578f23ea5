/**
 * What a sign-in leaves, as one secret text. What Hoist itself made is JSON; what people paste or keep in variables may also be
 * a token alone.
 */
import * as v from 'valibot';
import { tryParseJson } from '../network/parse-json.ts';

export type DropboxCredentials =
  /** Makes access tokens for as long as it is not revoked. `appSecret` only where the app was not signed in with by PKCE. */
  | { kind: 'refresh'; refreshToken: string; appKey: string; appSecret?: string }
  /** Of the App Console: four hours, or for ever where the app is an old one. */
  | { kind: 'access'; accessToken: string };

const serializedSchema = v.union([
  v.object({ refreshToken: v.string(), appKey: v.string(), appSecret: v.optional(v.string()) }),
  v.object({ accessToken: v.string() }),
]);

/** Those of today begin so, and are longer than any refresh token. */
const isAccessToken = (token: string): boolean => token.startsWith('sl.');

/** Letters, digits and a few signs: no token has anything else. */
const isToken = (text: string): boolean => /^[\w.~+/=-]{20,4096}$/.test(text);

/**
 * @param text JSON of ours, or a token
 * @param appKey whose refresh token it is, where the text does not say so
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
