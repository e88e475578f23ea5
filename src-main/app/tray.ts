/** The tray, with quick upload and recent links. The window has both too, because many desktops have no tray. */
import { Menu, nativeImage, Tray, type MenuItemConstructorOptions } from 'electron';
import { text } from '../../src-shared/text/text.ts';
import type { UploadId } from '../../src-shared/upload.ts';
import { trayImages } from './tray-images.ts';

export interface TrayActions {
  upload(): void;
  open(): void;
  quit(): void;
  copy(id: UploadId): void;
}
/** `recent`: newest first. `progress`: of the running uploads, from 0 to 1. */
export interface TrayState {
  recent: { id: UploadId; name: string }[];
  uploading: number;
  progress: number;
  /** Destinations that cannot be used until the user acts. */
  unusable: { name: string; needs: 'key' | 'sign-in' | 'setup' }[];
}

const maxLabelLength = 48;

export class HoistTray {
  readonly #tray: Tray;
  readonly #actions: TrayActions;
  #lastMenuKey = '';

  constructor(actions: TrayActions) {
    this.#actions = actions;
    this.#tray = new Tray(icon());
    if (process.platform !== 'darwin') this.#tray.on('click', () => actions.open());
    this.show({ recent: [], uploading: 0, progress: 0, unusable: [] });
  }

  /** On Linux only a new menu updates the desktop, so each change sets a new menu. */
  show(state: TrayState): void {
    const percent = Math.floor(state.progress * 100);
    this.#tray.setToolTip(
      state.uploading > 0 ? text('tray.tooltip-busy', { count: state.uploading, percent }) : idleTip(state),
    );
    const key = JSON.stringify([state.recent, state.unusable]);
    if (key === this.#lastMenuKey) return;
    this.#lastMenuKey = key;
    this.#tray.setContextMenu(Menu.buildFromTemplate(this.#entries(state)));
  }

  destroy(): void {
    this.#tray.destroy();
  }

  #entries({ recent, unusable }: TrayState): MenuItemConstructorOptions[] {
    const links: MenuItemConstructorOptions[] =
      recent.length === 0
        ? [{ label: text('tray.copy-none'), enabled: false }]
        : recent.map(({ id, name }) => ({ label: label(name), click: () => this.#actions.copy(id) }));
    const warnings = unusable.map(({ name, needs }): MenuItemConstructorOptions => ({
      label: text(`tray.needs-${needs}`, { name: label(name) }),
      click: () => this.#actions.open(),
    }));
    return [
      ...warnings,
      ...(warnings.length > 0 ? [{ type: 'separator' as const }] : []),
      { label: text('tray.open'), click: () => this.#actions.open() },
      { label: text('tray.upload'), click: () => this.#actions.upload() },
      { type: 'separator' },
      { label: text('tray.recent'), enabled: false },
      ...links,
      { type: 'separator' },
      { label: text('tray.quit'), click: () => this.#actions.quit() },
    ];
  }
}

const idleTip = ({ unusable: [first] }: TrayState): string =>
  first ? text(`tray.needs-${first.needs}`, { name: first.name }) : text('tray.tooltip');

/** Keeps a file name from setting a menu shortcut, widening the menu or reversing the text direction. */
function label(name: string): string {
  // Control characters (Cc) and format characters (Cf), which can reverse the text direction; `&` marks a shortcut.
  const plain = name.replace(/[\p{Cc}\p{Cf}]/gu, '\uFFFD').replaceAll('&', '&&');
  return plain.length <= maxLabelLength
    ? plain
    : `${plain.slice(0, maxLabelLength / 2)}…${plain.slice(-maxLabelLength / 2)}`;
}

function icon(): Electron.NativeImage {
  const image = nativeImage.createEmpty();
  for (const { scaleFactor, dataURL } of trayImages(process.platform))
    image.addRepresentation({ scaleFactor, dataURL });
  if (process.platform === 'darwin') image.setTemplateImage(true);
  return image;
}
