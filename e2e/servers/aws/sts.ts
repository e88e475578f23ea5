/**
 * Amazon's Security Token Service on loopback: AssumeRole, AssumeRoleWithWebIdentity and GetCallerIdentity, with the
 * refusals of the real one (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html).
 */
import { isoSeconds, serve, type Heard, type Loopback, type Said, type Session, type Sessions } from './loopback.ts';
import { signatureOf } from './sigv4.ts';

export interface Role {
  arn: string;
  /** Access key ids of users, or ARNs of roles. */
  trusts: string[];
  externalId?: string;
  /** The device without which nobody gets it. */
  mfa?: string;
  maxSeconds?: number;
  /** A token of somebody else's that it trusts. */
  webToken?: string;
}

export interface StsWorld {
  sessions: Sessions;
  /** Secrets by access key id. */
  users: Map<string, string>;
  roles: Role[];
  /** What the devices show now; each code is taken once. */
  codes: Set<string>;
}

export interface Sts extends Loopback {
  world: StsWorld;
  /** Of one action, in order. */
  calls(action: string): URLSearchParams[];
  /** Answers whatever comes with this instead. */
  trouble: { status: number; code: string } | undefined;
}

class Refused extends Error {
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

export async function startSts(world: StsWorld): Promise<Sts> {
  const roleOf = new Map<string, string>();
  const answer = (heard: Heard): Said => {
    if (sts.trouble) return errorSaid(sts.trouble.status, sts.trouble.code, 'trouble');
    try {
      return act(heard, world, roleOf);
    } catch (cause) {
      if (!(cause instanceof Refused)) throw cause;
      return errorSaid(cause.status, cause.code, cause.message);
    }
  };
  const loopback = await serve(answer);
  const sts: Sts = {
    ...loopback,
    world,
    trouble: undefined,
    calls: (action) =>
      loopback.heard.map(({ body }) => new URLSearchParams(body)).filter((form) => form.get('Action') === action),
  };
  return sts;
}

function act(heard: Heard, world: StsWorld, roleOf: Map<string, string>): Said {
  if (
    heard.method !== 'POST' ||
    heard.url.pathname !== '/' ||
    !heard.headers['content-type']?.startsWith('application/x-www-form-urlencoded')
  )
    throw new Refused(404, 'InvalidAction', 'Only forms are understood.');
  const form = new URLSearchParams(heard.body);
  if (form.get('Version') !== version)
    throw new Refused(
      400,
      'InvalidAction',
      `Could not find operation ${form.get('Action')} for version ${form.get('Version')}`,
    );
  switch (form.get('Action')) {
    case 'AssumeRole':
      return given('AssumeRole', form, assumed(form, callerOf(heard, world, roleOf), world), roleOf);
    case 'AssumeRoleWithWebIdentity':
      return given('AssumeRoleWithWebIdentity', form, byToken(form, world), roleOf);
    case 'GetCallerIdentity': {
      const { arn } = callerOf(heard, world, roleOf);
      return said('GetCallerIdentity', `<Arn>${arn}</Arn><UserId>AIDA</UserId><Account>123456789012</Account>`);
    }
    default:
      throw new Refused(400, 'InvalidAction', 'Could not find operation.');
  }
}

interface Caller {
  name: string;
  arn: string;
  isRole: boolean;
}

function callerOf(heard: Heard, { sessions, users }: StsWorld, roleOf: Map<string, string>): Caller {
  const claimed = signatureOf(heard);
  if (!claimed) throw new Refused(403, 'MissingAuthenticationToken', 'Request is missing Authentication Token');
  if (claimed.service !== 'sts')
    throw new Refused(403, 'SignatureDoesNotMatch', "Credential should be scoped to correct service: 'sts'.");
  const token = heard.headers['x-amz-security-token'];
  const session = typeof token === 'string' ? sessions.of(token) : undefined;
  if (typeof token === 'string') {
    if (!session)
      throw new Refused(403, 'InvalidClientTokenId', 'The security token included in the request is invalid');
    if (session.expires <= Date.now())
      throw new Refused(403, 'ExpiredToken', 'The security token included in the request is expired');
  }
  const secret = session?.secretAccessKey ?? users.get(claimed.accessKeyId);
  if (secret === undefined || (session && session.accessKeyId !== claimed.accessKeyId))
    throw new Refused(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.');
  if (!claimed.isRight(secret))
    throw new Refused(
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided.',
    );
  const role = session && roleOf.get(session.sessionToken);
  return role === undefined
    ? { name: claimed.accessKeyId, arn: 'arn:aws:iam::123456789012:user/somebody', isRole: false }
    : { name: role, arn: role, isRole: true };
}

function assumed(form: URLSearchParams, caller: Caller, { sessions, roles, codes }: StsWorld): Session {
  const arn = form.get('RoleArn');
  const denied = (): Refused =>
    new Refused(
      403,
      'AccessDenied',
      `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
    );
  const role = roles.find((one) => one.arn === arn);
  const seconds = checked(form, role?.maxSeconds);
  if (caller.isRole && seconds > 3600)
    throw new Refused(
      400,
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    );
  if (!role?.trusts.includes(caller.name)) throw denied();
  if (role.externalId !== undefined && form.get('ExternalId') !== role.externalId) throw denied();
  if (role.mfa !== undefined) {
    if (form.get('SerialNumber') !== role.mfa) throw denied();
    // Taken once.
    if (!codes.delete(form.get('TokenCode') ?? ''))
      throw new Refused(403, 'AccessDenied', 'MultiFactorAuthentication failed with invalid MFA one time pass code. ');
  }
  return sessions.next(Math.min(sessions.lifeMs, seconds * 1000));
}

function byToken(form: URLSearchParams, { sessions, roles }: StsWorld): Session {
  const token = form.get('WebIdentityToken') ?? '';
  const role = roles.find((one) => one.arn === form.get('RoleArn'));
  const seconds = checked(form, role?.maxSeconds);
  if (token.length < 4) throw new Refused(400, 'InvalidIdentityToken', 'The ID Token provided is not a valid JWT.');
  if (token.startsWith('expired')) throw new Refused(400, 'ExpiredTokenException', 'Token expired');
  if (!role || role.webToken !== token)
    throw new Refused(403, 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity');
  return sessions.next(Math.min(sessions.lifeMs, seconds * 1000));
}

/** What is checked before anybody's rights are. @returns DurationSeconds */
function checked(form: URLSearchParams, maxSeconds = 43_200): number {
  const invalid = (message: string): Refused => new Refused(400, 'ValidationError', message);
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

function given(action: string, form: URLSearchParams, session: Session, roleOf: Map<string, string>): Said {
  const arn = form.get('RoleArn') ?? '';
  roleOf.set(session.sessionToken, arn);
  return said(
    action,
    `<Credentials><AccessKeyId>${session.accessKeyId}</AccessKeyId><SecretAccessKey>${session.secretAccessKey}</SecretAccessKey><SessionToken>${session.sessionToken}</SessionToken><Expiration>${isoSeconds(session.expires)}</Expiration></Credentials>` +
      `<AssumedRoleUser><Arn>${arn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${form.get('RoleSessionName')}</Arn><AssumedRoleId>AROA:${form.get('RoleSessionName')}</AssumedRoleId></AssumedRoleUser>`,
  );
}

const said = (action: string, result: string): Said => ({
  status: 200,
  headers: { 'content-type': 'text/xml' },
  body: `<${action}Response xmlns="${xmlns}"><${action}Result>${result}</${action}Result><ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></${action}Response>`,
});

const errorSaid = (status: number, code: string, message: string): Said => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body: `<ErrorResponse xmlns="${xmlns}"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>0</RequestId></ErrorResponse>`,
});
