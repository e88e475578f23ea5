/**
 * Emulates Amazon's Security Token Service on loopback: AssumeRole, AssumeRoleWithWebIdentity and GetCallerIdentity,
 * with the same error responses (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html).
 */
import {
  toIsoSeconds,
  startLoopbackServer,
  type LoopbackRequest,
  type LoopbackServer,
  type LoopbackResponse,
  type AwsSession,
  type AwsSessions,
} from './loopback-server.ts';
import { parseSigV4 } from './sigv4.ts';

interface StsRole {
  arn: string;
  /** Who may assume the role: access key ids of users, or ARNs of roles. */
  trusts: string[];
  externalId?: string;
  /** The MFA device that the role requires. */
  mfa?: string;
  maxSeconds?: number;
  /** A web identity token that the role trusts. */
  webToken?: string;
}

export interface StsConfig {
  sessions: AwsSessions;
  /** Secret keys by access key id. */
  users: Map<string, string>;
  roles: StsRole[];
  /** The current codes of the devices; each works once. */
  codes: Set<string>;
}

export interface Sts extends LoopbackServer {
  config: StsConfig;
  /** The requests of one action, in order. */
  calls(action: string): URLSearchParams[];
  /** The error with which every request is answered, if set. */
  forcedError: { status: number; code: string } | undefined;
}

class StsError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const version = '2011-06-15';
const xmlns = `https://sts.amazonaws.com/doc/${version}/`;

export async function startSts(config: StsConfig): Promise<Sts> {
  const roleOf = new Map<string, string>();
  const respond = (request: LoopbackRequest): LoopbackResponse => {
    if (sts.forcedError) return xmlError(sts.forcedError.status, sts.forcedError.code, 'trouble');
    try {
      return handleAction(request, config, roleOf);
    } catch (cause) {
      if (!(cause instanceof StsError)) throw cause;
      return xmlError(cause.status, cause.code, cause.message);
    }
  };
  const loopback = await startLoopbackServer(respond);
  const sts: Sts = {
    ...loopback,
    config,
    forcedError: undefined,
    calls: (action) =>
      loopback.requests.map(({ body }) => new URLSearchParams(body)).filter((form) => form.get('Action') === action),
  };
  return sts;
}

function handleAction(request: LoopbackRequest, config: StsConfig, roleOf: Map<string, string>): LoopbackResponse {
  if (
    request.method !== 'POST' ||
    request.url.pathname !== '/' ||
    !request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')
  )
    throw new StsError(404, 'InvalidAction', 'Only forms are understood.');
  const form = new URLSearchParams(request.body);
  if (form.get('Version') !== version)
    throw new StsError(
      400,
      'InvalidAction',
      `Could not find operation ${form.get('Action')} for version ${form.get('Version')}`,
    );
  switch (form.get('Action')) {
    case 'AssumeRole':
      return credentialsResponse(
        'AssumeRole',
        form,
        assumeRole(form, callerOf(request, config, roleOf), config),
        roleOf,
      );
    case 'AssumeRoleWithWebIdentity':
      return credentialsResponse('AssumeRoleWithWebIdentity', form, assumeRoleWithWebIdentity(form, config), roleOf);
    case 'GetCallerIdentity': {
      const { arn } = callerOf(request, config, roleOf);
      return xmlResponse('GetCallerIdentity', `<Arn>${arn}</Arn><UserId>AIDA</UserId><Account>123456789012</Account>`);
    }
    default:
      throw new StsError(400, 'InvalidAction', 'Could not find operation.');
  }
}

interface Caller {
  name: string;
  arn: string;
  isRole: boolean;
}

function callerOf(request: LoopbackRequest, { sessions, users }: StsConfig, roleOf: Map<string, string>): Caller {
  const signature = parseSigV4(request);
  if (!signature) throw new StsError(403, 'MissingAuthenticationToken', 'Request is missing Authentication Token');
  if (signature.service !== 'sts')
    throw new StsError(403, 'SignatureDoesNotMatch', "Credential should be scoped to correct service: 'sts'.");
  const token = request.headers['x-amz-security-token'];
  const session = typeof token === 'string' ? sessions.find(token) : undefined;
  if (typeof token === 'string') {
    if (!session)
      throw new StsError(403, 'InvalidClientTokenId', 'The security token included in the request is invalid');
    if (session.expires <= Date.now())
      throw new StsError(403, 'ExpiredToken', 'The security token included in the request is expired');
  }
  const secret = session?.secretAccessKey ?? users.get(signature.accessKeyId);
  if (secret === undefined || (session && session.accessKeyId !== signature.accessKeyId))
    throw new StsError(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.');
  if (!signature.isSignedWith(secret))
    throw new StsError(
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided.',
    );
  const role = session && roleOf.get(session.sessionToken);
  return role === undefined
    ? { name: signature.accessKeyId, arn: 'arn:aws:iam::123456789012:user/somebody', isRole: false }
    : { name: role, arn: role, isRole: true };
}

function assumeRole(form: URLSearchParams, caller: Caller, { sessions, roles, codes }: StsConfig): AwsSession {
  const arn = form.get('RoleArn');
  const denied = (): StsError =>
    new StsError(
      403,
      'AccessDenied',
      `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
    );
  const role = roles.find((candidate) => candidate.arn === arn);
  const seconds = validateDuration(form, role?.maxSeconds);
  if (caller.isRole && seconds > 3600)
    throw new StsError(
      400,
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    );
  if (!role?.trusts.includes(caller.name)) throw denied();
  if (role.externalId !== undefined && form.get('ExternalId') !== role.externalId) throw denied();
  if (role.mfa !== undefined) {
    if (form.get('SerialNumber') !== role.mfa) throw denied();
    // Each code works once.
    if (!codes.delete(form.get('TokenCode') ?? ''))
      throw new StsError(403, 'AccessDenied', 'MultiFactorAuthentication failed with invalid MFA one time pass code. ');
  }
  return sessions.issue(Math.min(sessions.lifetimeMs, seconds * 1000));
}

function assumeRoleWithWebIdentity(form: URLSearchParams, { sessions, roles }: StsConfig): AwsSession {
  const token = form.get('WebIdentityToken') ?? '';
  const role = roles.find((candidate) => candidate.arn === form.get('RoleArn'));
  const seconds = validateDuration(form, role?.maxSeconds);
  if (token.length < 4) throw new StsError(400, 'InvalidIdentityToken', 'The ID Token provided is not a valid JWT.');
  if (token.startsWith('expired')) throw new StsError(400, 'ExpiredTokenException', 'Token expired');
  if (!role || role.webToken !== token)
    throw new StsError(403, 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity');
  return sessions.issue(Math.min(sessions.lifetimeMs, seconds * 1000));
}

/** Validates the parameters of the request, but no permissions. @returns the duration of the session in seconds */
function validateDuration(form: URLSearchParams, maxSeconds = 43_200): number {
  const invalid = (message: string): StsError => new StsError(400, 'ValidationError', message);
  if (!/^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(form.get('RoleArn') ?? ''))
    throw invalid(`${form.get('RoleArn')} is invalid`);
  if (!/^[\w+=,.@-]{2,64}$/.test(form.get('RoleSessionName') ?? ''))
    throw invalid("Value at 'roleSessionName' failed to satisfy constraint");
  const seconds = Number(form.get('DurationSeconds') ?? 3600);
  if (!Number.isInteger(seconds) || seconds < 900 || seconds > 43_200)
    throw invalid("Value at 'durationSeconds' failed to satisfy constraint");
  if (seconds > maxSeconds)
    throw invalid('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  if (form.has('SerialNumber') !== form.has('TokenCode'))
    throw invalid('SerialNumber and TokenCode must be given together');
  if (form.has('TokenCode') && !/^\d{6}$/.test(form.get('TokenCode') ?? ''))
    throw invalid("Value at 'tokenCode' failed to satisfy constraint");
  return seconds;
}

function credentialsResponse(
  action: string,
  form: URLSearchParams,
  session: AwsSession,
  roleOf: Map<string, string>,
): LoopbackResponse {
  const arn = form.get('RoleArn') ?? '';
  roleOf.set(session.sessionToken, arn);
  return xmlResponse(
    action,
    `<Credentials><AccessKeyId>${session.accessKeyId}</AccessKeyId><SecretAccessKey>${session.secretAccessKey}</SecretAccessKey><SessionToken>${session.sessionToken}</SessionToken><Expiration>${toIsoSeconds(session.expires)}</Expiration></Credentials>` +
      `<AssumedRoleUser><Arn>${arn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${form.get('RoleSessionName')}</Arn><AssumedRoleId>AROA:${form.get('RoleSessionName')}</AssumedRoleId></AssumedRoleUser>`,
  );
}

const xmlResponse = (action: string, result: string): LoopbackResponse => ({
  status: 200,
  headers: { 'content-type': 'text/xml' },
  body: `<${action}Response xmlns="${xmlns}"><${action}Result>${result}</${action}Result><ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></${action}Response>`,
});

const xmlError = (status: number, code: string, message: string): LoopbackResponse => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body: `<ErrorResponse xmlns="${xmlns}"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>0</RequestId></ErrorResponse>`,
});
