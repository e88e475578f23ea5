/** A profile of the AWS tools that signs in at IAM Identity Center: with a session that several profiles share, or, as once, by itself. */
import { failure } from '../../../../src-shared/errors.ts';
import type { AwsSections, AwsValues } from '../aws-files.ts';
import type { Around } from './around.ts';
import { ssoPlace, type Portal, type Role, type SsoPlace } from './sso.ts';
import { sharedPlace } from './sso-tokens.ts';

export interface Session {
  /** Under which the AWS tools keep its tokens. */
  name: string;
  startUrl: string;
  region: string;
  place: SsoPlace;
}

export interface ProfileSession extends Session {
  portal: Portal;
  role: Role;
}

interface Search {
  around: Around;
  sections: AwsSections;
  outer: string;
}

/**
 * @returns undefined for a profile that does not sign in there
 * @throws AppFailure secret-missing when it says only half of what it takes
 */
export function sessionOf(values: AwsValues, { around, sections, outer }: Search): ProfileSession | undefined {
  const session = startOf(values, { around, sections, outer });
  if (!session) return undefined;
  const [account, role] = [values('sso_account_id'), values('sso_role_name')];
  if (account === undefined || role === undefined) throw incomplete(outer);
  const { computer, way, signal, ports } = around;
  const needed = (cause?: unknown) =>
    failure('session-expired', { field: 'awsProfile', params: { why: 'profile', profile: outer } }, cause);
  return {
    ...session,
    role: { account, name: role },
    portal: {
      tokens: sharedPlace(computer, session.name),
      use: { way, signal, now: () => ports.now(), place: session.place, needed },
    },
  };
}

/**
 * Where a profile signs in.
 * @returns undefined for one that does not sign in there
 * @throws AppFailure secret-missing when it says only half of what it takes
 */
export function startOf(values: AwsValues, { around, sections, outer }: Search): Session | undefined {
  const named = values('sso_session');
  const from = named === undefined ? values : sections.session(named);
  const [startUrl, region] = [from?.('sso_start_url'), from?.('sso_region')];
  if (named === undefined && startUrl === undefined) return undefined;
  if (startUrl === undefined || region === undefined) throw incomplete(outer);
  const place = ssoPlace(region, around.computer.env, {
    ...endpoint('oidc', sections.endpointOf(values, 'sso_oidc')),
    ...endpoint('portal', sections.endpointOf(values, 'sso')),
  });
  if (![place.oidc, place.portal].every((address) => URL.canParse(address))) throw incomplete(outer);
  return { name: named ?? startUrl, startUrl, region, place };
}

const endpoint = (key: keyof SsoPlace, address: string | undefined): Partial<SsoPlace> =>
  address === undefined ? {} : { [key]: address };

const incomplete = (profile: string) =>
  failure('secret-missing', { field: 'awsProfile', params: { why: 'profile', profile } });
