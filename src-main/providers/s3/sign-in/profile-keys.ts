/**
 * Keys of a profile of the AWS tools, the way those tools find them: in the file, from a role, a token, a program, a
 * sign-in of IAM Identity Center. The files are read again each time, because they change outside.
 */
import path from 'node:path';
import { AppFailure, failure, type ErrorCode } from '../../../../src-shared/errors.ts';
import { awsSections, type AwsSections, type AwsValues } from '../aws-files.ts';
import type { Around } from './around.ts';
import type { Keys } from './key-ring.ts';
import { containerKeys, instanceKeys } from './machine-keys.ts';
import { withCode } from './mfa.ts';
import { keysOfLogin } from './profile-login.ts';
import { keysOfProcess, NoKeys } from './profile-process.ts';
import { sessionOf } from './profile-session.ts';
import { keysOfRole } from './sso.ts';
import { assumeRole, assumeRoleWithToken, type StsPlace } from './sts.ts';

/** @throws AppFailure at `awsProfile`, and for the network */
export async function keysOfProfile(name: string, around: Around): Promise<Keys> {
  const sections = awsSections(around.computer);
  try {
    return await keysIn(name, { around, sections, outer: name, visited: new Set() });
  } catch (cause) {
    throw explained(cause, name);
  }
}

/** `outer`: whom the destination names. `visited`: profiles on the way from there. */
interface Search {
  around: Around;
  sections: AwsSections;
  outer: string;
  visited: ReadonlySet<string>;
}

/** The order is that of the AWS tools. */
async function keysIn(name: string, search: Search): Promise<Keys> {
  const values = search.sections.profile(name);
  if (!values) throw failure('secret-missing', { field: 'awsProfile', params: { why: 'noProfile', profile: name } });
  const own = ownKeys(values);
  if (own && search.visited.size > 0) return own;
  const source = values('source_profile') ?? values('credential_source');
  if (values('role_arn') !== undefined && source !== undefined) return keysByRole(name, values, search);
  if (own) return own;
  if (values('web_identity_token_file') !== undefined) return keysByToken(values, search);
  const program = values('credential_process');
  if (program !== undefined) return keysOfProcess(program, search.around);
  const session = sessionOf(values, search);
  if (session) return keysOfRole(session.portal, session.role);
  const login = values('login_session');
  if (login !== undefined) return keysOfLogin(name, login, search.around);
  throw noKeys();
}

const noKeys = (): NoKeysHere => new NoKeysHere('the profile has no keys');
class NoKeysHere extends Error {}

function ownKeys(values: AwsValues): Keys | undefined {
  const [accessKeyId, secretAccessKey, sessionToken] = [
    values('aws_access_key_id'),
    values('aws_secret_access_key'),
    values('aws_session_token'),
  ];
  return accessKeyId === undefined || secretAccessKey === undefined
    ? undefined
    : { accessKeyId, secretAccessKey, sessionToken };
}

// ---------------------------------------------------------------- roles

async function keysByRole(name: string, values: AwsValues, search: Search): Promise<Keys> {
  const source = await sourceOf(values, { ...search, visited: new Set([...search.visited, name]) });
  const place = stsPlace(values, search);
  const input = {
    RoleArn: values('role_arn'),
    RoleSessionName: sessionName(values, search),
    ExternalId: values('external_id'),
    DurationSeconds: seconds(values('duration_seconds')),
  };
  const device = values('mfa_serial');
  if (device === undefined) return assumeRole(input, source, place, search.around);
  return withCode(
    {
      device,
      profile: search.outer,
      tryCode: (code) => assumeRole({ ...input, SerialNumber: device, TokenCode: code }, source, place, search.around),
    },
    search.around,
  );
}

async function sourceOf(values: AwsValues, search: Search): Promise<Keys> {
  const profile = values('source_profile');
  if (profile !== undefined) {
    const next = search.sections.profile(profile);
    // A profile may name itself, for a role of its own keys; any other circle has no beginning.
    if (search.visited.has(profile) && (!next || !ownKeys(next))) throw noKeys();
    return keysIn(profile, search);
  }
  switch (values('credential_source')?.toLowerCase()) {
    case 'environment':
      return environmentKeys(search.around);
    case 'ec2instancemetadata':
      return instanceKeys(search.around);
    case 'ecscontainer':
      return containerKeys(search.around);
    default:
      throw noKeys();
  }
}

function environmentKeys({ computer: { env } }: Around): Keys {
  const keys = ownKeys((key) => env[key.toUpperCase()]?.trim() || undefined);
  if (!keys) throw noKeys();
  return keys;
}

async function keysByToken(values: AwsValues, search: Search): Promise<Keys> {
  const { computer } = search.around;
  const named = values('web_identity_token_file') ?? '';
  const token = computer.read(/^~[/\\]/.test(named) ? path.join(computer.home, named.slice(2)) : named)?.trim();
  if (!token)
    throw failure('secret-missing', { field: 'awsProfile', params: { why: 'tokenFile', profile: search.outer } });
  return assumeRoleWithToken(
    {
      RoleArn: values('role_arn'),
      RoleSessionName: sessionName(values, search),
      WebIdentityToken: token,
      DurationSeconds: seconds(values('duration_seconds')),
    },
    stsPlace(values, search),
    search.around,
  );
}

/** How long a role's keys live unless the profile says otherwise: what every role allows. */
const usualSeconds = 3600;
const seconds = (text: string | undefined): number =>
  text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : usualSeconds;

const sessionName = (values: AwsValues, { around }: Search): string =>
  values('role_session_name') ?? `hoist-${Math.floor(around.ports.now() / 1000)}`;

/** A region of Amazon's; what other stores call theirs means nothing to its services. */
const amazonRegion = /^[a-z]{2}(?:-[a-z]+)+-\d$/;

function stsPlace(values: AwsValues, { around, sections, outer }: Search): StsPlace {
  const whole = sections.profile(outer);
  const region =
    [values('region'), whole?.('region'), around.region].find((one) => one !== undefined && amazonRegion.test(one)) ??
    'us-east-1';
  const said = (profile: AwsValues | undefined): string | undefined =>
    profile && (sections.endpointOf(profile, 'sts') ?? profile('endpoint_url'));
  const endpoint = around.computer.env['AWS_ENDPOINT_URL_STS'] || said(values) || said(whole);
  if (endpoint !== undefined && !URL.canParse(endpoint))
    throw failure('invalid-input', { field: 'awsProfile', params: { why: 'profilePlace', profile: outer } });
  return { region, endpoint };
}

// ---------------------------------------------------------------- what went wrong

/** What STS and the sign-in services call it, and what it means for whoever chose the profile. */
const byName: Record<string, [ErrorCode, string]> = {
  AccessDenied: ['forbidden', 'profileRole'],
  AccessDeniedException: ['forbidden', 'profileRole'],
  ValidationError: ['rejected', 'role'],
  RegionDisabledException: ['rejected', 'role'],
  MalformedPolicyDocument: ['rejected', 'role'],
  PackedPolicyTooLarge: ['rejected', 'role'],
  ExpiredToken: ['session-expired', 'profile'],
  ExpiredTokenException: ['session-expired', 'profile'],
  InvalidIdentityToken: ['session-expired', 'profile'],
  IDPRejectedClaim: ['session-expired', 'profile'],
  InvalidClientTokenId: ['unauthorized', 'profile'],
  UnrecognizedClientException: ['unauthorized', 'profile'],
  SignatureDoesNotMatch: ['unauthorized', 'profile'],
  IncompleteSignature: ['unauthorized', 'profile'],
  IDPCommunicationError: ['unavailable', 'profile'],
  Throttling: ['rate-limited', 'profile'],
  ThrottlingException: ['rate-limited', 'profile'],
};

/** Fields that this way to sign in does not show; those about the network it does. */
const ofOtherWays = /^(?:sso|credentials$)/;

/** The services' words may hold what is in the file: they go to the log, redacted, and not into a sentence. */
function explained(cause: unknown, profile: string): unknown {
  if (cause instanceof AppFailure) {
    const { error } = cause;
    // The destination names the profile; whose part of it is wrong is in the sentence.
    const field = error.field === undefined || ofOtherWays.test(error.field) ? 'awsProfile' : error.field;
    return failure(error.code, { ...error, field, params: { profile, ...error.params } }, cause.cause);
  }
  const [code, why] = cause instanceof Error ? (meaningOf(cause) ?? []) : [];
  return code === undefined || why === undefined
    ? cause
    : failure(code, { field: 'awsProfile', params: { why, profile, host: 'AWS' } }, cause);
}

/** @returns undefined for a mistake of ours */
function meaningOf(cause: Error): [ErrorCode, string] | undefined {
  if (cause instanceof NoKeysHere) return ['secret-missing', 'profile'];
  if (cause instanceof NoKeys) return ['secret-missing', cause.why];
  if (Object.hasOwn(byName, cause.name)) return byName[cause.name];
  if (/CredentialsProviderError|TokenProviderError/.test(cause.name))
    return [/expired|refresh|authenticate/i.test(cause.message) ? 'session-expired' : 'secret-missing', 'profile'];
  const status = statusOf(cause);
  return status === undefined ? undefined : [status >= 500 ? 'unavailable' : 'rejected', 'role'];
}

const statusOf = (cause: object): number | undefined =>
  '$metadata' in cause ? (cause.$metadata as { httpStatusCode?: number } | undefined)?.httpStatusCode : undefined;
