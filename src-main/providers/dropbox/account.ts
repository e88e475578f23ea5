/**
 * What a sign-in leaves, as one secret text. What Hoist itself made is JSON; what people paste or keep in variables may also be
 * a token alone.
 */
import * as v from 'valibot';
import { jsonOf } from '../json.ts';

export type Account =
  /** Makes access tokens for as long as it is not revoked. `appSecret` only where the app was not signed in with by PKCE. */
  | { by: 'refresh'; refreshToken: string; appKey: string; appSecret?: string }
  /** Of the App Console: four hours, or for ever where the app is an old one. */
  | { by: 'access'; accessToken: string };

const written = v.union([
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
export function readAccount(text: string, appKey: string): Account | 'unusable' | 'no app' {
  const value = text.trim();
  if (!value.startsWith('{')) {
    if (!isToken(value)) return 'unusable';
    if (isAccessToken(value)) return { by: 'access', accessToken: value };
    return appKey === '' ? 'no app' : { by: 'refresh', refreshToken: value, appKey };
  }
  const parsed = v.safeParse(written, jsonOf(value));
  if (!parsed.success) return 'unusable';
  if ('accessToken' in parsed.output) return { by: 'access', accessToken: parsed.output.accessToken };
  const { refreshToken, appKey: its, appSecret } = parsed.output;
  return { by: 'refresh', refreshToken, appKey: its, ...(appSecret === undefined ? {} : { appSecret }) };
}

export const writeAccount = (account: Account): string => {
  const { by: _, ...rest } = account;
  return JSON.stringify(rest);
};
