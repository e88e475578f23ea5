/**
 * Setup shared by the Dropbox tests: a server on loopback, an app, an account, and a provider that connects to the
 * server.
 */
import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { DropboxServer, type RecordedCall, type DropboxServerOptions } from '../../../../e2e/servers/dropbox/server.ts';
import { specification } from '../../../../e2e/servers/dropbox/specification.ts';
import type { OAuthApp } from '../../../../e2e/servers/dropbox/oauth.ts';
import type { FieldValues } from '../../../../src-shared/profile.ts';
import type { Driver, DriverPorts, Provider } from '../../contract/provider.ts';
import type { ConformanceSubject } from '../../testing/conformance/subject.ts';
import { FaultProxy } from '../../testing/fault-proxy.ts';
import { connectDropbox, type DropboxDriverOptions } from '../driver.ts';
import { dropboxErrorOf } from '../errors.ts';
import { dropbox } from '../index.ts';
import type { DropboxHosts } from '../send-request.ts';
import { dropboxSettingsSchema, type DropboxSettings } from '../settings.ts';
import { appendProtocolReport } from './protocol-report.ts';

const MiB = 1024 * 1024;
/** The smallest part size that Dropbox allows, which makes the many uploads of the conformance suite faster. */
export const dropboxTestSizes = { oneRequestBytes: 4 * MiB, partBytes: 4 * MiB, partsAtOnce: 4 };

export const dropboxTestPorts: DriverPorts = { now: Date.now, randomBytes: (count) => randomBytes(count) };

/** @param url of the server, or of a proxy in front of it */
export const dropboxHostsAt = (url: string): DropboxHosts => ({
  api: `${url}/api.dropboxapi.com`,
  content: `${url}/content.dropboxapi.com`,
  www: `${url}/www.dropbox.com`,
});

const fastOptions: Partial<DropboxDriverOptions> = {
  retryMs: 10,
  recheckDelaysMs: [20, 50],
  busyRetryMs: 5,
  partBytes: dropboxTestSizes.partBytes,
};

/** The real provider at another address, with parts of 4 MiB and short retry delays. */
export const dropboxProviderAt = (
  url: string,
  options: Partial<DropboxDriverOptions> = {},
): Provider<DropboxSettings> => ({
  ...dropbox,
  linkRedirectDomains: ['localhost'],
  load: async () => ({
    connect: (settings, driverPorts) =>
      connectDropbox(settings, driverPorts, { ...fastOptions, hosts: dropboxHostsAt(url), ...options }),
    errorOf: dropboxErrorOf,
  }),
});

/** A server that checks every message against Dropbox's own specification when it stops. */
export class DropboxFixture {
  readonly server: DropboxServer;
  readonly app: OAuthApp;
  readonly messages: RecordedCall[];
  refreshToken: string;

  private constructor(server: DropboxServer, messages: RecordedCall[]) {
    this.server = server;
    this.messages = messages;
    this.app = server.oauth.addApp();
    this.refreshToken = server.oauth.issue(this.app).refreshToken;
  }

  static async start(options: Pick<DropboxServerOptions, 'now'> = {}): Promise<DropboxFixture> {
    const messages: RecordedCall[] = [];
    return new DropboxFixture(
      await DropboxServer.start({ ...options, onMessage: (message) => messages.push(message) }),
      messages,
    );
  }

  get values(): FieldValues {
    return { account: this.refreshToken, appKey: this.app.key, linkKind: 'direct' };
  }

  /** A driver without the wrapper of destination/connect.ts, so that tests see the errors that the driver itself throws. */
  driver(
    values: FieldValues = {},
    options: Partial<DropboxDriverOptions> = {},
    portOverrides: Partial<DriverPorts> = {},
  ): Driver {
    return connectDropbox(
      v.parse(dropboxSettingsSchema, { ...this.values, ...values }),
      { ...dropboxTestPorts, ...portOverrides },
      { ...fastOptions, hosts: dropboxHostsAt(this.server.url), ...options },
    );
  }

  /** @throws when a message violates the specification */
  async stop(): Promise<void> {
    await this.server.stop();
    const spec = specification();
    if (!spec) return;
    for (const message of this.messages) spec.check(message);
    appendProtocolReport({ what: 'dropbox', messages: this.messages.length });
  }
}

/** Starts the service for the conformance suite. */
export async function dropboxSubject(options: Partial<DropboxDriverOptions> = {}): Promise<ConformanceSubject> {
  const fixture = await DropboxFixture.start();
  const { server, values } = fixture;
  const proxy = await FaultProxy.start(server.url);
  const limitedToken = server.oauth.issue(fixture.app, { scopes: ['account_info.read', 'files.metadata.read'] });
  const expiredToken = server.oauth.issue(fixture.app, { seconds: -1 });
  return {
    provider: dropboxProviderAt(proxy.url, options),
    values,
    proxy,
    ...dropboxTestSizes,
    rejectedSettings: [
      {
        what: 'an unknown refresh token',
        values: { ...values, account: randomBytes(32).toString('base64url') },
        code: 'unauthorized',
        field: 'account',
      },
      {
        what: 'the key of another app',
        values: { ...values, appKey: 'zzzzzzzzzzzz' },
        code: 'unauthorized',
        field: 'appKey',
      },
      {
        what: 'an access token that expired',
        values: { ...values, account: expiredToken.accessToken },
        code: 'session-expired',
        field: 'account',
      },
      {
        what: 'an access token without write permission',
        values: { ...values, account: limitedToken.accessToken },
        code: 'forbidden',
        field: 'account',
      },
    ],
    atUrl: (url) => ({ provider: dropboxProviderAt(url, options), values }),
    leftovers: async () => server.leftovers(),
    stop: async () => {
      await proxy.stop();
      await fixture.stop();
    },
  };
}
