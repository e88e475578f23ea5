/** Roles: Amazon's Security Token Service gives keys of a role for keys that may assume it, or for a token of somebody it trusts. */
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  STSClient,
  type AssumeRoleCommandInput,
  type AssumeRoleWithWebIdentityCommandInput,
} from '@aws-sdk/nested-clients/sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type https from 'node:https';
import { failure } from '../../../../src-shared/errors.ts';
import { errorOfService } from '../errors.ts';
import type { Around } from './around.ts';
import type { Keys } from './key-ring.ts';
import { timeLimits } from '../../time-limits.ts';

/** ms that each of them may take */
const limits = {
  connectionTimeout: timeLimits.keyServiceConnectMs,
  requestTimeout: timeLimits.keyServiceMs,
  throwOnRequestTimeout: true,
};
const attempts = 2;

/** `endpoint`: where the profile says it is; else the region's own. */
export interface StsPlace {
  region: string;
  endpoint?: string | undefined;
}

/** @throws what the service refuses, as the SDK names it; AppFailure for the network */
export const assumeRole = (
  input: AssumeRoleCommandInput,
  source: Keys,
  place: StsPlace,
  around: Around,
): Promise<Keys> =>
  asked(place, source, around, (client, abortSignal) => client.send(new AssumeRoleCommand(input), { abortSignal }));

/** Nothing is signed: the token says who one is. */
export const assumeRoleWithToken = (
  input: AssumeRoleWithWebIdentityCommandInput,
  place: StsPlace,
  around: Around,
): Promise<Keys> =>
  asked(place, undefined, around, (client, abortSignal) =>
    client.send(new AssumeRoleWithWebIdentityCommand(input), { abortSignal }),
  );

interface Answer {
  Credentials?:
    | {
        AccessKeyId: string | undefined;
        SecretAccessKey: string | undefined;
        SessionToken: string | undefined;
        Expiration: Date | undefined;
      }
    | undefined;
}

async function asked(
  place: StsPlace,
  source: Keys | undefined,
  { way, signal }: Around,
  ask: (client: STSClient, signal: AbortSignal) => Promise<Answer>,
): Promise<Keys> {
  const client = new STSClient({
    region: place.region,
    ...(place.endpoint === undefined ? {} : { endpoint: place.endpoint }),
    ...(source ? { credentials: source } : {}),
    // Whatever variables are set for others, this is asked where the profile says.
    ignoreConfiguredEndpointUrls: true,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    maxAttempts: attempts,
    requestHandler: new NodeHttpHandler({
      httpAgent: way.httpAgent,
      httpsAgent: way.httpsAgent as https.Agent,
      ...limits,
    }),
  });
  const host = place.endpoint === undefined ? `sts.${place.region}.amazonaws.com` : new URL(place.endpoint).host;
  try {
    const { Credentials: given } = await ask(client, signal);
    if (!given?.AccessKeyId || !given.SecretAccessKey || !given.SessionToken || !given.Expiration)
      throw failure('wrong-service', { params: { host } });
    return {
      accessKeyId: given.AccessKeyId,
      secretAccessKey: given.SecretAccessKey,
      sessionToken: given.SessionToken,
      expiration: given.Expiration,
    };
  } catch (cause) {
    if (signal.aborted) throw failure('canceled', {}, cause);
    const error = errorOfService(cause, host);
    throw error ? failure(error.code, error, cause) : cause;
  }
}
