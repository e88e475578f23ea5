/**
 * Credentials of an AWS profile, found in the order of the AWS tools: keys in the file, a role, a web identity token,
 * a program or an IAM Identity Center session. The files are read each time, because other programs change them.
 */
import { AppFailure, failure, type ErrorCode } from '../../../../src-shared/errors.ts';
import { redactLoadedSecrets } from '../../../platform/redact.ts';
import { awsRegionPattern } from '../aws-partitions.ts';
import { expandHome, readAwsConfig, type AwsConfig, type AwsSectionReader } from '../aws-config.ts';
import type { CredentialContext } from './credential-context.ts';
import type { AwsCredentials } from './credential-cache.ts';
import { containerCredentials, instanceCredentials } from './machine-credentials.ts';
import { withMfaCode } from './mfa.ts';
import { loginCredentials } from './profile-login.ts';
import { processCredentials, CredentialProcessError } from './profile-process.ts';
import { profileSsoSession } from './profile-sso.ts';
import { requireProgramPermission } from './program-permission.ts';
import { RoleCache, type CachedRole } from './role-cache.ts';
import { ssoRoleCredentials } from './sso-portal.ts';
import { assumeRole, assumeRoleWithToken, type StsLocation } from './sts.ts';

/** @throws AppFailure at `awsProfile`, and for network errors */
export async function profileCredentials(name: string, context: CredentialContext): Promise<AwsCredentials> {
  const sections = readAwsConfig(context.computer);
  const lookup = { context, sections, rootProfile: name, visited: new Set<string>() };
  const cache = new RoleCache(context);
  try {
    try {
      return await resolveProfile(name, { ...lookup, cache });
    } catch (cause) {
      // An administrator may have revoked the cached keys of a role that another role needs.
      if (!cache.isUsed || !(cause instanceof Error) || !refusedKeys.has(cause.name)) throw cause;
      return await resolveProfile(name, { ...lookup, cache, skipsCache: true });
    }
  } catch (cause) {
    throw toProfileFailure(cause, name);
  }
}

/** The errors of STS for keys that are no longer valid. */
const refusedKeys: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
]);

/**
 * `rootProfile`: the destination's profile. `visited`: the profiles from the root profile to the current one.
 * `skipsCache`: requests new credentials for every role.
 */
interface ProfileLookup {
  context: CredentialContext;
  sections: AwsConfig;
  rootProfile: string;
  visited: ReadonlySet<string>;
  cache: RoleCache;
  skipsCache?: boolean;
}

/** Also for the source of another profile's role. */
async function resolveProfile(name: string, lookup: ProfileLookup): Promise<AwsCredentials> {
  const keys = await findCredentials(name, lookup);
  redactLoadedSecrets(keys.secretAccessKey, keys.sessionToken);
  return keys;
}

/** Checks the kinds of credentials in the order of the AWS tools. */
async function findCredentials(name: string, lookup: ProfileLookup): Promise<AwsCredentials> {
  const values = lookup.sections.profile(name);
  if (!values) throw failure('secret-missing', { field: 'awsProfile', params: { why: 'noProfile', profile: name } });
  const staticKeys = staticCredentials(values);
  // In a profile that is the source of another profile's role, keys come before its own role.
  if (staticKeys && lookup.visited.size > 0) return staticKeys;
  const source = values('source_profile') ?? values('credential_source');
  if (values('role_arn') !== undefined && source !== undefined) return roleCredentials(name, values, lookup);
  if (staticKeys) return staticKeys;
  if (values('web_identity_token_file') !== undefined) return webIdentityCredentials(values, lookup);
  const program = values('credential_process');
  if (program !== undefined) return programCredentials(name, program, lookup);
  const session = profileSsoSession(values, lookup);
  if (session) return ssoRoleCredentials(session.portal, session.role);
  const login = values('login_session');
  if (login !== undefined) return loginCredentials(name, login, lookup.context);
  throw noCredentials();
}

async function programCredentials(
  name: string,
  commandLine: string,
  { context, sections }: ProfileLookup,
): Promise<AwsCredentials> {
  const file = sections.fileOf(name, 'credential_process') ?? '';
  await requireProgramPermission({ commandLine, profile: name, file }, context);
  return processCredentials(commandLine, context);
}

const noCredentials = (): NoProfileCredentials => new NoProfileCredentials('the profile has no keys');
class NoProfileCredentials extends Error {}

function staticCredentials(values: AwsSectionReader): AwsCredentials | undefined {
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

/** Returns the cached credentials of a role, or requests new ones and writes them to the cache. */
async function cachedCredentials(
  role: CachedRole,
  { cache, skipsCache }: ProfileLookup,
  request: () => Promise<AwsCredentials>,
): Promise<AwsCredentials> {
  const cached = skipsCache ? undefined : cache.read(role);
  if (cached) return cached;
  const credentials = await request();
  await cache.write(role, credentials);
  return credentials;
}

function roleCredentials(name: string, values: AwsSectionReader, lookup: ProfileLookup): Promise<AwsCredentials> {
  const seconds = values('duration_seconds');
  const role: CachedRole = {
    RoleArn: values('role_arn'),
    RoleSessionName: values('role_session_name'),
    ExternalId: values('external_id'),
    SerialNumber: values('mfa_serial'),
    DurationSeconds: isSeconds(seconds) ? Number(seconds) : undefined,
  };
  return cachedCredentials(role, lookup, () => requestRole(name, values, lookup));
}

async function requestRole(name: string, values: AwsSectionReader, lookup: ProfileLookup): Promise<AwsCredentials> {
  const source = await sourceCredentials(values, { ...lookup, visited: new Set([...lookup.visited, name]) });
  const location = stsLocation(values, lookup);
  const input = {
    RoleArn: values('role_arn'),
    RoleSessionName: roleSessionName(values, lookup),
    ExternalId: values('external_id'),
    DurationSeconds: sessionSeconds(values('duration_seconds')),
  };
  const device = values('mfa_serial');
  if (device === undefined) return assumeRole(input, source, location, lookup.context);
  return withMfaCode(
    {
      device,
      profile: lookup.rootProfile,
      tryCode: (code) =>
        assumeRole({ ...input, SerialNumber: device, TokenCode: code }, source, location, lookup.context),
    },
    lookup.context,
  );
}

async function sourceCredentials(values: AwsSectionReader, lookup: ProfileLookup): Promise<AwsCredentials> {
  const profile = values('source_profile');
  if (profile !== undefined) {
    const next = lookup.sections.profile(profile);
    // A profile may use its own keys as the source of its role. Any other cycle leads to no keys.
    if (lookup.visited.has(profile) && (!next || !staticCredentials(next))) throw noCredentials();
    return resolveProfile(profile, lookup);
  }
  switch (values('credential_source')?.toLowerCase()) {
    case 'environment':
      return environmentCredentials(lookup.context);
    case 'ec2instancemetadata':
      return instanceCredentials(lookup.context);
    case 'ecscontainer':
      return containerCredentials(lookup.context);
    default:
      throw noCredentials();
  }
}

function environmentCredentials({ computer: { env } }: CredentialContext): AwsCredentials {
  const keys = staticCredentials((key) => env[key.toUpperCase()]?.trim() || undefined);
  if (!keys) throw noCredentials();
  return keys;
}

async function webIdentityCredentials(values: AwsSectionReader, lookup: ProfileLookup): Promise<AwsCredentials> {
  const { computer } = lookup.context;
  const token = computer.read(expandHome(values('web_identity_token_file') ?? '', computer.home))?.trim();
  if (!token)
    throw failure('secret-missing', { field: 'awsProfile', params: { why: 'tokenFile', profile: lookup.rootProfile } });
  redactLoadedSecrets(token);
  const input = {
    RoleArn: values('role_arn'),
    RoleSessionName: roleSessionName(values, lookup),
    WebIdentityToken: token,
    DurationSeconds: sessionSeconds(values('duration_seconds')),
  };
  return cachedCredentials({ RoleArn: input.RoleArn, RoleSessionName: values('role_session_name') }, lookup, () =>
    assumeRoleWithToken(input, stsLocation(values, lookup), lookup.context),
  );
}

/** The default lifetime of a role's credentials. Every role allows it. */
const defaultSessionSeconds = 3600;
const isSeconds = (text: string | undefined): text is string => text !== undefined && /^\d{1,6}$/.test(text);
const sessionSeconds = (text: string | undefined): number => (isSeconds(text) ? Number(text) : defaultSessionSeconds);

const roleSessionName = (values: AwsSectionReader, { context }: ProfileLookup): string =>
  values('role_session_name') ?? `hoist-${Math.floor(context.ports.now() / 1000)}`;

function stsLocation(values: AwsSectionReader, { context, sections, rootProfile }: ProfileLookup): StsLocation {
  const root = sections.profile(rootProfile);
  const region =
    [values('region'), root?.('region'), context.region].find(
      // Requests to Amazon's services cannot use the region of another store.
      (candidate) => candidate !== undefined && awsRegionPattern.test(candidate),
    ) ?? 'us-east-1';
  const profileEndpoint = (profile: AwsSectionReader | undefined): string | undefined =>
    profile && (sections.endpointOf(profile, 'sts') ?? profile('endpoint_url'));
  const endpoint = context.computer.env['AWS_ENDPOINT_URL_STS'] || profileEndpoint(values) || profileEndpoint(root);
  if (endpoint !== undefined && !URL.canParse(endpoint))
    throw failure('invalid-input', { field: 'awsProfile', params: { why: 'profileLocation', profile: rootProfile } });
  return { region, endpoint };
}

// ---------------------------------------------------------------- errors

/** Error names of STS and of the sign-in services, and their meanings for a user who chose a profile. */
const meaningByErrorName: Record<string, [ErrorCode, string]> = {
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

/** Fields of other sign-in methods, which the form does not show. */
const otherMethodFields = /^(?:sso|credentials$)/;

/** Turns an error into a failure of the profile. No sentence quotes a service's message, which may quote the file. */
function toProfileFailure(cause: unknown, profile: string): unknown {
  if (cause instanceof AppFailure) {
    const { error } = cause;
    // The form has only one field for the profile. The sentence says which part of the profile is wrong.
    const field = error.field === undefined || otherMethodFields.test(error.field) ? 'awsProfile' : error.field;
    return failure(error.code, { ...error, field, params: { profile, ...error.params } }, cause.cause);
  }
  const [code, why] = cause instanceof Error ? (meaningOf(cause) ?? []) : [];
  return code === undefined || why === undefined
    ? cause
    : failure(code, { field: 'awsProfile', params: { why, profile, host: 'AWS' } }, cause);
}

/** @returns undefined for an error that Hoist does not expect */
function meaningOf(cause: Error): [ErrorCode, string] | undefined {
  if (cause instanceof NoProfileCredentials) return ['secret-missing', 'profile'];
  if (cause instanceof CredentialProcessError) return ['secret-missing', cause.why];
  if (Object.hasOwn(meaningByErrorName, cause.name)) return meaningByErrorName[cause.name];
  if (/CredentialsProviderError|TokenProviderError/.test(cause.name))
    return [/expired|refresh|authenticate/i.test(cause.message) ? 'session-expired' : 'secret-missing', 'profile'];
  const status = httpStatus(cause);
  return status === undefined ? undefined : [status >= 500 ? 'unavailable' : 'rejected', 'role'];
}

const httpStatus = (cause: object): number | undefined =>
  '$metadata' in cause ? (cause.$metadata as { httpStatusCode?: number } | undefined)?.httpStatusCode : undefined;
