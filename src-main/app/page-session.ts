/**
 * The session of the page, apart from Chromium's default session. It loads nothing but the page itself, gives no
 * permission, and connects nowhere, also not with WebRTC.
 */
import { session, type Session } from 'electron';
import { isPageRequest } from './page.ts';

/** On disk, because Chromium caches the page's compiled code there. */
const partition = 'persist:page';

/** A proxy that does not exist, also for this computer. WebRTC connects only through the proxy of its session. */
const noConnections = { proxyRules: 'socks5://127.0.0.1:1', proxyBypassRules: '<-loopback>' };

export const pageSession = (): Session => session.fromPartition(partition);

/** Called after `ready`, before the window is opened. */
export async function lockSessions(): Promise<void> {
  for (const locked of [pageSession(), session.defaultSession]) {
    locked.setPermissionRequestHandler((_contents, _permission, done) => done(false));
    locked.setPermissionCheckHandler(() => false);
    locked.setDevicePermissionHandler(() => false);
    locked.on('will-download', (event) => event.preventDefault());
    locked.webRequest.onBeforeRequest(({ url }, done) => done({ cancel: !isPageRequest(url) }));
  }
  await pageSession().setProxy(noConnections);
}
