/** The code behind the manifest, loaded on first use: it brings the official client with it. */
import * as sdk from '@fal-ai/client';
import { failure } from '../../../src-shared/errors.ts';
import type { Checkpoint, Link, LinkWish, Ref } from '../../../src-shared/upload.ts';
import { openWay, type Way } from '../network.ts';
import { isStream, type Driver, type DriverPorts, type ProviderModule } from '../provider.ts';
import { handlerDefaults, type HandlerOptions } from '../sending/request-handler.ts';
import { clientOf, type FalPackage } from './client.ts';
import { errorOf } from './errors.ts';
import { readCheckpoint, readRef, type FalRef } from './records.ts';
import { withWish, type FalSettings } from './settings.ts';
import { sizeAt, type FalStore } from './store.ts';
import { uploadStream } from './stream.ts';
import { Tags } from './tags.ts';
import { upload } from './upload.ts';
import { Wire, type Hosts } from './wire.ts';

export interface Tuning extends HandlerOptions {
  /** ms before a failed request is sent again */
  retryMs: number;
  /** bytes; see {@link FalStore} */
  oneRequestBytes: number;
  partBytes: number;
  hosts: Hosts;
  /** The client as it was packaged. */
  sdk: FalPackage;
}

const MiB = 1024 * 1024;

/** The threshold and the part size of the official client. */
const usual: Tuning = {
  ...handlerDefaults,
  retryMs: 150,
  oneRequestBytes: 90 * MiB,
  partBytes: 10 * MiB,
  hosts: {},
  sdk,
};

/** Attempts of one request; and of a check, where a person waits for the answer. */
const attempts = 3;
const checkAttempts = 1;

/** @param tuning for tests: shorter times, smaller parts, other hosts. @throws AppFailure provider-broken */
export function connectWith(settings: FalSettings, ports: DriverPorts, tuning: Partial<Tuning> = {}): Driver {
  const { retryMs, oneRequestBytes, partBytes, hosts, sdk: client, ...options } = { ...usual, ...tuning };
  const own: Way | undefined = ports.way ? undefined : openWay({ proxy: { kind: 'none' }, certificates: [] });
  const wire = new Wire(ports.way ?? own!, hosts, options);
  const patience = { attempts, retryMs };
  const store: FalStore = {
    settings,
    ports,
    wire,
    patience,
    tags: new Tags(),
    oneRequestBytes,
    partBytes,
    calls: clientOf(client, settings, { wire, patience }),
  };
  return {
    async check(signal) {
      await store.calls.signIn({ signal }, { attempts: checkAttempts, retryMs });
      return undefined;
    },
    async upload(transfer) {
      const its = { ...store, settings: withWish(settings, transfer.link) };
      return isStream(transfer) ? uploadStream(its, transfer) : upload(its, transfer);
    },
    link: (ref, signal, wish) => linkOf(store, readRef(ref), wish, signal),
    async stat(ref, signal) {
      const size = await sizeOf(store, readRef(ref), signal);
      return size === undefined ? undefined : { size };
    },
    discard: (what, signal) => discard(store, what, signal),
    close() {
      own?.close();
    },
  };
}

async function linkOf(
  { settings, ports, calls }: FalStore,
  { file, expiresAt, restricted }: FalRef,
  wish: LinkWish | undefined,
  signal: AbortSignal,
): Promise<Link> {
  if (!restricted)
    return {
      url: file,
      ...(expiresAt === undefined ? { visibility: 'public' } : { visibility: 'expiring', expiresAt }),
    };
  const now = ports.now();
  const left = expiresAt === undefined ? Infinity : Math.max(1, Math.floor((expiresAt - now) / 1000));
  const seconds = Math.min(wish?.seconds ?? settings.linkDays * secondsADay, left);
  return { url: await calls.sign(file, seconds, { signal }), visibility: 'expiring', expiresAt: now + seconds * 1000 };
}

const secondsADay = 86_400;

/** As it was stored, whatever the settings say now. */
const sizeOf = (store: FalStore, { file, restricted }: FalRef, signal: AbortSignal): Promise<number | undefined> =>
  sizeAt({ ...store, settings: { ...store.settings, access: restricted ? 'signed' : 'public' } }, file, { signal });

/**
 * The service has no way to take a file back. What is not whole is nobody's: it has no address that opens, and the service
 * drops it when its signed address ends. What is whole stays, and that is said.
 * @throws AppFailure forbidden
 */
async function discard(
  store: FalStore,
  what: { checkpoint: Checkpoint } | { ref: Ref },
  signal: AbortSignal,
): Promise<void> {
  const file = 'ref' in what ? undefined : readCheckpoint(what.checkpoint).slot?.file;
  const size =
    'ref' in what ? await sizeOf(store, readRef(what.ref), signal) : file && (await sizeAt(store, file, { signal }));
  if (typeof size === 'number') throw failure('forbidden', { params: { why: 'noDelete' } });
}

const connect: ProviderModule<FalSettings>['connect'] = (settings, ports) => connectWith(settings, ports);

export { connect, errorOf };
