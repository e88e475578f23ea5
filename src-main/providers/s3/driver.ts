/** The driver behind the manifest. It imports the SDK, so Hoist loads it on first use. */
import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { AppFailure } from '../../../src-shared/errors.ts';
import type { Ref } from '../../../src-shared/upload.ts';
import { createComputer } from '../../platform/computer.ts';
import { createTransport, type Transport } from '../network/transport.ts';
import { timeLimits } from '../network/time-limits.ts';
import { defaultKeyBuilder } from '../keys/object-key.ts';
import {
  isStream,
  type DiscardTarget,
  type Driver,
  type DriverPorts,
  type ProviderModule,
} from '../contract/provider.ts';
import { supportedChecksumKind } from '../transfer/checksum.ts';
import { FilePartHandler, defaultHandlerOptions, type RequestHandlerOptions } from '../transfer/request-handler.ts';
import { checkFileName, checkS3Destination } from './check-destination.ts';
import { createS3Client } from './client.ts';
import { createCredentialSource } from './credential-source.ts';
import { discardS3Checkpoint, discardS3Ref } from './discard.ts';
import { applyAwsProfile } from './apply-aws-profile.ts';
import { explainPlainHttp } from './plain-http.ts';
import { createS3Link } from './links.ts';
import { explainS3Error } from './rejected-setting.ts';
import { moveToRegion } from './bucket-region.ts';
import type { S3Settings } from './settings.ts';
import { readS3Checkpoint, readS3Ref, type S3Ref } from './records.ts';
import { sdkErrorStatus } from './sdk-error.ts';
import type { S3Store } from './store.ts';
import { formatStoreFeatures, storeFeaturesKey } from './measured-features.ts';
import { measureStoreFeatures } from './store-features.ts';
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

/** How often the client for uploads sends a request at most. */
const attempts = 3;
/** A check sends each request once, because the user waits for the result. */
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
  const createCheckClient = (checkSettings: S3Settings): S3Client =>
    createS3Client(checkSettings, { credentials, handler, attempts: checkAttempts, retryMs });
  const checkClient = createCheckClient(settings);
  // This client only signs links. It is separate, so that the links do not contain headers of the other clients.
  const linkClient = createS3Client(settings, { credentials, attempts: checkAttempts, retryMs });
  const store: S3Store = {
    settings,
    ports,
    handler,
    client,
    uncertainWrites: new Set(),
    reservedKeys: new Set(),
    recheckDelaysMs,
    supportsConditionalWrites: settings.store.condition !== 'none',
    checksum: supportedChecksumKind(settings.store.checksum),
  };

  const readRefAndRegion = (ref: Ref): S3Ref => {
    const parsed = readS3Ref(ref);
    // Signing a link sends no request that could detect the region again, so the region is taken from the reference.
    if (settings.isRegionGuessed && parsed.region !== undefined) moveToRegion(settings, parsed.region);
    return parsed;
  };

  let savedRegion: string | undefined;
  /** Saves the region that the work detected, so that the next process does not have to detect it again. */
  const saveRegionAfter = async <T>(work: Promise<T>): Promise<T> => {
    const result = await work;
    const { detectedRegion: region } = settings;
    if (region === undefined || region === savedRegion) return result;
    savedRegion = region;
    try {
      await ports.saveRenewed?.({ region });
    } catch (cause) {
      // If saving fails, for example because the disk is full, the work has still succeeded. The next process detects
      // the region again.
      if (!(cause instanceof AppFailure)) throw cause;
    }
    return result;
  };

  const explainFailure = async <T>(upload: Promise<T>): Promise<T> => {
    try {
      return await upload;
    } catch (cause) {
      throw await explainPlainHttp(cause, settings);
    }
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
      // Before the time limit of the request starts: the user may need longer to answer a question.
      else await credentials.provider();
      return saveRegionAfter(
        checkS3Destination(
          store,
          { client: checkClient, createClient: createCheckClient, checkMs, keyBuilder },
          signal,
        ),
      );
    },
    async upload(transfer) {
      if (!isStream(transfer)) return saveRegionAfter(explainFailure(uploadS3File(store, transfer)));
      // A stream cannot be resumed. Removes the data of an earlier attempt while its checkpoint still exists.
      if (transfer.checkpoint !== undefined)
        await discardS3Checkpoint(store, readS3Checkpoint(transfer.checkpoint), transfer.signal);
      return saveRegionAfter(explainFailure(uploadS3Stream(store, transfer)));
    },
    async measure(ref, content, signal) {
      const features = await measureStoreFeatures(store, checkClient, { ref: readRefAndRegion(ref), content }, signal);
      await ports.saveRenewed?.({ [storeFeaturesKey]: formatStoreFeatures(features) });
    },
    async stat(ref, signal) {
      const { bucket, key, versionId } = readRefAndRegion(ref);
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
      createS3Link(linkClient, settings, readRefAndRegion(ref), {
        now: ports.now(),
        clockOffset: client.config.systemClockOffset,
        credentialExpiry: () => credentials.expiry(),
        linkOverride,
      }),
    discard: async (target, signal) =>
      'ref' in target
        ? discardS3Ref(store, { ...readRefAndRegion(target.ref), ...contentOf(target) }, signal)
        : discardS3Checkpoint(store, { ...readS3Checkpoint(target.checkpoint), ...contentOf(target) }, signal),
    close() {
      credentials.close();
      for (const s3Client of [client, checkClient, linkClient]) s3Client.destroy();
      ownTransport?.close();
    },
  };
}

export const s3Module = {
  connect: (settings, ports) => createS3Driver(settings, ports),
  // Without settings, the error comes from a sign-in. A sign-in throws AppFailures, which need no explanation.
  errorOf: (cause, settings) => settings && explainS3Error(cause, settings),
  suggest: suggestS3Values,
  signIn: s3SignIn,
  signOut: s3SignOut,
} satisfies ProviderModule<S3Settings>;

const contentOf = ({ uniqueContent }: DiscardTarget): Pick<DiscardTarget, 'uniqueContent'> =>
  uniqueContent ? { uniqueContent } : {};
