/**
 * The settings window: the destinations and their states, import and export, fallback, unfinished uploads, and
 * Practice.
 */
export const settingsTexts = {
  'ui.status.ready': 'Ready',
  'ui.status.checking': 'Checking…',
  'ui.status.unreachable': 'Unreachable',
  'ui.status.needs-sign-in': 'Needs a valid key',
  'ui.status.needs-setup': 'Needs setup',
  'ui.status.needs-code': 'Needs a code',
  'ui.status.needs-permission': 'Needs permission',
  'ui.status.signed-out': 'Signed out',
  // next to a destination in the menu, in lowercase
  'ui.status.in-menu.unreachable': 'unreachable',
  'ui.status.in-menu.needs-sign-in': 'needs a valid key',
  'ui.status.in-menu.needs-setup': 'needs setup',
  'ui.status.in-menu.needs-code': 'needs a code',
  'ui.status.in-menu.needs-permission': 'needs permission',
  'ui.status.in-menu.signed-out': 'signed out',
  // below the name of a destination
  'ui.status.missing': 'Its key isn’t on this computer. Enter it again.',
  'ui.status.locked': 'Locked: enter the key again.',
  'ui.status.signed-out-missing': 'You aren’t signed in on this computer. Sign in again.',
  'ui.status.signed-out-locked': 'Locked: sign in again.',
  'ui.status.enter-key': 'Enter key…',
  'ui.status.enter-key-label': 'Enter key… for {name}',
  'ui.status.sign-in': 'Sign in…',
  'ui.status.sign-in-label': 'Sign in… to {name}',
  'ui.status.enter-code': 'Enter code…',
  'ui.status.enter-code-label': 'Enter code… for {name}',
  'ui.status.allow-program': 'Allow program…',
  'ui.status.allow-program-label': 'Allow program… for {name}',
  'ui.status.edit': 'Edit…',
  'ui.status.edit-label': 'Edit… {name}',
  'ui.status.check': 'Check again',
  'ui.status.check-label': 'Check again: {name}',

  'ui.settings.title': 'Settings',
  'ui.settings.close': 'Close',
  'ui.settings.about': 'About',
  'ui.settings.version': 'Hoist {version}',
  'ui.settings.appearance': 'Appearance',
  'ui.settings.appearance-system': 'Light or dark, as set in your system.',
  'ui.settings.names': 'File names',
  'ui.settings.names.ask': 'Ask for names before uploading',
  'ui.settings.names.ask-help': 'Files that you drop, paste or choose wait until you enter their names.',

  'ui.settings.destinations': 'Destinations',
  'ui.settings.none': 'No destination yet.',
  'ui.settings.none-practice': 'No destination yet. Files go to Practice, and their links open only on this computer.',
  'ui.settings.current': 'In use',
  'ui.settings.use-instead': 'Use this one',
  'ui.settings.use-instead-label': 'Use this one: {name}',
  'ui.settings.edit': 'Edit',
  'ui.settings.edit-label': 'Edit {name}',
  'ui.settings.drag': 'Move {name}',
  'ui.settings.more': 'More for {name}',
  'ui.settings.menu.use': 'Use by default',
  'ui.settings.menu.edit': 'Edit…',
  'ui.settings.menu.check': 'Check now',
  'ui.settings.menu.duplicate': 'Duplicate',
  'ui.settings.menu.up': 'Move up',
  'ui.settings.menu.down': 'Move down',
  'ui.settings.menu.remove': 'Remove…',
  'ui.settings.duplicated': '{name} was duplicated as {copy}.',
  'ui.settings.check-all': 'Check all',
  'ui.settings.secret-storage.saved': 'keys in the key store',
  'ui.settings.secret-storage.saved-in': 'keys in {name}',
  'ui.settings.secret-storage.session': 'keys until Hoist quits',
  'ui.settings.secret-storage.environment': 'keys from environment variables',
  'ui.settings.secret-storage.built-in': 'built into Hoist',
  'ui.settings.secret-storage.unprotected': 'unprotected keys',
  'ui.settings.secret-storage.reference': 'keys in their original location',
  'ui.settings.secret-storage.locked': 'locked: enter the key again',
  'ui.settings.secret-storage.missing': 'key missing',

  'ui.settings.remove': 'Remove',
  'ui.settings.remove-label': 'Remove {name}',
  'ui.settings.remove-question': 'Remove {name} from Hoist?',
  'ui.settings.remove.unfinished':
    '{count, plural, one {Hoist cancels # unfinished upload.} other {Hoist cancels # unfinished uploads.}}',
  'ui.settings.remove.done':
    '{count, plural, one {The file stored there stays and its link keeps working,} other {The # files stored there stay and their links keep working,}} ' +
    'but Hoist can no longer renew or delete {count, plural, one {it} other {them}}.',
  'ui.settings.remove.keys': 'Hoist deletes its copy of the keys.',
  'ui.settings.remove.sign-in': 'Hoist signs out, unless another destination uses the same sign-in.',
  'ui.settings.keep': 'Keep',

  'ui.settings.import': 'Import…',
  'ui.settings.export': 'Export without keys…',
  'ui.settings.exported': 'The destinations were exported without their keys.',
  'ui.import.nothing': 'This file contains nothing to import.',
  'ui.import.added': '{count, plural, one {# destination was added.} other {# destinations were added.}}',
  'ui.import.incomplete':
    '{count, plural, one {# needs more details: see above.} other {# need more details: see above.}}',
  'ui.import.known': '{count, plural, one {# already existed.} other {# already existed.}}',
  'ui.import.links-unchanged':
    '{count, plural, one {# destination keeps making permanent public links.} other {# destinations keep making permanent public links.}}',
  'ui.import.links-changed':
    '{count, plural, one {{name} made permanent links in {program}. In Hoist, its links expire.} ' +
    'other {# destinations made permanent links in {program}. In Hoist, their links expire.}}',
  'ui.import.links-changed.edit': 'To make permanent links again, edit the destination.',
  'ui.import.uploads':
    '{count, plural, one {# earlier upload is now in the history. Hoist can’t renew or delete it.} other {# earlier uploads are now in the history. Hoist can’t renew or delete them.}}',
  'ui.import.skipped.unknown-kind': '{name}: Hoist doesn’t support this kind of storage.',
  'ui.import.skipped.unreadable': '{name}: Hoist can’t read it.',
  'ui.import.skipped.encrypted': '{name}: it’s protected by a password. Remove the password there, then import again.',
  'ui.import.skipped.unusable': '{name}: a required setting is missing.',

  'ui.settings.fallback': 'If a destination fails',
  'ui.settings.fallback.switch': 'Try the next destination',
  'ui.settings.fallback.help': 'Hoist asks you before more people could open a link.',
  'ui.settings.fallback.off':
    'Off: a failed upload stops and shows why. On: Hoist tries the next destination you allow.',
  'ui.settings.fallback.order': 'Destinations that Hoist may try next, in the order of the list above',
  'ui.settings.fallback.none': 'None yet: a failed upload stops.',
  'ui.settings.fallback.moved': '{name} is number {position, number} of {count, number}.',
  'ui.settings.fallback.added': '{name} may be tried next, as number {position, number}.',
  'ui.settings.fallback.left-out': '{name} is no longer tried next.',

  'ui.settings.leftovers': 'Unfinished uploads',
  'ui.settings.leftovers.holds':
    '{count, plural, =0 {None} one {# unfinished upload} other {# unfinished uploads}}{bytes, select, none {} other {, {bytes} uploaded}}',
  'ui.settings.leftovers.detail': 'Kept for a week, so that they resume when you try again.',
  'ui.settings.leftovers.which': 'Show files',
  'ui.settings.leftovers.where': '{bytes, select, none {{destination}} other {{bytes} in {destination}}}',
  'ui.settings.leftovers.more': '{count, plural, one {# more} other {# more}}',
  'ui.settings.leftovers.remove': 'Delete uploaded data',
  'ui.settings.leftovers.question':
    'Delete the uploaded data of {count, plural, one {# unfinished upload} other {# unfinished uploads}}?',
  'ui.settings.leftovers.question-detail':
    '{count, plural, one {It stays in the list and starts} other {They stay in the list and start}} from the beginning when you resume.',
  'ui.settings.leftovers.remove-short': 'Delete',

  'ui.settings.practice': 'Practice',
  'ui.settings.practice.holds':
    '{count, plural, =0 {Empty, {quota} available} one {# file, {bytes} of {quota}} other {# files, {bytes} of {quota}}}',
  'ui.settings.practice.detail': 'A storage service on this computer. Its links open only here.',
  'ui.settings.practice.empty': 'Empty',
  'ui.settings.practice.empty-label': 'Empty Practice',
  'ui.settings.practice.question': 'Delete {count, plural, one {# file} other {# files}} from Practice?',
  'ui.settings.practice.question-detail':
    '{count, plural, one {Its link stops working, and Hoist removes it from the list.} other {Their links stop working, and Hoist removes them from the list.}} The files that you dropped stay.',
} as const;
