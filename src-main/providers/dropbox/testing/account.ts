/** An account that somebody has, as the variables name it: in it a folder of the tests' own. */
import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { DropboxResponseError, type files } from 'dropbox';
import { openWay } from '../../network.ts';
import type { Provider } from '../../provider.ts';
import type { Subject } from '../../testing/conformance.ts';
import { given, type Variables } from '../../testing/live.ts';
import { FilePartHandler, handlerDefaults } from '../../sending/request-handler.ts';
import { Clients } from '../client.ts';
import { connectWith } from '../driver.ts';
import { errorOf } from '../errors.ts';
import { dropbox } from '../index.ts';
import { dropboxHosts, type Hosts } from '../send.ts';
import { settingsSchema, type DropboxSettings } from '../settings.ts';
import { sizes } from './subject.ts';

export const needs = ['HOIST_LIVE_DROPBOX_REFRESH_TOKEN', 'HOIST_LIVE_DROPBOX_APP_KEY'];
export const may = ['HOIST_LIVE_DROPBOX_APP_SECRET'];

const inSmallParts: Provider<DropboxSettings> = {
  ...dropbox,
  load: async () => ({
    connect: (settings, its) => connectWith(settings, its, { partBytes: sizes.partBytes }),
    errorOf,
  }),
};

/** @param elsewhere what is another one where a server on loopback is the service */
export async function accountOf(
  env: Variables,
  { hosts = dropboxHosts, ...elsewhere }: Partial<Subject> & { hosts?: Hosts } = {},
): Promise<Subject> {
  const folder = `hoist-live-${randomBytes(6).toString('hex')}`;
  const signedIn = (
    refreshToken: string | undefined,
    appKey = env.HOIST_LIVE_DROPBOX_APP_KEY,
    appSecret = env.HOIST_LIVE_DROPBOX_APP_SECRET,
  ): Record<string, string> =>
    given(
      appSecret ? { account: JSON.stringify({ refreshToken, appKey, appSecret }) } : { account: refreshToken, appKey },
    );
  const values = { ...signedIn(env.HOIST_LIVE_DROPBOX_REFRESH_TOKEN), folder, linkKind: 'direct' };
  const there = new AccountFolder(v.parse(settingsSchema, values), hosts);
  return {
    provider: inSmallParts,
    values,
    ...sizes,
    reach: 'verified',
    refused: [
      {
        what: 'revoked',
        values: { ...values, ...signedIn(randomBytes(32).toString('base64url')) },
        code: 'unauthorized',
        field: 'account',
      },
    ],
    leftovers: async () => ({ objects: await there.files(), uploads: 0 }),
    ...elsewhere,
    stop: async () => {
      await there.remove();
      await elsewhere.stop?.();
    },
  };
}

/** Past the driver, though through its client: tokens are renewed there. */
class AccountFolder {
  readonly #clients: Clients;
  readonly #way = openWay({ proxy: { kind: 'none' }, certificates: [] });
  readonly #path: string;

  constructor({ account, folder }: DropboxSettings, hosts: Hosts) {
    this.#clients = new Clients({
      account,
      hosts,
      handler: new FilePartHandler(this.#way, handlerDefaults),
      patience: { attempts: 3, retryMs: 150 },
      now: Date.now,
    });
    this.#path = `/${folder}`;
  }

  async files(): Promise<number> {
    const client = this.#clients.for({ signal: never });
    const entries: files.ListFolderResult['entries'] = [];
    let page = await unlessGone(client.filesListFolder({ path: this.#path, recursive: true }));
    while (page) {
      entries.push(...page.result.entries);
      page = page.result.has_more ? await client.filesListFolderContinue({ cursor: page.result.cursor }) : undefined;
    }
    return entries.filter((entry) => entry['.tag'] === 'file').length;
  }

  async remove(): Promise<void> {
    await unlessGone(this.#clients.for({ signal: never }).filesDeleteV2({ path: this.#path }));
    this.#clients.close();
    this.#way.close();
  }
}

const never = new AbortController().signal;

/** Nothing was stored yet, or a path of it is not there any more. */
async function unlessGone<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (cause) {
    if (!(cause instanceof DropboxResponseError) || cause.status !== 409) throw cause;
    return undefined;
  }
}
