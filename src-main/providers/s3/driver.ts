/** The code behind the manifest, loaded on first use: it brings the SDK with it. */
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { AppFailure, failure, type AppError } from '../../../src-shared/errors.ts';
import type { Ref } from '../../../src-shared/upload.ts';
import { computerWith } from '../../platform/computer.ts';
import { openWay, type Way } from '../network.ts';
import { speaksTls } from '../speaks-tls.ts';
import { timeLimits } from '../time-limits.ts';
import { usualPlace } from '../place.ts';
import { isStream, type Driver, type DriverPorts, type Place, type ProviderModule } from '../provider.ts';
import { keyIn, pathBytes } from '../claim.ts';
import { FilePartHandler, handlerDefaults, type HandlerOptions } from '../sending/request-handler.ts';
import { makeClient } from './client.ts';
import { credentialsOf } from './credentials.ts';
import { discardCheckpoint, discardRef } from './discard.ts';
import { errorOf as meaningOf } from './errors.ts';
import { fillIn } from './fill-in.ts';
import { objectHeaders } from './job.ts';
import { makeLink } from './links.ts';
import { aclRefusal, refusalOf } from './refusals.ts';
import { moveTo } from './region.ts';
import type { S3Settings } from './settings.ts';
import { readCheckpoint, readRef, statusOf, type S3Ref, type S3Store } from './store.ts';
import { uploadStream } from './stream.ts';
import { signIn } from './sign-in.ts';
import { signOut } from './sign-out.ts';
import { suggest } from './suggest.ts';
import { upload } from './upload.ts';

// The SDK tells developers on stderr which Node its next versions need; users of the command line cannot act on that.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

export interface Tuning extends HandlerOptions {
  /** ms before a failed request is sent again */
  retryMs: number;
  /** ms; see {@link S3Store} */
  lookAgainMs: readonly number[];
  /** PEM certificates that are trusted besides Node's own, where nobody gives a way through the network. */
  certificates: string[];
  /** ms that the first answer of a check may take: a person waits for it */
  checkMs: number;
}

const usual: Tuning = {
  ...handlerDefaults,
  retryMs: 150,
  lookAgainMs: [150, 350, 1000],
  certificates: [],
  checkMs: timeLimits.checkMs,
};

/** Attempts of one request; and of a check, where a person waits for the answer. */
const attempts = 3;
const checkAttempts = 1;

/** @param tuning for tests: shorter times, further certificates */
export function connectWith(settings: S3Settings, ports: DriverPorts, tuning: Partial<Tuning> = {}): Driver {
  const { retryMs, lookAgainMs, certificates, checkMs, ...options } = { ...usual, ...tuning };
  const computer = computerWith(process.env);
  fillIn(settings, computer);
  const own: Way | undefined = ports.way ? undefined : openWay({ proxy: { kind: 'none' }, certificates });
  const way = ports.way ?? own!;
  const handler = new FilePartHandler(way, options);
  const credentials = credentialsOf(settings, { computer, way, ports });
  const client = makeClient(settings, { credentials, handler, attempts, retryMs });
  const checkClient = makeClient(settings, { credentials, handler, attempts: checkAttempts, retryMs });
  // Nothing is sent through it: what the other clients' requests carry must not get into a link.
  const linkClient = makeClient(settings, { credentials, attempts: checkAttempts, retryMs });
  const store: S3Store = {
    settings,
    ports,
    handler,
    client,
    doubts: new Set(),
    claimed: new Set(),
    lookAgainMs,
    knowsConditions: true,
  };

  const known = (ref: Ref): S3Ref => {
    const its = readRef(ref);
    // An address is signed without asking the store; what it once said of the region still holds.
    if (settings.isRegionOpen && its.region !== undefined) moveTo(settings, its.region);
    return its;
  };

  let keptRegion: string | undefined;
  /** So that the next process is not sent around. */
  const keepingRegion = async <T>(work: Promise<T>): Promise<T> => {
    const done = await work;
    const { foundRegion: region } = settings;
    if (region === undefined || region === keptRegion) return done;
    keptRegion = region;
    try {
      await ports.keep?.({ region });
    } catch (cause) {
      // A full disk: it is found again the next time, and what was sent is there.
      if (!(cause instanceof AppFailure)) throw cause;
    }
    return done;
  };

  return {
    async check(signal, { place = usualPlace({ name: checkName, size: 0 }, ports, signal), asking = 'person' } = {}) {
      if (asking === 'nobody') await credentials.unasked?.();
      return keepingRegion(check(store, { client: checkClient, checkMs, place }, signal));
    },
    async upload(transfer) {
      if (!isStream(transfer)) return keepingRegion(upload(store, transfer));
      // A stream cannot be read again; what an earlier attempt left goes first, because its checkpoint will be overwritten.
      if (transfer.checkpoint !== undefined)
        await discardCheckpoint(store, readCheckpoint(transfer.checkpoint), transfer.signal);
      return keepingRegion(uploadStream(store, transfer));
    },
    async stat(ref, signal) {
      const { bucket, key, versionId } = known(ref);
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
        if (statusOf(cause) !== 404) throw cause;
        return undefined;
      }
    },
    link: async (ref, _, wish) =>
      makeLink(linkClient, settings, known(ref), {
        now: ports.now(),
        clockOffset: client.config.systemClockOffset,
        end: () => credentials.end(),
        wish,
      }),
    discard: async (what, signal) =>
      'ref' in what
        ? discardRef(store, known(what.ref), signal)
        : discardCheckpoint(store, readCheckpoint(what.checkpoint), signal),
    close() {
      credentials.close();
      for (const one of [client, checkClient, linkClient]) one.destroy();
      own?.close();
    },
  };
}

/**
 * An upload that is begun and given up at once needs the same rights as a real one, the ACL included, and leaves no
 * object, no version and no event.
 */
async function check(store: S3Store, how: Check, signal: AbortSignal): Promise<AppError | undefined> {
  const { settings } = store;
  const { ACL, ...headers } = objectHeaders(settings, { name: checkName, contentType: 'text/plain' });
  try {
    await beginAndGiveUp(store, { ...how, headers: { ...headers, ...(ACL === undefined ? {} : { ACL }) } }, signal);
  } catch (cause) {
    // Is it the ACL that is not allowed, or not known, or everything?
    if (ACL === undefined || ![400, 403, 501].includes(statusOf(cause) ?? 0)) throw cause;
    if (await works(() => beginAndGiveUp(store, { ...how, headers }, signal)))
      throw new AppFailure(aclRefusal(settings), { cause });
    // Without it, the same: it is not to blame.
    const { acl: _, ...others } = settings;
    const error = errorOf(cause, others);
    throw error ? new AppFailure(error, { cause }) : cause;
  }
  if (settings.foundRegion !== undefined)
    return {
      code: 'wrong-region',
      field: 'region',
      params: { bucket: settings.bucket, region: settings.foundRegion, why: 'found' },
    };
  const minutes = Math.round(Math.abs(how.client.config.systemClockOffset) / 60_000);
  // Everything is signed with the store's time then; whatever else looks at this clock is wrong.
  return minutes < tellMinutes ? undefined : { code: 'clock-skewed', params: { minutes, why: 'works' } };
}

interface Check {
  client: S3Client;
  checkMs: number;
  place: Place;
}

async function works(act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (cause) {
    if (statusOf(cause) === undefined) throw cause;
    return false;
  }
}

async function beginAndGiveUp(
  { settings }: S3Store,
  { client, checkMs, place, headers }: Check & { headers: ReturnType<typeof objectHeaders> },
  signal: AbortSignal,
): Promise<void> {
  const where = {
    Bucket: settings.bucket,
    Key: keyIn(settings.prefix, await place.path(1, pathBytes(settings.prefix))),
  };
  const late = AbortSignal.timeout(checkMs);
  const begin = () =>
    client.send(new CreateMultipartUploadCommand({ ...where, ...headers }), {
      abortSignal: AbortSignal.any([signal, late]),
    });
  // By then the client knows how far the clock is off.
  const { UploadId: uploadId } = await begin().catch(async (cause: unknown) => {
    if (isSkewed(cause)) return begin();
    const at = { field: 'endpoint', params: { host: new URL(settings.endpoint).host } };
    if (late.aborted && !signal.aborted)
      throw failure('unreachable', { ...at, params: { ...at.params, why: 'silent' } }, cause);
    throw (await isHttpToTls(cause, settings))
      ? failure('wrong-service', { ...at, params: { ...at.params, why: 'encrypted' } }, cause)
      : cause;
  });
  if (!uploadId)
    throw failure('wrong-service', { field: 'endpoint', params: { host: new URL(settings.endpoint).host } });
  await client.send(new AbortMultipartUploadCommand({ ...where, UploadId: uploadId }), { abortSignal: signal });
}

const checkName = 'hoist-check.txt';

/** The SDK does not correct less than this. */
const tellMinutes = 4;

/** Whoever does not begin with a handshake is hung up on, or gets an alert, or a page that says so. */
async function isHttpToTls(cause: unknown, settings: S3Settings): Promise<boolean> {
  if (!settings.endpoint.startsWith('http:')) return false;
  const error = errorOf(cause, settings);
  const isOdd =
    error?.code === 'wrong-service' ||
    error?.code === 'rejected' ||
    (error?.code === 'unreachable' && (error.params?.why === undefined || error.params.why === 'cut'));
  return isOdd && (await speaksTls(new URL(settings.endpoint)));
}

const isSkewed = (cause: unknown): boolean => cause instanceof Error && cause.name === 'RequestTimeTooSkewed';

/** A sign-in says itself what went wrong. */
const errorOf: ProviderModule<S3Settings>['errorOf'] = (cause, settings) =>
  settings && (refusalOf(cause, settings) ?? meaningOf(cause, settings));

const connect: ProviderModule<S3Settings>['connect'] = (settings, ports) => connectWith(settings, ports);

export { connect, errorOf, signIn, signOut, suggest };
