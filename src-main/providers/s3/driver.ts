/** The code behind the manifest, loaded on first use: it brings the SDK with it. */
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
import { mapS3Error as meaningOf } from './errors.ts';
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

// The SDK tells developers on stderr which Node its next versions need; users of the command line cannot act on that.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

export interface S3DriverOptions extends RequestHandlerOptions {
  /** ms before a failed request is sent again */
  retryMs: number;
  /** ms; see {@link S3Store} */
  recheckDelaysMs: readonly number[];
  /** PEM certificates that are trusted besides Node's own, where nobody gives a way through the network. */
  certificates: string[];
  /** ms that the first answer of a check may take: a person waits for it */
  checkMs: number;
}

const defaultOptions: S3DriverOptions = {
  ...defaultHandlerOptions,
  retryMs: 150,
  recheckDelaysMs: [150, 350, 1000],
  certificates: [],
  checkMs: timeLimits.checkMs,
};

/** Attempts of one request; and of a check, where a person waits for the answer. */
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
  // Nothing is sent through it: what the other clients' requests carry must not get into a link.
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
    // An address is signed without asking the store; what it once said of the region still holds.
    if (settings.isRegionGuessed && parsed.region !== undefined) moveToRegion(settings, parsed.region);
    return parsed;
  };

  let savedRegion: string | undefined;
  /** So that the next process is not sent around. */
  const savingRegion = async <T>(work: Promise<T>): Promise<T> => {
    const result = await work;
    const { detectedRegion: region } = settings;
    if (region === undefined || region === savedRegion) return result;
    savedRegion = region;
    try {
      await ports.saveRenewed?.({ region });
    } catch (cause) {
      // A full disk: it is found again the next time, and what was sent is there.
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
      // A stream cannot be read again; what an earlier attempt left goes first, because its checkpoint will be overwritten.
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
    discard: async (what, signal) =>
      'ref' in what
        ? discardS3Ref(store, readKnownRef(what.ref), signal)
        : discardS3Checkpoint(store, readS3Checkpoint(what.checkpoint), signal),
    close() {
      credentials.close();
      for (const s3Client of [client, checkClient, linkClient]) s3Client.destroy();
      ownTransport?.close();
    },
  };
}

/**
 * An upload that is begun and given up at once needs the same rights as a real one, the ACL included, and leaves no
 * object, no version and no event.
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
    // Is it the ACL that is not allowed, or not known, or everything?
    if (ACL === undefined || ![400, 403, 501].includes(sdkErrorStatus(cause) ?? 0)) throw cause;
    if (await succeeds(() => createAndAbortUpload(store, { ...options, headers }, signal)))
      throw new AppFailure(aclRejectedError(settings), { cause });
    // Without it, the same: it is not to blame.
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
  // Everything is signed with the store's time then; whatever else looks at this clock is wrong.
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
  // By then the client knows how far the clock is off.
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

/** The SDK does not correct less than this. */
const minReportedSkewMinutes = 4;

/** Whoever does not begin with a handshake is hung up on, or gets an alert, or a page that says so. */
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

/** A sign-in says itself what went wrong. */
const errorOf: ProviderModule<S3Settings>['errorOf'] = (cause, settings) =>
  settings && (rejectedSettingError(cause, settings) ?? meaningOf(cause, settings));

const connect: ProviderModule<S3Settings>['connect'] = (settings, ports) => createS3Driver(settings, ports);

export { connect, errorOf, s3SignIn as signIn, s3SignOut as signOut, suggestS3Values as suggest };
