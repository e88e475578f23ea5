/** The driver behind the manifest. It imports the SDK, so Hoist loads it on first use. */
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { AppFailure, failure, type AppError } from '../../../src-shared/errors.ts';
import type { Ref } from '../../../src-shared/upload.ts';
import { createComputer } from '../../platform/computer.ts';
import { createTransport, type Transport } from '../network/transport.ts';
import { supportsTls } from '../network/supports-tls.ts';
import { timeLimits } from '../network/time-limits.ts';
import { defaultKeyBuilder } from '../keys/object-key.ts';
import { isStream, type Driver, type DriverPorts, type KeyBuilder, type ProviderModule } from '../contract/provider.ts';
import { joinKey, maxPathBytes } from '../keys/key-reservation.ts';
import { FilePartHandler, defaultHandlerOptions, type RequestHandlerOptions } from '../transfer/request-handler.ts';
import { createS3Client } from './client.ts';
import { createCredentialSource } from './credential-source.ts';
import { discardS3Checkpoint, discardS3Ref } from './discard.ts';
import { mapS3Error } from './errors.ts';
import { applyAwsProfile } from './apply-aws-profile.ts';
import { objectHeaders } from './upload-context.ts';
import { createS3Link } from './links.ts';
import { aclRejectedError, rejectedSettingError } from './rejected-setting.ts';
import { moveToRegion } from './bucket-region.ts';
import type { S3Settings } from './settings.ts';
import { readS3Checkpoint, readS3Ref, sdkErrorStatus, type S3Ref, type S3Store } from './store.ts';
import { uploadS3Stream } from './stream.ts';
import { s3SignIn } from './sign-in.ts';
import { s3SignOut } from './sign-out.ts';
import { suggestS3Values } from './suggest.ts';
import { uploadS3File } from './upload.ts';

// The SDK warns on stderr which Node its next versions need. Users of the command line can do nothing about it.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

export interface S3DriverOptions extends RequestHandlerOptions {
  /** ms before a failed request is sent again */
  retryMs: number;
  /** ms; see {@link S3Store} */
  recheckDelaysMs: readonly number[];
  /** PEM certificates that Hoist trusts besides Node's own, when the ports have no transport. */
  certificates: string[];
  /** Limit in ms for the first answer of a check, because the user waits for it. */
  checkMs: number;
}

const defaultOptions: S3DriverOptions = {
  ...defaultHandlerOptions,
  retryMs: 150,
  recheckDelaysMs: [150, 350, 1000],
  certificates: [],
  checkMs: timeLimits.checkMs,
};

/** Attempts per request, and per request of a check, because the user waits for its answer. */
const attempts = 3;
const checkAttempts = 1;

/** @param overrides for tests: shorter times, further certificates */
export function createS3Driver(
  settings: S3Settings,
  ports: DriverPorts,
  overrides: Partial<S3DriverOptions> = {},
): Driver {
  const { retryMs, recheckDelaysMs, certificates, checkMs, ...handlerOptions } = { ...defaultOptions, ...overrides };
  const computer = createComputer(process.env);
  applyAwsProfile(settings, computer);
  const ownTransport: Transport | undefined = ports.transport
    ? undefined
    : createTransport({ proxy: { kind: 'none' }, certificates });
  const transport = ports.transport ?? ownTransport!;
  const handler = new FilePartHandler(transport, handlerOptions);
  const credentials = createCredentialSource(settings, { computer, transport, ports });
  const client = createS3Client(settings, { credentials, handler, attempts, retryMs });
  const checkClient = createS3Client(settings, { credentials, handler, attempts: checkAttempts, retryMs });
  // This client sends nothing. A separate one keeps the headers of the other clients' requests out of the links.
  const linkClient = createS3Client(settings, { credentials, attempts: checkAttempts, retryMs });
  const store: S3Store = {
    settings,
    ports,
    handler,
    client,
    uncertainWrites: new Set(),
    reservedKeys: new Set(),
    recheckDelaysMs,
    supportsConditionalWrites: true,
  };

  const readKnownRef = (ref: Ref): S3Ref => {
    const parsed = readS3Ref(ref);
    // Signing sends no request, so the region that the store reported earlier must be restored.
    if (settings.isRegionGuessed && parsed.region !== undefined) moveToRegion(settings, parsed.region);
    return parsed;
  };

  let savedRegion: string | undefined;
  /** Stores the detected region, so that the next process does not have to detect it again. */
  const savingRegion = async <T>(work: Promise<T>): Promise<T> => {
    const result = await work;
    const { detectedRegion: region } = settings;
    if (region === undefined || region === savedRegion) return result;
    savedRegion = region;
    try {
      await ports.saveRenewed?.({ region });
    } catch (cause) {
      // For example a full disk: the region will be detected again, and the upload itself succeeded.
      if (!(cause instanceof AppFailure)) throw cause;
    }
    return result;
  };

  return {
    async check(
      signal,
      {
        keyBuilder = defaultKeyBuilder({ name: checkFileName, size: 0 }, ports, signal),
        promptMode = 'interactive',
      } = {},
    ) {
      if (promptMode === 'background') await credentials.ensureWithoutPrompt?.();
      return savingRegion(check(store, { client: checkClient, checkMs, keyBuilder }, signal));
    },
    async upload(transfer) {
      if (!isStream(transfer)) return savingRegion(uploadS3File(store, transfer));
      // A stream cannot be read again. The data of an earlier attempt is removed first, because its checkpoint will
      // be overwritten.
      if (transfer.checkpoint !== undefined)
        await discardS3Checkpoint(store, readS3Checkpoint(transfer.checkpoint), transfer.signal);
      return savingRegion(uploadS3Stream(store, transfer));
    },
    async stat(ref, signal) {
      const { bucket, key, versionId } = readKnownRef(ref);
      try {
        const head = await client.send(
          new HeadObjectCommand({
            Bucket: bucket,
            Key: key,
            ...(versionId === undefined ? {} : { VersionId: versionId }),
          }),
          { abortSignal: signal },
        );
        return { size: head.ContentLength ?? 0 };
      } catch (cause) {
        if (sdkErrorStatus(cause) !== 404) throw cause;
        return undefined;
      }
    },
    link: async (ref, _, linkOverride) =>
      createS3Link(linkClient, settings, readKnownRef(ref), {
        now: ports.now(),
        clockOffset: client.config.systemClockOffset,
        credentialExpiry: () => credentials.expiry(),
        linkOverride,
      }),
    discard: async (target, signal) =>
      'ref' in target
        ? discardS3Ref(store, readKnownRef(target.ref), signal)
        : discardS3Checkpoint(store, readS3Checkpoint(target.checkpoint), signal),
    close() {
      credentials.close();
      for (const s3Client of [client, checkClient, linkClient]) s3Client.destroy();
      ownTransport?.close();
    },
  };
}

/**
 * Opens a multipart upload and aborts it. This needs the same rights as a real upload, including the ACL, and leaves
 * no object, no version and no event.
 */
async function check(store: S3Store, options: CheckOptions, signal: AbortSignal): Promise<AppError | undefined> {
  const { settings } = store;
  const { ACL, ...headers } = objectHeaders(settings, { name: checkFileName, contentType: 'text/plain' });
  try {
    await createAndAbortUpload(
      store,
      { ...options, headers: { ...headers, ...(ACL === undefined ? {} : { ACL }) } },
      signal,
    );
  } catch (cause) {
    // The store may reject only the ACL, or everything: try again without the ACL.
    if (ACL === undefined || ![400, 403, 501].includes(sdkErrorStatus(cause) ?? 0)) throw cause;
    if (await succeeds(() => createAndAbortUpload(store, { ...options, headers }, signal)))
      throw new AppFailure(aclRejectedError(settings), { cause });
    // The store also rejects the upload without the ACL, so the ACL is not the cause.
    const { acl: _, ...others } = settings;
    const error = errorOf(cause, others);
    throw error ? new AppFailure(error, { cause }) : cause;
  }
  if (settings.detectedRegion !== undefined)
    return {
      code: 'wrong-region',
      field: 'region',
      params: { bucket: settings.bucket, region: settings.detectedRegion, why: 'found' },
    };
  const minutes = Math.round(Math.abs(options.client.config.systemClockOffset) / 60_000);
  // Hoist signs with the store's time then, but other programs that use this clock will fail.
  return minutes < minReportedSkewMinutes ? undefined : { code: 'clock-skewed', params: { minutes, why: 'works' } };
}

interface CheckOptions {
  client: S3Client;
  checkMs: number;
  keyBuilder: KeyBuilder;
}

async function succeeds(attempt: () => Promise<void>): Promise<boolean> {
  try {
    await attempt();
    return true;
  } catch (cause) {
    if (sdkErrorStatus(cause) === undefined) throw cause;
    return false;
  }
}

async function createAndAbortUpload(
  { settings }: S3Store,
  { client, checkMs, keyBuilder, headers }: CheckOptions & { headers: ReturnType<typeof objectHeaders> },
  signal: AbortSignal,
): Promise<void> {
  const target = {
    Bucket: settings.bucket,
    Key: joinKey(settings.prefix, await keyBuilder.path(1, maxPathBytes(settings.prefix))),
  };
  const timeout = AbortSignal.timeout(checkMs);
  const createUpload = () =>
    client.send(new CreateMultipartUploadCommand({ ...target, ...headers }), {
      abortSignal: AbortSignal.any([signal, timeout]),
    });
  // The client knows the clock offset after the first failure.
  const { UploadId: uploadId } = await createUpload().catch(async (cause: unknown) => {
    if (isClockSkewError(cause)) return createUpload();
    const details = { field: 'endpoint', params: { host: new URL(settings.endpoint).host } };
    if (timeout.aborted && !signal.aborted)
      throw failure('unreachable', { ...details, params: { ...details.params, why: 'silent' } }, cause);
    throw (await isPlainHttpToTls(cause, settings))
      ? failure('wrong-service', { ...details, params: { ...details.params, why: 'encrypted' } }, cause)
      : cause;
  });
  if (!uploadId)
    throw failure('wrong-service', { field: 'endpoint', params: { host: new URL(settings.endpoint).host } });
  await client.send(new AbortMultipartUploadCommand({ ...target, UploadId: uploadId }), { abortSignal: signal });
}

const checkFileName = 'hoist-check.txt';

/** The SDK does not correct a smaller difference. */
const minReportedSkewMinutes = 4;

/**
 * To a client that does not begin with a TLS handshake, a TLS server closes the connection, sends an alert or answers
 * with an error page.
 */
async function isPlainHttpToTls(cause: unknown, settings: S3Settings): Promise<boolean> {
  if (!settings.endpoint.startsWith('http:')) return false;
  const error = errorOf(cause, settings);
  const isSuspicious =
    error?.code === 'wrong-service' ||
    error?.code === 'rejected' ||
    (error?.code === 'unreachable' && (error.params?.why === undefined || error.params.why === 'cut'));
  return isSuspicious && (await supportsTls(new URL(settings.endpoint)));
}

const isClockSkewError = (cause: unknown): boolean => cause instanceof Error && cause.name === 'RequestTimeTooSkewed';

/** The sign-in reports its own errors. */
const errorOf: ProviderModule<S3Settings>['errorOf'] = (cause, settings) =>
  settings && (rejectedSettingError(cause, settings) ?? mapS3Error(cause, settings));

const connect: ProviderModule<S3Settings>['connect'] = (settings, ports) => createS3Driver(settings, ports);

export { connect, errorOf, s3SignIn as signIn, s3SignOut as signOut, suggestS3Values as suggest };
