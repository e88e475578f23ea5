/**
 * The SDK's client, told everything it would otherwise look up in the environment or in ~/.aws: a profile goes where its
 * settings say, whatever variables are set.
 */
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { FilePart } from '../transfer/file-part.ts';
import type { FilePartHandler } from '../transfer/request-handler.ts';
import type { CredentialSource } from './credential-source.ts';
import { moveToRegion, regionFromError } from './bucket-region.ts';
import type { S3Settings } from './settings.ts';
import type { AwsCredentials } from './sign-in/credential-cache.ts';
import { sdkErrorStatus } from './store.ts';

export interface S3ClientOptions {
  credentials: Pick<CredentialSource, 'provider' | 'renew' | 'isAnonymous'>;
  /** Without it nothing is sent: it signs addresses, for readers. */
  handler?: FilePartHandler;
  /** How often one request is sent at most; a second layer, the engine's, retries whole uploads. */
  attempts: number;
  /** ms before the second sending; doubled for the third */
  retryMs: number;
}

export function createS3Client(
  settings: S3Settings,
  { credentials, handler, attempts, retryMs }: S3ClientOptions,
): S3Client {
  const client = new S3Client({
    // Asked for each time: the store may say that the bucket is elsewhere.
    endpoint: async () => toSdkEndpoint(handler ? settings.endpoint : (settings.linkEndpoint ?? settings.endpoint)),
    region: async () => settings.region,
    forcePathStyle: settings.pathStyle,
    credentials: withoutMemoization(credentials.provider),
    ...(credentials.isAnonymous ? { signer: { sign: async <T>(request: T): Promise<T> => request } } : {}),
    // The checksums are ours: the SDK's own would turn bodies into aws-chunked trailers, which most other stores refuse,
    // and leave traces in presigned links.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Costs a new connection a part, and 6 s where a proxy ignores it.
    expectContinueHeader: false,
    maxAttempts: attempts,
    retryStrategy: createRetryStrategy(attempts, retryMs),
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    useArnRegion: false,
    useAccelerateEndpoint: false,
    disableS3ExpressSessionAuth: true,
    disableMultiregionAccessPoints: true,
    followRegionRedirects: false,
    ignoreConfiguredEndpointUrls: true,
    ...(handler ? { requestHandler: handler } : {}),
  });
  client.middlewareStack.add(
    (next, context) => (args) => {
      if (isRequest(args.request)) {
        const { headers, query, body } = args.request;
        // Otherwise every byte would be hashed with SHA-256 just to be signed; checksum and TLS guard the body.
        if (body instanceof FilePart) headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
        // Says only which command of the SDK this is; Google's store trips over it, and it makes links longer.
        delete query['x-id'];
        if (objectCreatingCommands.has(String(context.commandName))) Object.assign(headers, settings.headers);
        if (settings.store.condition === 'generation' && headers['if-none-match'] === '*') {
          delete headers['if-none-match'];
          headers['x-goog-if-generation-match'] = '0';
        }
      }
      return next(args);
    },
    { step: 'build', name: 'hoistRequest', priority: 'high' },
  );
  client.middlewareStack.add(
    (next, context) => async (args) => {
      try {
        return await next(args);
      } catch (cause) {
        const rejected = signingCredentials(context);
        if (
          !rejected ||
          !meansExpiredCredentials(cause, { rejected, command: String(context.commandName) }) ||
          !(await credentials.renew?.(rejected))
        )
          throw cause;
        // Once: keys that are new and refused too are not the problem.
        return next(args);
      }
    },
    { step: 'initialize', name: 'hoistKeys', priority: 'high' },
  );
  if (settings.isRegionGuessed) retryInReportedRegion(client, settings);
  return client;
}

/** A client remembers keys by itself, and would go on with those that the store refuses. */
const withoutMemoization = (provider: CredentialSource['provider']): CredentialSource['provider'] =>
  Object.assign(async () => provider(), { memoized: true });

/** The keys that a request was signed with. */
function signingCredentials(context: object): AwsCredentials | undefined {
  const { __smithy_context: smithyContext } = context as {
    __smithy_context?: { selectedHttpAuthScheme?: { identity?: AwsCredentials } };
  };
  return smithyContext?.selectedHttpAuthScheme?.identity;
}

const expiredTokenErrors: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidToken',
  'InvalidTokenId',
  'TokenRefreshRequired',
]);

/** Answers to HEAD have no body; and some stores call keys that ended unknown. */
function meansExpiredCredentials(
  cause: unknown,
  { rejected, command }: { rejected: AwsCredentials; command: string },
): boolean {
  if (rejected.sessionToken === undefined || !(cause instanceof Error)) return false;
  const status = sdkErrorStatus(cause) ?? 0;
  const isExpired =
    rejected.expiration !== undefined &&
    rejected.expiration.getTime() <= Date.now() &&
    (status === 400 || status === 401 || status === 403);
  return expiredTokenErrors.has(cause.name) || isExpired || (command === 'HeadObjectCommand' && status === 400);
}

/** Where nobody said where the bucket is, the store's word is taken, and the request sent once more. */
function retryInReportedRegion(client: S3Client, settings: S3Settings): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const signedRegion = settings.region;
      try {
        return await next(args);
      } catch (cause) {
        const region = regionFromError(cause);
        if (region === undefined || region === signedRegion) throw cause;
        moveToRegion(settings, region);
        return await next(args);
      }
    },
    { step: 'initialize', name: 'hoistRegion', priority: 'high' },
  );
}

function toSdkEndpoint(address: string): { protocol: string; hostname: string; port?: number; path: string } {
  const { protocol, hostname, port, pathname } = new URL(address);
  return { protocol, hostname, path: pathname, ...(port === '' ? {} : { port: Number(port) }) };
}

/** What the user wants with every new object. */
const objectCreatingCommands: ReadonlySet<string> = new Set(['PutObjectCommand', 'CreateMultipartUploadCommand']);

interface SdkRequest {
  headers: Record<string, string>;
  query: Record<string, unknown>;
  body?: unknown;
}
const isRequest = (value: unknown): value is SdkRequest =>
  typeof value === 'object' && value !== null && 'headers' in value && 'query' in value;

type Strategy = Extract<NonNullable<S3ClientConfig['retryStrategy']>, { acquireInitialRetryToken: unknown }>;
type Token = Awaited<ReturnType<Strategy['acquireInitialRetryToken']>>;

/** A store that is asked too much gets more time to recover. */
const throttlingFactor = 4;
/** A store that asks for more patience than this is left to the engine, which can wait without holding a slot. */
const maxRetryAfterMs = 2000;

/**
 * The SDK's own strategy with its budget shared by all requests gives up for good after some thirty failures, and comes
 * back before the time that Retry-After asked for.
 */
function createRetryStrategy(attempts: number, retryMs: number): Strategy {
  const token = (count: number, delay: number): Token => ({ getRetryCount: () => count, getRetryDelay: () => delay });
  return {
    acquireInitialRetryToken: async () => token(0, 0),
    refreshRetryTokenForRetry: async (previous, { errorType, retryAfterHint }) => {
      const count = previous.getRetryCount() + 1;
      const requestedDelayMs = retryAfterHint ? retryAfterHint.getTime() - Date.now() : 0;
      const isTransient = errorType === 'TRANSIENT' || errorType === 'THROTTLING';
      if (!isTransient || count >= attempts || requestedDelayMs > maxRetryAfterMs)
        throw new Error('no further attempt');
      const base = retryMs * (errorType === 'THROTTLING' ? throttlingFactor : 1) * 2 ** (count - 1);
      return token(count, Math.max(requestedDelayMs, base * (0.5 + Math.random() / 2)));
    },
    recordSuccess: () => undefined,
  };
}
