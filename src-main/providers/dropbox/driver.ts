/** The code behind the manifest, loaded on first use: it brings the SDK with it. */
import type { Dropbox } from 'dropbox';
import { failure, type AppError } from '../../../src-shared/errors.ts';
import { openWay, type Way } from '../network.ts';
import { isStream, type Driver, type DriverPorts, type ProviderModule } from '../provider.ts';
import { FilePartHandler, handlerDefaults, type HandlerOptions } from '../sending/request-handler.ts';
import { Clients } from './client.ts';
import { discardCheckpoint, discardRef } from './discard.ts';
import { errorOf } from './errors.ts';
import { makeLink } from './links.ts';
import { dropboxHosts, type Hosts, type Patience } from './send.ts';
import type { DropboxSettings } from './settings.ts';
import { signIn } from './sign-in.ts';
import { signOut } from './sign-out.ts';
import { refuseFull } from './space.ts';
import { fileAt, oddAnswer } from './stored.ts';
import { readCheckpoint, readRef, type DropboxStore } from './store.ts';
import { uploadStream } from './stream.ts';
import { upload } from './upload.ts';

export interface Tuning
  extends HandlerOptions, Patience, Pick<DropboxStore, 'partBytes' | 'concurrentFrom' | 'lookAgainMs' | 'busyMs'> {
  hosts: Hosts;
  /** ms that the first answer of a check may take: a person waits for it */
  checkMs: number;
}

const usual: Tuning = {
  ...handlerDefaults,
  attempts: 3,
  retryMs: 150,
  partBytes: 16 * 1024 * 1024,
  concurrentFrom: 4,
  lookAgainMs: [150, 350, 1000],
  busyMs: 300,
  hosts: dropboxHosts,
  checkMs: 20_000,
};

/** @param tuning for tests: another address, smaller parts, shorter times */
export function connectWith(settings: DropboxSettings, ports: DriverPorts, tuning: Partial<Tuning> = {}): Driver {
  const { attempts, retryMs, partBytes, concurrentFrom, lookAgainMs, busyMs, hosts, checkMs, ...options } = {
    ...usual,
    ...tuning,
  };
  const own: Way | undefined = ports.way ? undefined : openWay({ proxy: { kind: 'none' }, certificates: [] });
  const handler = new FilePartHandler(ports.way ?? own!, options);
  const clients = new Clients({
    account: settings.account,
    handler,
    hosts,
    patience: { attempts, retryMs },
    now: ports.now,
  });
  const store: DropboxStore = {
    settings,
    ports,
    handler,
    clients,
    partBytes,
    concurrentFrom,
    lookAgainMs,
    busyMs,
    doubts: new Set(),
    claimed: new Set(),
  };
  return {
    check: (signal) => check(store, checkMs, signal),
    async upload(transfer) {
      if (transfer.link?.kind === 'expiring') await refuseBeyondPlan(clients.for(transfer), { linkDays: 1 });
      if (!isStream(transfer)) return upload(store, transfer);
      // A stream cannot be read again; what an earlier attempt left goes first, because its checkpoint will be overwritten.
      if (transfer.checkpoint !== undefined)
        await discardCheckpoint(store, clients.for(transfer), readCheckpoint(transfer.checkpoint), transfer.signal);
      return uploadStream(store, transfer);
    },
    async stat(ref, signal) {
      const there = await fileAt(clients.for({ signal }), readRef(ref).id);
      return typeof there === 'object' ? { size: there.size } : undefined;
    },
    link: (ref, signal, wish) =>
      makeLink(clients.for({ signal }), readRef(ref).id, settings, { now: ports.now(), wish }),
    discard: async (what, signal) =>
      'ref' in what
        ? discardRef(clients.for({ signal }), readRef(what.ref))
        : discardCheckpoint(store, clients.for({ signal }), readCheckpoint(what.checkpoint), signal),
    close() {
      clients.close();
      own?.close();
    },
  };
}

/** An upload session that is begun takes the same right as a real one, and leaves nothing that anybody could see. */
async function check(
  { clients, settings }: DropboxStore,
  checkMs: number,
  signal: AbortSignal,
): Promise<AppError | undefined> {
  const late = AbortSignal.timeout(checkMs);
  const client = clients.for({ signal: AbortSignal.any([signal, late]), attempts: 1 });
  try {
    const { result } = await client.filesUploadSessionStart({ contents: '' });
    if (typeof result?.session_id !== 'string') throw oddAnswer();
    // One byte more than nothing.
    await refuseFull(client, 1);
    await refuseBeyondPlan(client, settings);
  } catch (cause) {
    if (late.aborted && !signal.aborted)
      throw failure('unreachable', { params: { of: 'dropbox', host: 'Dropbox', why: 'silent' } }, cause);
    throw cause;
  }
  // Tokens of old apps last, and do not begin so.
  const isShort = settings.account.by === 'access' && settings.account.accessToken.startsWith('sl.');
  return isShort ? { code: 'session-expired', field: 'account', params: { of: 'dropbox', why: 'soon' } } : undefined;
}

/** Links that expire or ask for a password are not in every plan: better said now than after a file was sent. */
async function refuseBeyondPlan(
  client: Dropbox,
  { linkDays, linkPassword }: Pick<DropboxSettings, 'linkDays' | 'linkPassword'>,
): Promise<void> {
  if (linkDays === undefined && linkPassword === undefined) return;
  const { result } = await client.usersGetCurrentAccount();
  if (result.account_type['.tag'] === 'basic')
    throw failure('rejected', {
      field: linkDays === undefined ? 'linkPassword' : 'linkDays',
      params: { of: 'dropbox', why: 'plan' },
    });
}

const connect: ProviderModule<DropboxSettings>['connect'] = (settings, ports) => connectWith(settings, ports);

export { connect, errorOf, signIn, signOut };
