/**
 * An AWS profile that signs in at IAM Identity Center: with a session that several profiles share, or with its own
 * entries in the older format.
 */
import { failure } from '../../../../src-shared/errors.ts';
import type { AwsConfig, AwsSectionReader } from '../aws-config.ts';
import type { CredentialContext } from './credential-context.ts';
import type { SsoPortal, SsoRole } from './sso-portal.ts';
import { ssoEndpoints, type SsoEndpoints } from './sso-service.ts';
import { awsCacheTokenStore } from './sso-tokens.ts';

export interface SsoSession {
  /** The AWS tools cache its tokens under this name. */
  name: string;
  startUrl: string;
  region: string;
  endpoints: SsoEndpoints;
}

export interface ProfileSsoSession extends SsoSession {
  portal: SsoPortal;
  role: SsoRole;
}

interface SessionLookup {
  context: CredentialContext;
  sections: AwsConfig;
  rootProfile: string;
}

/**
 * @returns undefined for a profile that does not sign in there
 * @throws AppFailure secret-missing when the profile lacks required entries
 */
export function profileSsoSession(
  values: AwsSectionReader,
  { context, sections, rootProfile }: SessionLookup,
): ProfileSsoSession | undefined {
  const session = ssoSessionOfProfile(values, { context, sections, rootProfile });
  if (!session) return undefined;
  const [account, role] = [values('sso_account_id'), values('sso_role_name')];
  if (account === undefined || role === undefined) throw incompleteProfile(rootProfile);
  const { computer, transport, signal, ports } = context;
  const signInNeeded = (cause?: unknown) =>
    failure('session-expired', { field: 'awsProfile', params: { why: 'profile', profile: rootProfile } }, cause);
  return {
    ...session,
    role: { account, name: role },
    portal: {
      tokens: awsCacheTokenStore(computer, session.name),
      context: { transport, signal, now: () => ports.now(), endpoints: session.endpoints, signInNeeded },
    },
  };
}

/**
 * Returns where a profile signs in.
 * @returns undefined for a profile that does not sign in there
 * @throws AppFailure secret-missing when the profile lacks required entries
 */
export function ssoSessionOfProfile(
  values: AwsSectionReader,
  { context, sections, rootProfile }: SessionLookup,
): SsoSession | undefined {
  const named = values('sso_session');
  const from = named === undefined ? values : sections.session(named);
  const [startUrl, region] = [from?.('sso_start_url'), from?.('sso_region')];
  if (named === undefined && startUrl === undefined) return undefined;
  if (startUrl === undefined || region === undefined) throw incompleteProfile(rootProfile);
  const endpoints = ssoEndpoints(region, context.computer.env, {
    ...endpointOverride('oidc', sections.endpointOf(values, 'sso_oidc')),
    ...endpointOverride('portal', sections.endpointOf(values, 'sso')),
  });
  if (![endpoints.oidc, endpoints.portal].every((address) => URL.canParse(address)))
    throw incompleteProfile(rootProfile);
  return { name: named ?? startUrl, startUrl, region, endpoints };
}

const endpointOverride = (key: keyof SsoEndpoints, address: string | undefined): Partial<SsoEndpoints> =>
  address === undefined ? {} : { [key]: address };

const incompleteProfile = (profile: string) =>
  failure('secret-missing', { field: 'awsProfile', params: { why: 'profile', profile } });
