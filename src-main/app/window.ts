/** The one place that makes a window. Sandboxed, isolated, no Node: none of it can be loosened from outside. */
import path from 'node:path';
import { app, BrowserWindow, nativeImage, screen, type Rectangle, type WebContents } from 'electron';
import icon from '../../build/icons/128x128.png?inline';
import { pageUrl } from './page.ts';

const minimumSize = { width: 360, height: 480 };
const defaultSize = { width: 880, height: 640 };

/** @param savedBounds where it was when it was closed, if that is known */
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
      preload: path.join(import.meta.dirname, '../preload/preload.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      spellcheck: false,
      devTools: !app.isPackaged,
    },
  });
  window.once('ready-to-show', () => window.show());
  void window.loadURL(pageUrl);
  return window;
}

/** A window that was closed on a display that is gone must not open where nobody sees it. */
function visibleBounds(bounds: Rectangle | undefined): Rectangle | undefined {
  if (!bounds) return undefined;
  const isVisible = screen
    .getAllDisplays()
    .some(
      ({ workArea: a }) =>
        bounds.x < a.x + a.width - 40 &&
        bounds.x + bounds.width > a.x + 40 &&
        bounds.y >= a.y - 10 &&
        bounds.y < a.y + a.height - 40,
    );
  return isVisible ? bounds : undefined;
}

/** Whoever shows the page now. */
export const webContentsOf = (window: BrowserWindow | undefined): WebContents | undefined =>
  window && !window.isDestroyed() ? window.webContents : undefined;
