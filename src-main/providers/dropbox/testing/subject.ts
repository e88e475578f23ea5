/** What the Dropbox tests have in common: a server on loopback, an app, an account, and a provider that goes there. */
import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { DropboxServer, type Message, type ServerOptions } from '../../../../e2e/servers/dropbox/server.ts';
import { specification } from '../../../../e2e/servers/dropbox/spec.ts';
import type { App } from '../../../../e2e/servers/dropbox/oauth.ts';
import type { FieldValues } from '../../../../src-shared/profile.ts';
import type { Driver, DriverPorts, Provider } from '../../provider.ts';
import type { Subject } from '../../testing/conformance.ts';
import { FaultProxy } from '../../testing/faults.ts';
import { connectWith, type Tuning } from '../driver.ts';
import { errorOf } from '../errors.ts';
import { dropbox } from '../index.ts';
import type { Hosts } from '../send.ts';
import { settingsSchema, type DropboxSettings } from '../settings.ts';
import { writtenDown } from './protocol-report.ts';

const MiB = 1024 * 1024;
/** The least that Dropbox allows, which makes the many uploads of the suite quicker. */
export const sizes = { oneRequestBytes: 4 * MiB, partBytes: 4 * MiB, partsAtOnce: 4 };

export const ports: DriverPorts = { now: Date.now, randomBytes: (count) => randomBytes(count) };

/** @param url of the server, or of a proxy in front of it */
export const hostsAt = (url: string): Hosts => ({
  api: `${url}/api.dropboxapi.com`,
  content: `${url}/content.dropboxapi.com`,
  www: `${url}/www.dropbox.com`,
});

const quick: Partial<Tuning> = { retryMs: 10, lookAgainMs: [20, 50], busyMs: 5, partBytes: sizes.partBytes };

/** The provider as it is, at another address, with parts of 4 MiB and quicker to try again. */
export const tuned = (url: string, tuning: Partial<Tuning> = {}): Provider<DropboxSettings> => ({
  ...dropbox,
  linkHosts: ['localhost'],
  load: async () => ({
    connect: (settings, its) => connectWith(settings, its, { ...quick, hosts: hostsAt(url), ...tuning }),
    errorOf,
  }),
});

/** A server whose every message is held against Dropbox's own specification when it stops. */
export class ServedDropbox {
  readonly server: DropboxServer;
  readonly app: App;
  readonly messages: Message[];
  refreshToken: string;

  private constructor(server: DropboxServer, messages: Message[]) {
    this.server = server;
    this.messages = messages;
    this.app = server.authority.addApp();
    this.refreshToken = server.authority.issue(this.app).refreshToken;
  }

  static async start(options: Pick<ServerOptions, 'now'> = {}): Promise<ServedDropbox> {
    const messages: Message[] = [];
    return new ServedDropbox(
      await DropboxServer.start({ ...options, onMessage: (message) => messages.push(message) }),
      messages,
    );
  }

  get values(): FieldValues {
    return { account: this.refreshToken, appKey: this.app.key, linkKind: 'direct' };
  }

  /** A driver without the portable layer, so that tests see what it throws itself. */
  driver(values: FieldValues = {}, tuning: Partial<Tuning> = {}, its: Partial<DriverPorts> = {}): Driver {
    return connectWith(
      v.parse(settingsSchema, { ...this.values, ...values }),
      { ...ports, ...its },
      { ...quick, hosts: hostsAt(this.server.url), ...tuning },
    );
  }

  /** @throws where a message is none that the specification knows */
  async stop(): Promise<void> {
    await this.server.stop();
    const spec = specification();
    if (!spec) return;
    for (const message of this.messages) spec.check(message);
    writtenDown({ what: 'dropbox', messages: this.messages.length });
  }
}

/** What the one suite of all providers runs on. */
export async function subject(tuning: Partial<Tuning> = {}): Promise<Subject> {
  const dropboxThere = await ServedDropbox.start();
  const { server, values } = dropboxThere;
  const proxy = await FaultProxy.start(server.url);
  const narrow = server.authority.issue(dropboxThere.app, { scopes: ['account_info.read', 'files.metadata.read'] });
  const old = server.authority.issue(dropboxThere.app, { seconds: -1 });
  return {
    provider: tuned(proxy.url, tuning),
    values,
    proxy,
    ...sizes,
    refused: [
      {
        what: 'revoked',
        values: { ...values, account: randomBytes(32).toString('base64url') },
        code: 'unauthorized',
        field: 'account',
      },
      { what: 'another app', values: { ...values, appKey: 'zzzzzzzzzzzz' }, code: 'unauthorized', field: 'appKey' },
      {
        what: 'an access token that expired',
        values: { ...values, account: old.accessToken },
        code: 'session-expired',
        field: 'account',
      },
      {
        what: 'no right to write',
        values: { ...values, account: narrow.accessToken },
        code: 'forbidden',
        field: 'account',
      },
    ],
    at: (url) => ({ provider: tuned(url, tuning), values }),
    leftovers: async () => server.leftovers(),
    stop: async () => {
      await proxy.stop();
      await dropboxThere.stop();
    },
  };
}
