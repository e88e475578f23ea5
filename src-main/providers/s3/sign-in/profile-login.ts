/**
 * Keys of `aws login`, by the SDK: they are bound to a key of their own with which each renewal is signed. Signing in again
 * is done with the AWS command line.
 */
import { createHash } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import type https from 'node:https';
import path from 'node:path';
import { fromIni } from '@aws-sdk/credential-provider-ini';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { awsFiles } from '../aws-files.ts';
import type { Around } from './around.ts';
import type { Keys } from './key-ring.ts';
import { timeLimits } from '../../time-limits.ts';

const limits = {
  connectionTimeout: timeLimits.keyServiceConnectMs,
  requestTimeout: timeLimits.keyServiceMs,
  throwOnRequestTimeout: true,
};

/** @throws what the SDK throws */
export async function keysOfLogin(profile: string, session: string, { computer, way }: Around): Promise<Keys> {
  const { credentials: filepath, config: configFilepath } = awsFiles(computer);
  const endpoint = computer.env['AWS_ENDPOINT_URL_SIGNIN'];
  const clientConfig = {
    requestHandler: new NodeHttpHandler({
      httpAgent: way.httpAgent,
      httpsAgent: way.httpsAgent as https.Agent,
      ...limits,
    }),
    ignoreConfiguredEndpointUrls: true,
    ...(endpoint ? { endpoint } : {}),
  };
  const keys = await fromIni({ profile, filepath, configFilepath, ignoreCache: true, clientConfig })();
  await shut(
    path.join(
      computer.env['AWS_LOGIN_CACHE_DIRECTORY'] || path.join(computer.home, '.aws', 'login', 'cache'),
      `${createHash('sha256').update(session).digest('hex')}.json`,
    ),
  );
  return keys;
}

/** The SDK writes what it renews readable for everyone where the system's usual permissions say so. */
async function shut(file: string): Promise<void> {
  try {
    await chmod(file, 0o600);
  } catch (cause) {
    // Kept elsewhere, or not ours: it is as private as its owner made it.
    if (!(cause instanceof Error && 'code' in cause)) throw cause;
  }
}
