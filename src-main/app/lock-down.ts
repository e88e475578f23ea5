/** What no page may ever do, whatever it has become: navigate, open windows, embed, download, ask for permissions. */
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

/** A message counts only from the main frame of our own window at our own origin. */
export function isOurPage(frame: WebFrameMain | null, contents: WebContents | undefined): boolean {
  return (
    frame !== null &&
    contents !== undefined &&
    !contents.isDestroyed() &&
    frame === contents.mainFrame &&
    frame.origin === pageOrigin
  );
}
