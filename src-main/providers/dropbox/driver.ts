/** The driver, loaded on first use together with the SDK. */
import type { Dropbox } from 'dropbox';
import { failure, type AppError } from '../../../src-shared/errors.ts';
import { createTransport, type Transport } from '../network/transport.ts';
import { isStream, type Driver, type DriverPorts, type ProviderModule } from '../contract/provider.ts';
import { FilePartHandler, defaultHandlerOptions, type RequestHandlerOptions } from '../transfer/request-handler.ts';
import { DropboxClientFactory } from './client-factory.ts';
import { discardDropboxCheckpoint, discardDropboxRef } from './discard.ts';
import { dropboxErrorOf } from './errors.ts';
import { createDropboxLink } from './links.ts';
import { dropboxHosts, type DropboxHosts, type DropboxRetryOptions } from './send-request.ts';
import type { DropboxSettings } from './settings.ts';
import { signInToDropbox } from './sign-in.ts';
import { signOutOfDropbox } from './sign-out.ts';
import { ensureSpace } from './space.ts';
import { fileAt, unexpectedResponse } from './file-metadata.ts';
import { parseDropboxCheckpoint, parseDropboxRef, type DropboxStore } from './store.ts';
import { uploadStreamToDropbox } from './stream.ts';
import { uploadToDropbox } from './upload.ts';

export interface DropboxDriverOptions
  extends
    RequestHandlerOptions,
    DropboxRetryOptions,
    Pick<DropboxStore, 'partBytes' | 'minConcurrentParts' | 'recheckDelaysMs' | 'busyRetryMs'> {
  hosts: DropboxHosts;
  /** Time limit in ms for a check. Short, because a user waits for it. */
  checkTimeoutMs: number;
}

const defaultOptions: DropboxDriverOptions = {
  ...defaultHandlerOptions,
  attempts: 3,
  retryMs: 150,
  partBytes: 16 * 1024 * 1024,
  minConcurrentParts: 4,
  recheckDelaysMs: [150, 350, 1000],
  busyRetryMs: 300,
  hosts: dropboxHosts,
  checkTimeoutMs: 20_000,
};

/** @param options for tests: another address, smaller parts, shorter times */
export function connectDropbox(
  settings: DropboxSettings,
  ports: DriverPorts,
  options: Partial<DropboxDriverOptions> = {},
): Driver {
  const {
    attempts,
    retryMs,
    partBytes,
    minConcurrentParts,
    recheckDelaysMs,
    busyRetryMs,
    hosts,
    checkTimeoutMs,
    ...handlerOptions
  } = {
    ...defaultOptions,
    ...options,
  };
  const ownTransport: Transport | undefined = ports.transport
    ? undefined
    : createTransport({ proxy: { kind: 'none' }, certificates: [] });
  const handler = new FilePartHandler(ports.transport ?? ownTransport!, handlerOptions);
  const clientFactory = new DropboxClientFactory({
    credentials: settings.credentials,
    handler,
    hosts,
    retry: { attempts, retryMs },
    now: ports.now,
  });
  const store: DropboxStore = {
    settings,
    ports,
    handler,
    clientFactory,
    partBytes,
    minConcurrentParts,
    recheckDelaysMs,
    busyRetryMs,
    uncertainWrites: new Set(),
    reservedPaths: new Set(),
  };
  return {
    check: (signal) => check(store, checkTimeoutMs, signal),
    async upload(transfer) {
      if (transfer.linkOverride?.kind === 'expiring') await requirePaidPlan(clientFactory.create(transfer));
      if (!isStream(transfer)) return uploadToDropbox(store, transfer);
      // A stream cannot be read again, so the upload starts from zero. Deletes the data of the earlier attempt before
      // its checkpoint is overwritten.
      if (transfer.checkpoint !== undefined)
        await discardDropboxCheckpoint(
          store,
          clientFactory.create(transfer),
          parseDropboxCheckpoint(transfer.checkpoint),
          transfer.signal,
        );
      return uploadStreamToDropbox(store, transfer);
    },
    async stat(ref, signal) {
      const existing = await fileAt(clientFactory.create({ signal }), parseDropboxRef(ref).id);
      return typeof existing === 'object' ? { size: existing.size } : undefined;
    },
    link: (ref, signal, linkOverride) =>
      createDropboxLink(clientFactory.create({ signal }), parseDropboxRef(ref).id, settings, {
        now: ports.now(),
        linkOverride,
      }),
    discard: async (target, signal) =>
      'ref' in target
        ? discardDropboxRef(clientFactory.create({ signal }), parseDropboxRef(target.ref))
        : discardDropboxCheckpoint(
            store,
            clientFactory.create({ signal }),
            parseDropboxCheckpoint(target.checkpoint),
            signal,
          ),
    close() {
      clientFactory.close();
      ownTransport?.close();
    },
  };
}

/**
 * Starts an upload session, which needs the same permission as an upload and creates no visible file.
 * @returns the warning `session-expired` with `why: 'soon'` for an access token, which is valid for only four hours
 */
async function check(
  { clientFactory, settings }: DropboxStore,
  checkTimeoutMs: number,
  signal: AbortSignal,
): Promise<AppError | undefined> {
  const timeout = AbortSignal.timeout(checkTimeoutMs);
  const client = clientFactory.create({ signal: AbortSignal.any([signal, timeout]), attempts: 1 });
  try {
    const { result } = await client.filesUploadSessionStart({ contents: '' });
    if (typeof result?.session_id !== 'string') throw unexpectedResponse();
    // Throws if the account is full.
    await ensureSpace(client, 1);
    const field = linkOptionField(settings);
    if (field !== undefined) await requirePaidPlan(client, field);
  } catch (cause) {
    if (timeout.aborted && !signal.aborted)
      throw failure('unreachable', { params: { of: 'dropbox', host: 'Dropbox', why: 'silent' } }, cause);
    throw cause;
  }
  // Tokens of old apps do not expire and have another prefix.
  const isShortLived = settings.credentials.kind === 'access' && settings.credentials.accessToken.startsWith('sl.');
  return isShortLived
    ? { code: 'session-expired', field: 'account', params: { of: 'dropbox', why: 'soon' } }
    : undefined;
}

/** The field of a link option that not every plan has; undefined if no such option is set. */
function linkOptionField({
  linkDays,
  linkPassword,
}: Pick<DropboxSettings, 'linkDays' | 'linkPassword'>): 'linkDays' | 'linkPassword' | undefined {
  if (linkDays !== undefined) return 'linkDays';
  return linkPassword === undefined ? undefined : 'linkPassword';
}

/**
 * Throws if the account's plan has no links that expire or need a password. Called before an upload, so that the user
 * does not learn it only when the link is created.
 * @param field the setting that needs a paid plan; absent if the user chose the link kind for a single upload
 */
async function requirePaidPlan(client: Dropbox, field?: string): Promise<void> {
  const { result } = await client.usersGetCurrentAccount();
  if (result.account_type['.tag'] === 'basic')
    throw failure('rejected', { ...(field === undefined ? {} : { field }), params: { of: 'dropbox', why: 'plan' } });
}

export const dropboxModule = {
  connect: (settings, ports) => connectDropbox(settings, ports),
  errorOf: dropboxErrorOf,
  signIn: signInToDropbox,
  signOut: signOutOfDropbox,
} satisfies ProviderModule<DropboxSettings>;
