/**
 * What a sign-in at IAM Identity Center gives, in the shape in which the AWS tools keep it in ~/.aws/sso/cache, so that
 * one sign-in serves all of them. Hoist's own sign-ins have the same shape and live in its key store.
 */
import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { tryParseJson } from '../../network/parse-json.ts';
import type { DriverPorts } from '../../contract/provider.ts';
import type { CredentialContext } from './credential-context.ts';

const timestampSchema = v.pipe(
  v.string(),
  v.check((text) => !Number.isNaN(Date.parse(text))),
);

/** Times are ISO 8601; `clientId`, `clientSecret`: of this program's registration there, with which a token is renewed. */
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

/** As the AWS tools write it: whole seconds. */
export const formatTimestamp = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');

/** Where tokens are kept, and what is known of them now. */
export interface SsoTokenStore {
  read(): SsoTokens | undefined;
  write(tokens: SsoTokens): Promise<void>;
}

/** @param name of the session, or the start address where the profile names no session */
export const ssoCacheFile = (home: string, name: string): string =>
  path.join(home, '.aws', 'sso', 'cache', `${createHash('sha1').update(name).digest('hex')}.json`);

/** The file that the AWS tools share. What others put into it stays. */
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

/** For its owner alone from the first byte on, and never half of it: others read it at any time. */
async function writePrivateFile(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const temporaryFile = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(temporaryFile, text, { mode: 0o600, flag: 'wx' });
    await chmod(temporaryFile, 0o600);
    await rename(temporaryFile, file);
  } catch (cause) {
    await rm(temporaryFile, { force: true });
    throw cause;
  }
}

/** Of sign-ins of Hoist's own that were renewed while this process ran, by the text that they had: another connection may still have that. */
const renewedTokens = new Map<string, SsoTokens>();

/** @param field the secret that holds it */
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
