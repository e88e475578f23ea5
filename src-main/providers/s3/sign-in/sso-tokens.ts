/**
 * What a sign-in at IAM Identity Center gives, in the shape in which the AWS tools keep it in ~/.aws/sso/cache, so that
 * one sign-in serves all of them. Hoist's own sign-ins have the same shape and live in its key store.
 */
import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { jsonOf } from '../../json.ts';
import type { DriverPorts } from '../../provider.ts';
import type { Around } from './around.ts';

const time = v.pipe(
  v.string(),
  v.check((text) => !Number.isNaN(Date.parse(text))),
);

/** Times are ISO 8601; `clientId`, `clientSecret`: of this program's registration there, with which a token is renewed. */
const schema = v.object({
  startUrl: v.string(),
  region: v.string(),
  accessToken: v.string(),
  expiresAt: time,
  clientId: v.optional(v.string()),
  clientSecret: v.optional(v.string()),
  registrationExpiresAt: v.optional(time),
  refreshToken: v.optional(v.string()),
});
export type SsoTokens = v.InferOutput<typeof schema>;

export function readTokens(text: string | undefined): SsoTokens | undefined {
  if (text === undefined) return undefined;
  const parsed = v.safeParse(schema, jsonOf(text));
  return parsed.success ? parsed.output : undefined;
}

export const textOfTokens = (tokens: SsoTokens): string => JSON.stringify(tokens);

/** As the AWS tools write it: whole seconds. */
export const isoTime = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');

/** Where tokens are kept, and what is known of them now. */
export interface TokenPlace {
  read(): SsoTokens | undefined;
  write(tokens: SsoTokens): Promise<void>;
}

/** @param name of the session, or the start address where the profile names no session */
export const cacheFile = (home: string, name: string): string =>
  path.join(home, '.aws', 'sso', 'cache', `${createHash('sha1').update(name).digest('hex')}.json`);

/** The file that the AWS tools share. What others put into it stays. */
export function sharedPlace({ home, read }: Pick<Around['computer'], 'home' | 'read'>, name: string): TokenPlace {
  const file = cacheFile(home, name);
  return {
    read: () => readTokens(read(file)),
    async write(tokens) {
      await writePrivately(file, JSON.stringify({ ...objectIn(read(file)), ...tokens }));
    },
  };
}

function objectIn(text: string | undefined): object {
  return text === undefined || readTokens(text) === undefined ? {} : (JSON.parse(text) as object);
}

/** For its owner alone from the first byte on, and never half of it: others read it at any time. */
async function writePrivately(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
    await chmod(draft, 0o600);
    await rename(draft, file);
  } catch (cause) {
    await rm(draft, { force: true });
    throw cause;
  }
}

/** Of sign-ins of Hoist's own that were renewed while this process ran, by the text that they had: another connection may still have that. */
const renewed = new Map<string, SsoTokens>();

/** @param field the secret that holds it */
export function ownPlace(text: string, field: string, { keep }: Pick<DriverPorts, 'keep'>): TokenPlace {
  return {
    read: () => renewed.get(text) ?? readTokens(text),
    async write(tokens) {
      renewed.set(text, tokens);
      await keep?.({ [field]: textOfTokens(tokens) });
    },
  };
}
