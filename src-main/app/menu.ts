/**
 * The application menu. On Windows and Linux it is hidden until the user presses Alt. The page handles the shortcuts,
 * so the menu does not register them.
 */
import { app, Menu, type MenuItemConstructorOptions } from 'electron';
import { text } from '../../src-shared/text/text.ts';

export interface MenuActions {
  choose(): void;
  setUp(): void;
  showLog(): void;
}

export function setMenu(actions: MenuActions): void {
  const mac: MenuItemConstructorOptions[] =
    process.platform === 'darwin' ? [{ role: 'appMenu', label: text('menu.app') }] : [];
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      ...mac,
      {
        label: text('menu.file'),
        submenu: [
          {
            label: text('menu.file.choose'),
            accelerator: 'CmdOrCtrl+O',
            registerAccelerator: false,
            click: actions.choose,
          },
          { label: text('menu.file.add'), click: actions.setUp },
          { type: 'separator' },
          process.platform === 'darwin'
            ? { role: 'close', label: text('menu.file.close') }
            : { role: 'quit', label: text('menu.quit') },
        ],
      },
      { role: 'editMenu', label: text('menu.edit') },
      {
        label: text('menu.view'),
        submenu: [
          { role: 'resetZoom', label: text('menu.view.actual-size') },
          { role: 'zoomIn', label: text('menu.view.zoom-in') },
          { role: 'zoomOut', label: text('menu.view.zoom-out') },
          { type: 'separator' },
          { role: 'togglefullscreen', label: text('menu.view.full-screen') },
          ...(app.isPackaged
            ? []
            : [{ role: 'toggleDevTools', label: text('menu.view.tools') } satisfies MenuItemConstructorOptions]),
        ],
      },
      { role: 'windowMenu', label: text('menu.window') },
      { label: text('menu.help'), submenu: [{ label: text('menu.help.log'), click: actions.showLog }] },
    ]),
  );
}
