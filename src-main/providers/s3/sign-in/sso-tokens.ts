/**
 * Tokens of an IAM Identity Center sign-in, in the format of the AWS tools (~/.aws/sso/cache), so that one sign-in
 * serves all of them. Hoist's own sign-ins have the same format; its secret store holds them.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import * as v from 'valibot';
import { tryParseJson } from '../../network/parse-json.ts';
import type { DriverPorts } from '../../contract/provider.ts';
import type { CredentialContext } from './credential-context.ts';
import { writePrivateFile } from './private-file.ts';

const timestampSchema = v.pipe(
  v.string(),
  v.check((text) => !Number.isNaN(Date.parse(text))),
);

/**
 * Times are ISO 8601. `clientId` and `clientSecret` belong to the registration of the program that signed in;
 * renewing a token needs them.
 */
const tokensSchema = v.object({
  startUrl: v.string(),
  region: v.string(),
  accessToken: v.string(),
  expiresAt: timestampSchema,
  clientId: v.optional(v.string()),
  clientSecret: v.optional(v.string()),
  registrationExpiresAt: v.optional(timestampSchema),
  refreshToken: v.optional(v.string()),
});
export type SsoTokens = v.InferOutput<typeof tokensSchema>;

export function parseSsoTokens(text: string | undefined): SsoTokens | undefined {
  if (text === undefined) return undefined;
  const parsed = v.safeParse(tokensSchema, tryParseJson(text));
  return parsed.success ? parsed.output : undefined;
}

export const serializeSsoTokens = (tokens: SsoTokens): string => JSON.stringify(tokens);

/** Formats a time (ms since 1970) in whole seconds, as the AWS tools do. */
export const formatTimestamp = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');

/** Stores tokens and reads the current ones. */
export interface SsoTokenStore {
  read(): SsoTokens | undefined;
  write(tokens: SsoTokens): Promise<void>;
}

/** @param name the session's name, or the start address of a profile without a session */
export const ssoCacheFile = (home: string, name: string): string =>
  path.join(home, '.aws', 'sso', 'cache', `${createHash('sha1').update(name).digest('hex')}.json`);

/** Stores tokens in the file that the AWS tools share, and keeps the entries of other programs in the file. */
export function awsCacheTokenStore(
  { home, read }: Pick<CredentialContext['computer'], 'home' | 'read'>,
  name: string,
): SsoTokenStore {
  const file = ssoCacheFile(home, name);
  return {
    read: () => parseSsoTokens(read(file)),
    async write(tokens) {
      await writePrivateFile(file, JSON.stringify({ ...parseCacheFile(read(file)), ...tokens }));
    },
  };
}

function parseCacheFile(text: string | undefined): object {
  return text === undefined || parseSsoTokens(text) === undefined ? {} : (JSON.parse(text) as object);
}

/**
 * Tokens that this process renewed, by the text of the original tokens, because other connections may still have the
 * original text.
 */
const renewedTokens = new Map<string, SsoTokens>();

/** @param field the secret that holds the tokens */
export function hoistTokenStore(
  text: string,
  field: string,
  { saveRenewed: saveValues }: Pick<DriverPorts, 'saveRenewed'>,
): SsoTokenStore {
  return {
    read: () => renewedTokens.get(text) ?? parseSsoTokens(text),
    async write(tokens) {
      renewedTokens.set(text, tokens);
      await saveValues?.({ [field]: serializeSsoTokens(tokens) });
    },
  };
}
