/**
 * Creates the SDK's client with explicit values for all options that it would otherwise read from the environment or
 * ~/.aws. A profile uses its own settings, whatever variables are set.
 */
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { FilePart } from '../transfer/file-part.ts';
import type { FilePartHandler } from '../transfer/request-handler.ts';
import type { CredentialSource } from './credential-source.ts';
import { moveToRegion, regionFromError } from './bucket-region.ts';
import type { S3Settings } from './settings.ts';
import type { AwsCredentials } from './sign-in/credential-cache.ts';
import { sdkErrorStatus } from './sdk-error.ts';
import { isDamagedDocument } from './unreadable-response.ts';

export interface S3ClientOptions {
  credentials: Pick<CredentialSource, 'provider' | 'renew' | 'isAnonymous'>;
  /** Absent for a client that only signs links and sends nothing. */
  handler?: FilePartHandler;
  /** How often the client sends one request at most. The engine, a second layer, retries whole uploads. */
  attempts: number;
  /** ms before the second attempt; doubled before the third */
  retryMs: number;
}

export function createS3Client(
  settings: S3Settings,
  { credentials, handler, attempts, retryMs }: S3ClientOptions,
): S3Client {
  const client = new S3Client({
    // Read for each request, because the store may report that the bucket is in another region.
    endpoint: async () => toSdkEndpoint(handler ? settings.endpoint : (settings.linkEndpoint ?? settings.endpoint)),
    region: async () => settings.region,
    forcePathStyle: settings.pathStyle,
    credentials: withoutMemoization(credentials.provider),
    ...(credentials.isAnonymous ? { signer: { sign: async <T>(request: T): Promise<T> => request } } : {}),
    // Hoist computes the checksums. The SDK's own would turn bodies into aws-chunked trailers, which most other
    // stores refuse, and add parameters to presigned links.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // `Expect: 100-continue` costs every new connection a round trip, and 6 s behind a proxy that ignores it.
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
  // Changes the headers and the query of each request before the request is signed.
  client.middlewareStack.add(
    (next, context) => (args) => {
      if (isRequest(args.request)) {
        const { headers, query, body } = args.request;
        // Signing the payload would hash every byte with SHA-256; the checksum and TLS already protect the body.
        if (body instanceof FilePart) headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
        // `x-id` contains only the name of the SDK's command. Google's store rejects it, and it makes links longer.
        delete query['x-id'];
        if (objectCreatingCommands.has(String(context.commandName))) Object.assign(headers, settings.headers);
      }
      return next(args);
    },
    { step: 'build', name: 'hoistRequest', priority: 'high' },
  );
  // If the store reports that the credentials have expired, renews them and sends the request once more.
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
        // If the store refuses the new credentials too, the reason is not that they have expired.
        return next(args);
      }
    },
    { step: 'initialize', name: 'hoistKeys', priority: 'high' },
  );
  client.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (cause) {
        // Later code searches the message with regular expressions, which takes long for a very long message.
        if (cause instanceof Error) cause.message = cause.message.slice(0, maxMessageLength);
        throw cause;
      }
    },
    { step: 'finalizeRequest', name: 'hoistShortMessage', priority: 'low' },
  );
  if (settings.isRegionGuessed) retryInReportedRegion(client, settings);
  return client;
}

/** Messages of stores are shorter, except those of a broken or hostile server. */
const maxMessageLength = 4000;

/**
 * Disables the SDK's cache of credentials, which would return credentials that the store refuses. The SDK adds no cache
 * to a provider that is marked as memoized.
 */
const withoutMemoization = (provider: CredentialSource['provider']): CredentialSource['provider'] =>
  Object.assign(async () => provider(), { memoized: true });

/** The credentials that signed the request. */
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

/**
 * Whether the store refused temporary credentials because they have expired. Some stores report expired keys as unknown
 * keys, and answers to HEAD have no body with the error name.
 */
function meansExpiredCredentials(
  cause: unknown,
  { rejected, command }: { rejected: AwsCredentials; command: string },
): boolean {
  const isTemporary = rejected.sessionToken !== undefined;
  if (!isTemporary || !(cause instanceof Error)) return false;
  const status = sdkErrorStatus(cause) ?? 0;
  const isPastExpiration = rejected.expiration !== undefined && rejected.expiration.getTime() <= Date.now();
  return (
    expiredTokenErrors.has(cause.name) ||
    (isPastExpiration && [400, 401, 403].includes(status)) ||
    (command === 'HeadObjectCommand' && status === 400)
  );
}

/** When the user entered no region, the client uses the region that the store reports and sends the request again. */
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

/** The requests that carry the user's headers for new objects. */
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

/** A store that asks for fewer requests gets more time to recover. */
const throttlingFactor = 4;
/** If a store asks for a longer wait, the request fails and the engine waits, without holding a slot. */
const maxRetryAfterMs = 2000;

/**
 * Replaces the SDK's strategy, which shares one retry budget among all requests and stops retrying after about thirty
 * failures. It also ignores the time in Retry-After.
 */
function createRetryStrategy(attempts: number, retryMs: number): Strategy {
  const token = (count: number, delay: number): Token => ({ getRetryCount: () => count, getRetryDelay: () => delay });
  return {
    acquireInitialRetryToken: async () => token(0, 0),
    refreshRetryTokenForRetry: async (previous, { error, errorType, retryAfterHint }) => {
      const count = previous.getRetryCount() + 1;
      const requestedDelayMs = retryAfterHint ? retryAfterHint.getTime() - Date.now() : 0;
      const isTransient =
        errorType === 'TRANSIENT' || errorType === 'THROTTLING' || (error instanceof Error && isDamagedDocument(error));
      if (!isTransient || count >= attempts || requestedDelayMs > maxRetryAfterMs)
        throw new Error('no further attempt');
      const backoffMs = retryMs * (errorType === 'THROTTLING' ? throttlingFactor : 1) * 2 ** (count - 1);
      // The random factor keeps clients that failed together from retrying together.
      const randomFactor = 0.5 + Math.random() / 2;
      return token(count, Math.max(requestedDelayMs, backoffMs * randomFactor));
    },
    recordSuccess: () => undefined,
  };
}
