/** Creates the window: sandboxed, isolated and without Node. Callers cannot change these options. */
import path from 'node:path';
import { app, BrowserWindow, nativeImage, screen, type Rectangle, type WebContents } from 'electron';
import icon from '../../build/icons/128x128.png?inline';
import { pageSession } from './page-session.ts';
import { pageUrl } from './page.ts';

const minimumSize = { width: 360, height: 480 };
const defaultSize = { width: 880, height: 640 };

/** @param savedBounds the bounds when the window was last closed, if known */
export function createWindow(savedBounds: Rectangle | undefined): BrowserWindow {
  const bounds = visibleBounds(savedBounds) ?? defaultSize;
  const window = new BrowserWindow({
    ...bounds,
    minWidth: minimumSize.width,
    minHeight: minimumSize.height,
    show: false,
    title: app.name,
    icon: nativeImage.createFromDataURL(icon),
    autoHideMenuBar: true,
    webPreferences: {
      session: pageSession(),
      preload: path.join(import.meta.dirname, '../preload/preload.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      spellcheck: false,
      devTools: !app.isPackaged,
    },
  });
  window.once('ready-to-show', () => window.show());
  loadPage(window);
  return window;
}

export function loadPage(window: BrowserWindow): void {
  void window.loadURL(pageUrl).catch(() => {
    // `did-fail-load` reports the failure too, and the page is then loaded again.
  });
}

/** The pixels of the title bar that must be on a display, so that the user can move the window. */
const minimumVisible = 40;
/** The pixels by which the top of the window may be above the display. */
const topTolerance = 10;

/** Undefined when the bounds are outside all displays, for example after a display was removed. */
function visibleBounds(bounds: Rectangle | undefined): Rectangle | undefined {
  if (!bounds) return undefined;
  const isVisible = screen
    .getAllDisplays()
    .some(
      ({ workArea: area }) =>
        bounds.x < area.x + area.width - minimumVisible &&
        bounds.x + bounds.width > area.x + minimumVisible &&
        bounds.y >= area.y - topTolerance &&
        bounds.y < area.y + area.height - minimumVisible,
    );
  return isVisible ? bounds : undefined;
}

/** The web contents that show the page, if the window is open. */
export const webContentsOf = (window: BrowserWindow | undefined): WebContents | undefined =>
  window && !window.isDestroyed() ? window.webContents : undefined;

/** The web contents, unless their process has ended and cannot receive events. */
export function reachableContents(window: BrowserWindow | undefined): WebContents | undefined {
  const contents = webContentsOf(window);
  return contents?.isCrashed() ? undefined : contents;
}
