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
  /** The name in the token cache of the AWS tools. */
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
 * @returns undefined for a profile that does not sign in at IAM Identity Center
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
 * Returns the session that a profile uses.
 * @returns undefined for a profile that does not sign in at IAM Identity Center
 * @throws AppFailure secret-missing when the profile lacks required entries
 */
export function ssoSessionOfProfile(
  values: AwsSectionReader,
  { context, sections, rootProfile }: SessionLookup,
): SsoSession | undefined {
  const sessionName = values('sso_session');
  const section = sessionName === undefined ? values : sections.session(sessionName);
  const [startUrl, region] = [section?.('sso_start_url'), section?.('sso_region')];
  if (sessionName === undefined && startUrl === undefined) return undefined;
  if (startUrl === undefined || region === undefined) throw incompleteProfile(rootProfile);
  const endpoints = ssoEndpoints(region, context.computer.env, {
    ...endpointOverride('oidc', sections.endpointOf(values, 'sso_oidc')),
    ...endpointOverride('portal', sections.endpointOf(values, 'sso')),
  });
  if (![endpoints.oidc, endpoints.portal].every((address) => URL.canParse(address)))
    throw incompleteProfile(rootProfile);
  return { name: sessionName ?? startUrl, startUrl, region, endpoints };
}

const endpointOverride = (key: keyof SsoEndpoints, address: string | undefined): Partial<SsoEndpoints> =>
  address === undefined ? {} : { [key]: address };

const incompleteProfile = (profile: string) =>
  failure('secret-missing', { field: 'awsProfile', params: { why: 'profile', profile } });
