/**
 * Credentials of `aws login`, renewed by the SDK. They are bound to a private key that signs each renewal. Users sign
 * in again with the AWS command line.
 */
import { createHash } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import type https from 'node:https';
import path from 'node:path';
import { fromIni } from '@aws-sdk/credential-provider-ini';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { awsConfigPaths } from '../aws-config.ts';
import type { CredentialContext } from './credential-context.ts';
import type { AwsCredentials } from './credential-cache.ts';
import { timeLimits } from '../../network/time-limits.ts';

const timeouts = {
  connectionTimeout: timeLimits.keyServiceConnectMs,
  requestTimeout: timeLimits.keyServiceMs,
  throwOnRequestTimeout: true,
};

/** @throws errors of the SDK */
export async function loginCredentials(
  profile: string,
  session: string,
  { computer, transport }: CredentialContext,
): Promise<AwsCredentials> {
  const { credentials: filepath, config: configFilepath } = awsConfigPaths(computer);
  const endpoint = computer.env['AWS_ENDPOINT_URL_SIGNIN'];
  const clientConfig = {
    requestHandler: new NodeHttpHandler({
      httpAgent: transport.httpAgent,
      httpsAgent: transport.httpsAgent as https.Agent,
      ...timeouts,
    }),
    ignoreConfiguredEndpointUrls: true,
    ...(endpoint ? { endpoint } : {}),
  };
  const keys = await fromIni({ profile, filepath, configFilepath, ignoreCache: true, clientConfig })();
  await restrictToOwner(
    path.join(
      computer.env['AWS_LOGIN_CACHE_DIRECTORY'] || path.join(computer.home, '.aws', 'login', 'cache'),
      `${createHash('sha256').update(session).digest('hex')}.json`,
    ),
  );
  return keys;
}

/** The SDK writes renewed credentials with the system's default permissions, which may let everyone read them. */
async function restrictToOwner(file: string): Promise<void> {
  try {
    await chmod(file, 0o600);
  } catch (cause) {
    // The file does not exist or belongs to another user.
    if (!(cause instanceof Error && 'code' in cause)) throw cause;
  }
}
