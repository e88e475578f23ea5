/**
 * Blocks everything that a compromised page could try: navigation, new windows, webviews, downloads and permission
 * requests.
 */
import { app, session, type WebContents, type WebFrameMain } from 'electron';
import { pageOrigin } from './page.ts';

export function lockDown(): void {
  const page = session.defaultSession;
  page.setPermissionRequestHandler((_contents, _permission, done) => done(false));
  page.setPermissionCheckHandler(() => false);
  page.setDevicePermissionHandler(() => false);
  page.on('will-download', (event) => event.preventDefault());
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
    contents.on('will-navigate', (event) => event.preventDefault());
    contents.on('will-frame-navigate', (event) => event.preventDefault());
    contents.on('will-redirect', (event) => event.preventDefault());
    contents.on('will-attach-webview', (event) => event.preventDefault());
  });
}

/** Accepts only the main frame of the app's window at the app's origin. */
export function isOurPage(frame: WebFrameMain | null, contents: WebContents | undefined): boolean {
  return (
    frame !== null &&
    contents !== undefined &&
    !contents.isDestroyed() &&
    frame === contents.mainFrame &&
    frame.origin === pageOrigin
  );
}
