/** A real account, named by environment variables, with a separate folder for the tests. */
import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { DropboxResponseError, type files } from 'dropbox';
import { createTransport } from '../../network/transport.ts';
import type { Provider } from '../../contract/provider.ts';
import type { ConformanceSubject } from '../../testing/conformance/subject.ts';
import { definedValues, type EnvVariables } from '../../testing/live-conformance.ts';
import { FilePartHandler, defaultHandlerOptions } from '../../transfer/request-handler.ts';
import { DropboxClientFactory } from '../client-factory.ts';
import { connectDropbox } from '../driver.ts';
import { dropboxErrorOf } from '../errors.ts';
import { dropbox } from '../index.ts';
import { dropboxHosts, type DropboxHosts } from '../send-request.ts';
import { dropboxSettingsSchema, type DropboxSettings } from '../settings.ts';
import { dropboxTestSizes } from './dropbox-fixture.ts';

export const requiredDropboxVariables = ['HOIST_LIVE_DROPBOX_REFRESH_TOKEN', 'HOIST_LIVE_DROPBOX_APP_KEY'];
export const optionalDropboxVariables = ['HOIST_LIVE_DROPBOX_APP_SECRET'];

const smallPartsProvider: Provider<DropboxSettings> = {
  ...dropbox,
  load: async () => ({
    connect: (settings, driverPorts) =>
      connectDropbox(settings, driverPorts, { partBytes: dropboxTestSizes.partBytes }),
    errorOf: dropboxErrorOf,
  }),
};

/** @param overrides replace the service by a loopback server */
export async function createLiveDropboxSubject(
  env: EnvVariables,
  { hosts = dropboxHosts, ...overrides }: Partial<ConformanceSubject> & { hosts?: DropboxHosts } = {},
): Promise<ConformanceSubject> {
  const folder = `hoist-live-${randomBytes(6).toString('hex')}`;
  const credentialValues = (
    refreshToken: string | undefined,
    appKey = env.HOIST_LIVE_DROPBOX_APP_KEY,
    appSecret = env.HOIST_LIVE_DROPBOX_APP_SECRET,
  ): Record<string, string> =>
    definedValues(
      appSecret ? { account: JSON.stringify({ refreshToken, appKey, appSecret }) } : { account: refreshToken, appKey },
    );
  const values = { ...credentialValues(env.HOIST_LIVE_DROPBOX_REFRESH_TOKEN), folder, linkKind: 'direct' };
  const accountFolder = new AccountFolder(v.parse(dropboxSettingsSchema, values), hosts);
  return {
    provider: smallPartsProvider,
    values,
    ...dropboxTestSizes,
    reach: 'verified',
    rejectedSettings: [
      {
        what: 'an unknown refresh token',
        values: { ...values, ...credentialValues(randomBytes(32).toString('base64url')) },
        code: 'unauthorized',
        field: 'account',
      },
    ],
    leftovers: async () => ({ objects: await accountFolder.files(), uploads: 0 }),
    ...overrides,
    stop: async () => {
      await accountFolder.remove();
      await overrides.stop?.();
    },
  };
}

/** Lists and deletes the test folder with the SDK client, without the driver. */
class AccountFolder {
  readonly #clientFactory: DropboxClientFactory;
  readonly #transport = createTransport({ proxy: { kind: 'none' }, certificates: [] });
  readonly #path: string;

  constructor({ credentials, folder }: DropboxSettings, hosts: DropboxHosts) {
    this.#clientFactory = new DropboxClientFactory({
      credentials,
      hosts,
      handler: new FilePartHandler(this.#transport, defaultHandlerOptions),
      retry: { attempts: 3, retryMs: 150 },
      now: Date.now,
    });
    this.#path = `/${folder}`;
  }

  async files(): Promise<number> {
    const client = this.#clientFactory.create({ signal: neverAborted });
    const entries: files.ListFolderResult['entries'] = [];
    let page = await ignoreNotFound(client.filesListFolder({ path: this.#path, recursive: true }));
    while (page) {
      entries.push(...page.result.entries);
      page = page.result.has_more ? await client.filesListFolderContinue({ cursor: page.result.cursor }) : undefined;
    }
    return entries.filter((entry) => entry['.tag'] === 'file').length;
  }

  async remove(): Promise<void> {
    await ignoreNotFound(this.#clientFactory.create({ signal: neverAborted }).filesDeleteV2({ path: this.#path }));
    this.#clientFactory.close();
    this.#transport.close();
  }
}

const neverAborted = new AbortController().signal;

/** Resolves to undefined when the path does not exist. */
async function ignoreNotFound<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (cause) {
    if (!(cause instanceof DropboxResponseError) || cause.status !== 409) throw cause;
    return undefined;
  }
}
