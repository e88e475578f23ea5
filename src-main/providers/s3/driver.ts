/** The code behind the manifest, loaded on first use: it brings the SDK with it. */
import { AbortMultipartUploadCommand, CreateMultipartUploadCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { failure } from '../../../src-shared/errors.ts';
import { isStream, type Driver, type DriverPorts, type ProviderModule } from '../provider.ts';
import { makeClient } from './client.ts';
import { contentHeaders } from './content-headers.ts';
import { discardCheckpoint, discardRef } from './discard.ts';
import { errorOf } from './errors.ts';
import { makeKey } from './keys.ts';
import { makeLink } from './links.ts';
import { FilePartHandler, handlerDefaults, type HandlerOptions } from './request-handler.ts';
import type { S3Settings } from './settings.ts';
import { readCheckpoint, readRef, statusOf, type S3Store } from './store.ts';
import { uploadStream } from './stream.ts';
import { upload } from './upload.ts';

// The SDK tells developers on stderr which Node its next versions need; users of the command line cannot act on that.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

export interface Tuning extends HandlerOptions {
  /** ms before a failed request is sent again */
  retryMs: number;
  /** ms; see {@link S3Store} */
  lookAgainMs: readonly number[];
}

const usual: Tuning = { ...handlerDefaults, retryMs: 150, lookAgainMs: [150, 350, 1000] };

/** Attempts of one request; and of a check, where a person waits for the answer. */
const attempts = 3;
const checkAttempts = 1;

/** @param tuning for tests: shorter times, further certificates */
export function connectWith(settings: S3Settings, ports: DriverPorts, tuning: Partial<Tuning> = {}): Driver {
  const { retryMs, lookAgainMs, ...options } = { ...usual, ...tuning };
  const handler = new FilePartHandler(options);
  const client = makeClient(settings, { handler, attempts, retryMs });
  const checkClient = makeClient(settings, { handler, attempts: checkAttempts, retryMs });
  // Nothing is sent through it: what the other clients' requests carry must not get into a link.
  const linkClient = makeClient(settings, { attempts: checkAttempts, retryMs });
  const store: S3Store = { settings, ports, handler, client, doubts: new Set(), lookAgainMs, knowsConditions: true };

  return {
    check: (signal) => check(store, checkClient, signal),
    async upload(transfer) {
      if (!isStream(transfer)) return upload(store, transfer);
      // A stream cannot be read again; what an earlier attempt left goes first, because its checkpoint will be overwritten.
      if (transfer.checkpoint !== undefined) await discardCheckpoint(store, readCheckpoint(transfer.checkpoint), transfer.signal);
      return uploadStream(store, transfer);
    },
    async stat(ref, signal) {
      const { bucket, key, versionId } = readRef(ref);
      try {
        const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ...(versionId === undefined ? {} : { VersionId: versionId }) }), { abortSignal: signal });
        return { size: head.ContentLength ?? 0 };
      } catch (cause) {
        if (statusOf(cause) !== 404) throw cause;
        return undefined;
      }
    },
    link: async (ref) => makeLink(linkClient, settings, readRef(ref), { now: ports.now(), clockOffset: client.config.systemClockOffset }),
    discard: async (what, signal) => ('ref' in what ? discardRef(store, readRef(what.ref), signal) : discardCheckpoint(store, readCheckpoint(what.checkpoint), signal)),
    close() {
      for (const one of [client, checkClient, linkClient]) one.destroy();
      handler.destroy();
    },
  };
}

/**
 * An upload that is begun and given up at once needs the same rights as a real one, the ACL included, and leaves no
 * object, no version and no event.
 */
async function check({ settings, ports }: S3Store, client: S3Client, signal: AbortSignal): Promise<void> {
  const name = 'hoist-check.txt';
  const where = { Bucket: settings.bucket, Key: makeKey({ name, prefix: settings.prefix, now: ports.now(), randomBytes: (count) => ports.randomBytes(count) }) };
  const headers = { ...contentHeaders(name, 'text/plain'), ...(settings.acl ? { ACL: 'public-read' as const } : {}) };
  const begin = () => client.send(new CreateMultipartUploadCommand({ ...where, ...headers }), { abortSignal: signal });
  // By then the client knows how far the clock is off.
  const { UploadId: uploadId } = await begin().catch((cause: unknown) => { if (isSkewed(cause)) return begin(); throw cause; });
  if (!uploadId) throw failure('not-s3', { field: 'endpoint', params: { host: new URL(settings.endpoint).host } });
  await client.send(new AbortMultipartUploadCommand({ ...where, UploadId: uploadId }), { abortSignal: signal });
}

const isSkewed = (cause: unknown): boolean => cause instanceof Error && cause.name === 'RequestTimeTooSkewed';

const connect: ProviderModule<S3Settings>['connect'] = (settings, ports) => connectWith(settings, ports);

export { connect, errorOf };
