/**
 * Credentials that a machine at Amazon gives to its programs: the role of a container, and the role of an instance
 * through version 2 of its metadata service. Hoist requests them only if the user chose this method, because on other
 * machines these addresses do not answer or belong to unrelated servers.
 */
import * as v from 'valibot';
import { AppFailure, failure } from '../../../../src-shared/errors.ts';
import { redactLoadedSecrets } from '../../../platform/redact.ts';
import type { CredentialContext } from './credential-context.ts';
import { requestService, requestJson, ServiceError } from './service-request.ts';
import type { AwsCredentials } from './credential-cache.ts';

const credentialResponseSchema = v.object({
  Code: v.optional(v.literal('Success')),
  AccessKeyId: v.string(),
  SecretAccessKey: v.string(),
  Token: v.string(),
  Expiration: v.pipe(
    v.string(),
    v.transform((text) => new Date(text)),
    v.date(),
  ),
});
type CredentialResponse = v.InferOutput<typeof credentialResponseSchema>;

const toCredentials = ({ AccessKeyId, SecretAccessKey, Token, Expiration }: CredentialResponse): AwsCredentials => ({
  accessKeyId: AccessKeyId,
  secretAccessKey: SecretAccessKey,
  sessionToken: Token,
  expiration: Expiration,
});

/** The services answer in milliseconds, because they run on the machine or beside it. */
const timeoutMs = 2000;

export interface MachineContext extends Pick<CredentialContext, 'signal'> {
  computer: Pick<CredentialContext['computer'], 'env' | 'read'>;
}

/** @throws AppFailure secret-missing when this is not an EC2 instance or it has no role */
export async function instanceCredentials({ computer, signal }: MachineContext): Promise<AwsCredentials> {
  const base = instanceMetadataUrl(computer.env);
  const urlFor = (path: string): URL => new URL(path, base);
  const missing = (why: 'instance' | 'instanceRole', cause?: unknown): AppFailure =>
    failure('secret-missing', { field: 'credentials', params: { why } }, cause);
  try {
    const token = await requestService({
      method: 'PUT',
      url: urlFor('/latest/api/token'),
      // The token is used only for the next two requests. It is valid for 6 hours, as in the AWS SDKs.
      headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '21600', 'content-length': '0' },
      timeoutMs,
      signal,
    });
    if (token.status !== 200) throw missing('instance');
    redactLoadedSecrets(token.text);
    const requestOptions = { headers: { 'x-aws-ec2-metadata-token': token.text }, timeoutMs, signal };
    const roles = await requestService({
      url: urlFor('/latest/meta-data/iam/security-credentials/'),
      ...requestOptions,
    });
    const [role = ''] = roles.text.split('\n');
    if (roles.status !== 200 || !/^[\w+=,.@-]{1,64}$/.test(role.trim())) throw missing('instanceRole');
    return toCredentials(
      await requestJson(credentialResponseSchema, {
        url: urlFor(`/latest/meta-data/iam/security-credentials/${role.trim()}`),
        ...requestOptions,
      }),
    );
  } catch (cause) {
    if (cause instanceof AppFailure && (cause.error.code === 'secret-missing' || cause.error.code === 'canceled'))
      throw cause;
    if (cause instanceof AppFailure || cause instanceof ServiceError) throw missing('instance', cause);
    throw cause;
  }
}

/** The AWS tools read the same variables. */
function instanceMetadataUrl(env: MachineContext['computer']['env']): string {
  const configured = env['AWS_EC2_METADATA_SERVICE_ENDPOINT'];
  if (configured !== undefined && URL.canParse(configured)) return configured;
  return env['AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE']?.toLowerCase() === 'ipv6'
    ? 'http://[fd00:ec2::254]'
    : 'http://169.254.169.254';
}

/** @throws AppFailure secret-missing when this is not a container at Amazon or it has no role */
export async function containerCredentials({ computer, signal }: MachineContext): Promise<AwsCredentials> {
  const missing = (cause?: unknown): AppFailure =>
    failure('secret-missing', { field: 'credentials', params: { why: 'container' } }, cause);
  const url = containerCredentialsUrl(computer.env);
  if (!url) throw missing();
  const token = containerToken(computer);
  redactLoadedSecrets(token);
  try {
    return toCredentials(
      await requestJson(credentialResponseSchema, {
        url,
        headers: token === undefined ? {} : { authorization: token },
        timeoutMs,
        signal,
      }),
    );
  } catch (cause) {
    if (cause instanceof AppFailure && cause.error.code === 'canceled') throw cause;
    if (cause instanceof AppFailure || cause instanceof ServiceError) throw missing(cause);
    throw cause;
  }
}

/** Over plain http the token may go only to this machine and to Amazon's link-local addresses. */
const trustedHttpHosts =
  /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\]|169\.254\.170\.2|169\.254\.170\.23|\[fd00:ec2::23\])$/;

function containerCredentialsUrl(env: MachineContext['computer']['env']): URL | undefined {
  const relative = env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'];
  if (relative)
    return relative.startsWith('/') && URL.canParse(`http://169.254.170.2${relative}`)
      ? new URL(`http://169.254.170.2${relative}`)
      : undefined;
  const full = env['AWS_CONTAINER_CREDENTIALS_FULL_URI'];
  if (full === undefined || !URL.canParse(full)) return undefined;
  const url = new URL(full);
  return url.protocol === 'https:' || (url.protocol === 'http:' && trustedHttpHosts.test(url.hostname))
    ? url
    : undefined;
}

/** The file is read each time, because its content changes. */
function containerToken({ env, read }: MachineContext['computer']): string | undefined {
  const file = env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'];
  const token = (file ? read(file) : env['AWS_CONTAINER_AUTHORIZATION_TOKEN'])?.trim();
  return token === '' || /[\r\n]/.test(token ?? '') ? undefined : token;
}
