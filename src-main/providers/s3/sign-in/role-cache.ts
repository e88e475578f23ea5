/**
 * Temporary credentials of roles in the cache of the AWS command line (~/.aws/cli/cache), so that both tools share them
 * and the user enters one MFA code for many commands. File names and format are those of botocore
 * (botocore/credentials.py: BaseAssumeRoleCredentialFetcher, botocore/utils.py: JSONFileCache).
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import * as v from 'valibot';
import { systemCodeOf } from '../../../platform/file-errors.ts';
import { tryParseJson } from '../../network/parse-json.ts';
import { renewalMarginMs, type AwsCredentials } from './credential-cache.ts';
import type { CredentialContext } from './credential-context.ts';
import { writePrivateFile } from './private-file.ts';
import { formatTimestamp } from './sso-tokens.ts';

/** The parameters that the profile contains, with the names of STS. They determine the name of the file. */
export interface CachedRole {
  RoleArn: string | undefined;
  RoleSessionName?: string | undefined;
  ExternalId?: string | undefined;
  SerialNumber?: string | undefined;
  DurationSeconds?: number | undefined;
}

/** Debian's AWS command line writes `2026-12-01T09:00:00UTC`, later versions `…+00:00`. */
const timestamp = v.pipe(
  v.string(),
  v.transform((text) => new Date(text.replace(/UTC$/, 'Z'))),
  v.date(),
);
const cacheEntry = v.object({
  Credentials: v.object({
    AccessKeyId: v.pipe(v.string(), v.nonEmpty()),
    SecretAccessKey: v.pipe(v.string(), v.nonEmpty()),
    SessionToken: v.pipe(v.string(), v.nonEmpty()),
    Expiration: timestamp,
  }),
});

/** The path of a role's credentials. @param home the user's home folder */
export const roleCacheFile = (home: string, role: CachedRole): string =>
  path.join(home, '.aws', 'cli', 'cache', `${createHash('sha1').update(pythonJson(role)).digest('hex')}.json`);

export class RoleCache {
  readonly #context: Pick<CredentialContext, 'computer' | 'ports' | 'rejectedTokens'>;
  /** Whether `read` has returned credentials. */
  isUsed = false;

  constructor(context: Pick<CredentialContext, 'computer' | 'ports' | 'rejectedTokens'>) {
    this.#context = context;
  }

  /** Undefined for credentials that expire soon or that the store refused. */
  read(role: CachedRole): AwsCredentials | undefined {
    const { computer, ports, rejectedTokens } = this.#context;
    const text = computer.home === '' ? undefined : computer.read(roleCacheFile(computer.home, role));
    const parsed = v.safeParse(cacheEntry, text === undefined ? undefined : tryParseJson(text));
    if (!parsed.success) return undefined;
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = parsed.output.Credentials;
    if (Expiration.getTime() - ports.now() <= renewalMarginMs || rejectedTokens?.has(SessionToken)) return undefined;
    this.isUsed = true;
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiration: Expiration,
    };
  }

  /** Credentials that cannot be written are still valid, so an error of the disk is ignored. */
  async write(role: CachedRole, credentials: AwsCredentials): Promise<void> {
    const { home } = this.#context.computer;
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
    if (home === '' || expiration === undefined) return;
    const entry = {
      Credentials: {
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        SessionToken: sessionToken,
        Expiration: formatTimestamp(expiration.getTime()),
      },
    };
    try {
      await writePrivateFile(roleCacheFile(home, role), JSON.stringify(entry));
    } catch (cause) {
      if (systemCodeOf(cause) === undefined) throw cause;
    }
  }
}

/** The text that Python's `json.dumps(role, sort_keys=True)` returns. */
function pythonJson(role: CachedRole): string {
  const entries = Object.entries(role)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `"${key}": ${JSON.stringify(value)}`);
  // Python escapes all characters that are not printable ASCII.
  return `{${entries.join(', ')}}`.replace(
    /[\x7f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
