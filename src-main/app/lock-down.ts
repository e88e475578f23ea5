/**
 * Blocks what a compromised page could try in its frame: navigation, new windows, webviews and WebRTC.
 * page-session.ts blocks its requests, downloads and permissions.
 */
import { app, type WebContents, type WebFrameMain } from 'electron';
import { pageOrigin } from './page.ts';

export function lockDown(): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
    contents.on('will-navigate', (event) => event.preventDefault());
    contents.on('will-frame-navigate', (event) => event.preventDefault());
    contents.on('will-redirect', (event) => event.preventDefault());
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp');
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
