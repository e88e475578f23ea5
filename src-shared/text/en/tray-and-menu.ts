/** What the system shows for Hoist: the tray, the application menu, dialogs, and names that are used everywhere. */
export const systemTexts = {
  'tray.tooltip': 'Hoist',
  'tray.tooltip-busy': 'Hoist: {count, number} uploading, {percent, number} %',
  'tray.needs-key': '{name} needs a valid key',
  'tray.needs-sign-in': '{name} is signed out',
  'tray.needs-setup': '{name} needs setup',
  'tray.upload': 'Upload files…',
  'tray.open': 'Open Hoist',
  'tray.recent': 'Recent links',
  'tray.copy-none': 'No links yet',
  'tray.quit': 'Quit Hoist',

  'menu.app': 'Hoist',
  'menu.quit': 'Quit Hoist',
  'menu.file': 'File',
  'menu.file.choose': 'Choose files…',
  'menu.file.add': 'Add destination…',
  'menu.file.close': 'Close window',
  'menu.edit': 'Edit',
  'menu.view': 'View',
  'menu.view.tools': 'Developer tools',
  'menu.view.actual-size': 'Actual size',
  'menu.view.zoom-in': 'Zoom in',
  'menu.view.zoom-out': 'Zoom out',
  'menu.view.full-screen': 'Full screen',
  'menu.window': 'Window',
  'menu.help': 'Help',
  'menu.help.log': 'Show log',

  'dialog.choose.title': 'Choose files to upload',
  'dialog.choose.button': 'Upload',
  'dialog.import.title': 'Choose the settings file of another program',
  'dialog.import.button': 'Import',
  'dialog.import-links.title': 'Keep permanent links?',
  'dialog.import-links.message':
    '{count, plural, one {{program} made permanent links for {name}.} other {{program} made permanent links for {name} and {more, plural, one {# more destination} other {# more destinations}}.}}',
  'dialog.import-links.detail':
    'Anyone who has a permanent link can open the file, and the link never expires. Links that expire stop working after at most a week.',
  'dialog.import-links.expiring': 'Use links that expire',
  'dialog.import-links.public': 'Keep permanent links',
  'dialog.export.title': 'Export destinations',
  'dialog.export.button': 'Export',
  'dialog.export.unwritable': 'Hoist can’t write to {path}. Choose another location.',
  'dialog.export.close': 'Close',
  'dialog.quit.title': 'Uploads are still running',
  'dialog.quit.message': '{count, plural, one {# upload is} other {# uploads are}} unfinished.',
  'dialog.quit.detail':
    'If you quit now, {count, plural, one {the upload resumes} other {the uploads resume}} the next time you open Hoist.',
  'dialog.quit.stay': 'Keep uploading',
  'dialog.quit.quit': 'Quit',
  'dialog.sensitive.title': 'Upload this file?',
  'dialog.sensitive.message':
    '{more, plural, =0 {{path} is} one {{path} and # other file in its folder are} other {{path} and # other files in its folder are}} in a location that usually holds keys or passwords.',
  'dialog.sensitive.detail': 'Anyone with the link can read it.',
  'dialog.sensitive.cancel': 'Cancel',
  'dialog.sensitive.send': 'Upload anyway',
  'dialog.store.title': 'Hoist can’t save its records',
  'dialog.store.newer-version':
    'A newer version of Hoist wrote the records in {path}. Install that version; nothing was changed.',
  'dialog.store.read-only': 'Hoist can’t write to {path}. Change its permissions, then start Hoist again.',
  'dialog.store.in-use':
    'Another Hoist process is repairing the records in {path}. Wait for it or quit it, then start Hoist again.',
  'dialog.store.unreadable': 'The disk reports errors for {path}. Check the disk, then start Hoist again.',

  'key-store.gnome': 'GNOME Keyring',
  'key-store.kwallet': 'KWallet',
  'key-store.keychain': 'Keychain',
  'key-store.windows': 'Windows Data Protection',
  'key-store.other': 'the key store',

  'destination.environment': '{provider} (environment)',
  'destination.practice': 'Practice',

  'example.name': 'Hello from Hoist.txt',
  'example.content':
    'Hello from Hoist.\n\nThis example file shows that links to this destination open. You can delete it at any time.',
} as const;
