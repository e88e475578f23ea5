/** The driver, loaded on first use together with the official client. */
import * as sdk from '@fal-ai/client';
import { AppFailure, failure } from '../../../src-shared/errors.ts';
import type { Checkpoint, Link, LinkOverride, Ref } from '../../../src-shared/upload.ts';
import { createTransport, type Transport } from '../network/transport.ts';
import { isStream, type Driver, type DriverPorts, type ProviderModule } from '../contract/provider.ts';
import { defaultHandlerOptions, type RequestHandlerOptions } from '../transfer/request-handler.ts';
import { AccountDefaults } from './account-defaults.ts';
import { createFalApi, type FalSdk } from './api.ts';
import { falErrorOf } from './errors.ts';
import { parseFalCheckpoint, parseFalRef, type FalRef } from './checkpoint.ts';
import { applyFalLinkOverride, type FalSettings } from './settings.ts';
import { requireRestricted, revokeFalLink } from './restrict-file.ts';
import { sizeAt, type FalStore } from './store.ts';
import { uploadStreamToFal } from './stream.ts';
import { EtagVerifier } from './etag-verifier.ts';
import { uploadToFal } from './upload.ts';
import { FalHttpClient, type FalHosts } from './http-client.ts';

export interface FalDriverOptions extends RequestHandlerOptions {
  /** ms before a failed request is retried */
  retryMs: number;
  /** In bytes, as in {@link FalStore}. */
  oneRequestBytes: number;
  partBytes: number;
  hosts: FalHosts;
  /** The packaged client. */
  sdk: FalSdk;
}

const MiB = 1024 * 1024;

/** The official client's threshold and part size. */
const defaultOptions: FalDriverOptions = {
  ...defaultHandlerOptions,
  retryMs: 150,
  oneRequestBytes: 90 * MiB,
  partBytes: 10 * MiB,
  hosts: {},
  sdk,
};

/** The number of attempts for a request. A check makes only one, because a user waits for it. */
const attempts = 3;
const checkAttempts = 1;

/** @param options for tests: shorter times, smaller parts, other hosts. @throws AppFailure provider-broken */
export function connectFal(settings: FalSettings, ports: DriverPorts, options: Partial<FalDriverOptions> = {}): Driver {
  const {
    retryMs,
    oneRequestBytes,
    partBytes,
    hosts,
    sdk: client,
    ...handlerOptions
  } = { ...defaultOptions, ...options };
  const ownTransport: Transport | undefined = ports.transport
    ? undefined
    : createTransport({ proxy: { kind: 'none' }, certificates: [] });
  const http = new FalHttpClient(ports.transport ?? ownTransport!, hosts, handlerOptions);
  const retry = { attempts, retryMs };
  const api = createFalApi(client, settings, { http, retry });
  const store: FalStore = {
    settings,
    ports,
    http,
    retry,
    etags: new EtagVerifier(),
    oneRequestBytes,
    partBytes,
    api,
    account: new AccountDefaults(api),
  };
  return {
    async check(signal) {
      await store.api.checkKey({ signal }, { attempts: checkAttempts, retryMs });
      return undefined;
    },
    async upload(transfer) {
      const { signal, onSlowDown } = transfer;
      const uploadStore = { ...store, settings: applyFalLinkOverride(settings, transfer.linkOverride) };
      const ref = await (isStream(transfer)
        ? uploadStreamToFal(uploadStore, transfer)
        : uploadToFal(uploadStore, transfer));
      await requireRestricted(uploadStore, ref, { signal, onSlowDown });
      return ref;
    },
    link: (ref, signal, linkOverride) => createLink(store, parseFalRef(ref), linkOverride, signal),
    async stat(ref, signal) {
      const size = await storedSizeOf(store, parseFalRef(ref), signal);
      return size === undefined ? undefined : { size };
    },
    revokeLink: (ref, signal) => revokeFalLink(store, parseFalRef(ref), { signal }),
    discard: (target, signal) => discard(store, target, signal),
    close() {
      ownTransport?.close();
    },
  };
}

/** The file's URL, or a signed link for a restricted file. A signed link expires no later than the file. */
async function createLink(
  { settings, ports, api }: FalStore,
  { file, expiresAt, restricted }: FalRef,
  linkOverride: LinkOverride | undefined,
  signal: AbortSignal,
): Promise<Link> {
  if (!restricted)
    return {
      url: file,
      ...(expiresAt === undefined ? { visibility: 'public' } : { visibility: 'expiring', expiresAt }),
    };
  const now = ports.now();
  const secondsLeft = expiresAt === undefined ? Infinity : Math.max(1, Math.floor((expiresAt - now) / 1000));
  const seconds = Math.min(linkOverride?.seconds ?? settings.linkDays * secondsPerDay, secondsLeft);
  const url = await api.signUrl(file, seconds, { signal });
  return { url, visibility: 'expiring', expiresAt: now + seconds * 1000, isSigned: true };
}

const secondsPerDay = 86_400;

/** Uses the restriction saved in the ref, because the settings may have changed since. */
const storedSizeOf = (
  store: FalStore,
  { file, restricted }: FalRef,
  signal: AbortSignal,
): Promise<number | undefined> =>
  sizeAt({ ...store, settings: { ...store.settings, access: restricted ? 'signed' : 'public' } }, file, { signal });

/**
 * Cleans up an upload. The service cannot delete a complete file, so this function hides the file, if the key has the
 * permission, and always throws `forbidden` with `noDelete`. An incomplete upload needs no clean-up: no URL opens it,
 * and the service deletes it when its upload URL expires.
 * @throws AppFailure forbidden
 */
async function discard(
  store: FalStore,
  target: { checkpoint: Checkpoint } | { ref: Ref },
  signal: AbortSignal,
): Promise<void> {
  const ref = 'ref' in target ? parseFalRef(target.ref) : undefined;
  const file = 'ref' in target ? ref?.file : parseFalCheckpoint(target.checkpoint).slot?.file;
  if (file === undefined) return;
  const size = ref ? await storedSizeOf(store, ref, signal) : await sizeAt(store, file, { signal });
  if (size === undefined) return;
  try {
    await revokeFalLink(store, { file, restricted: ref?.restricted }, { signal });
  } catch (cause) {
    if (!(cause instanceof AppFailure) || cause.error.code !== 'forbidden') throw cause;
  }
  throw failure('forbidden', { params: { why: 'noDelete' } });
}

export const falModule = {
  connect: (settings, ports) => connectFal(settings, ports),
  errorOf: falErrorOf,
} satisfies ProviderModule<FalSettings>;
