/**
 * Amazon's Security Token Service: issues the credentials of a role, in exchange for keys that may assume the role or
 * for a token of a trusted identity provider.
 */
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
import { mapServiceError } from '../errors.ts';
import { partitionOfRegion } from '../aws-partitions.ts';
import type { CredentialContext } from './credential-context.ts';
import type { AwsCredentials } from './credential-cache.ts';
import { timeLimits } from '../../network/time-limits.ts';

/** Limits in ms per request. */
const timeouts = {
  connectionTimeout: timeLimits.keyServiceConnectMs,
  requestTimeout: timeLimits.keyServiceMs,
  throwOnRequestTimeout: true,
};
const attempts = 2;

/** `endpoint`: the endpoint in the profile; absent for the region's standard endpoint. */
export interface StsLocation {
  region: string;
  endpoint?: string | undefined;
}

/** @throws errors of the SDK when STS refuses; AppFailure for network errors */
export const assumeRole = (
  input: AssumeRoleCommandInput,
  source: AwsCredentials,
  location: StsLocation,
  context: CredentialContext,
): Promise<AwsCredentials> =>
  callSts(location, source, context, (client, abortSignal) =>
    client.send(new AssumeRoleCommand(input), { abortSignal }),
  );

/** The request is not signed: the token proves the identity. */
export const assumeRoleWithToken = (
  input: AssumeRoleWithWebIdentityCommandInput,
  location: StsLocation,
  context: CredentialContext,
): Promise<AwsCredentials> =>
  callSts(location, undefined, context, (client, abortSignal) =>
    client.send(new AssumeRoleWithWebIdentityCommand(input), { abortSignal }),
  );

interface AssumeRoleResponse {
  Credentials?:
    | {
        AccessKeyId: string | undefined;
        SecretAccessKey: string | undefined;
        SessionToken: string | undefined;
        Expiration: Date | undefined;
      }
    | undefined;
}

async function callSts(
  location: StsLocation,
  source: AwsCredentials | undefined,
  { transport, signal }: CredentialContext,
  request: (client: STSClient, signal: AbortSignal) => Promise<AssumeRoleResponse>,
): Promise<AwsCredentials> {
  const client = new STSClient({
    region: location.region,
    ...(location.endpoint === undefined ? {} : { endpoint: location.endpoint }),
    ...(source ? { credentials: source } : {}),
    // The endpoint comes from the profile. Environment variables for other programs have no effect.
    ignoreConfiguredEndpointUrls: true,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    maxAttempts: attempts,
    requestHandler: new NodeHttpHandler({
      httpAgent: transport.httpAgent,
      httpsAgent: transport.httpsAgent as https.Agent,
      ...timeouts,
    }),
  });
  const host =
    location.endpoint === undefined
      ? `sts.${location.region}.${partitionOfRegion(location.region).domain}`
      : new URL(location.endpoint).host;
  try {
    const { Credentials: credentials } = await request(client, signal);
    if (
      !credentials?.AccessKeyId ||
      !credentials.SecretAccessKey ||
      !credentials.SessionToken ||
      !credentials.Expiration
    )
      throw failure('wrong-service', { params: { host } });
    return {
      accessKeyId: credentials.AccessKeyId,
      secretAccessKey: credentials.SecretAccessKey,
      sessionToken: credentials.SessionToken,
      expiration: credentials.Expiration,
    };
  } catch (cause) {
    if (signal.aborted) throw failure('canceled', {}, cause);
    const error = mapServiceError(cause, host);
    throw error ? failure(error.code, error, cause) : cause;
  }
}
