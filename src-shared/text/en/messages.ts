/**
 * Messages of the window: notices above the list, toasts, announcements for screen readers, and system notifications.
 */
export const messageTexts = {
  'ui.notice.region': 'Notices',
  'ui.notice.dismiss': 'Dismiss',
  'ui.notice.dismiss-label': 'Dismiss: {text}',
  'ui.notice.refused':
    '{count, plural, offset:1 =1 {{name} was} one {{name} and # other file were} other {{name} and # other files were}} not added.',
  'ui.notice.skipped.links':
    'In {name}, {count, plural, one {# link was} other {# links were}} skipped: Hoist uploads only regular files.',
  'ui.notice.skipped.special':
    'In {name}, {count, plural, one {# special file (pipe, socket or device) was} other {# special files (pipes, sockets or devices) were}} skipped.',
  'ui.notice.needs-sign-in': '{name} needs a valid key. {sentence}',
  'ui.notice.needs-code': '{name} needs a code from your device.',
  'ui.notice.needs-permission': '{name} needs your permission to run a program.',
  'ui.notice.signed-out': '{name} is signed out. {sentence}',
  'ui.notice.needs-setup': '{name} needs setup. {sentence}',

  // messages for the whole window, shown until the user dismisses them
  'notice.test-runtime': 'Test runtime without security updates: don’t enter real keys.',
  'notice.store-replaced':
    'The upload list was damaged. Hoist moved it to {file} and {from, select, backup {restored the last backup} other {started a new list}}.',
  'notice.internal-error':
    'Hoist hit an internal error ({diagnosticId}). Uploads continue. The log has the details: Help > Show log.',
  'notice.session-secrets': 'This computer has no key store: Hoist keeps the keys until it quits.',
  'notice.leftovers-removed':
    'Hoist deleted the uploaded data of {count, plural, one {# week-old unfinished upload. It starts} other {# week-old unfinished uploads. They start}} from the beginning when you try again.',
  'notice.secrets-locked': 'The keys of {name} can’t be read. Enter them again.',
  'notice.secrets-locked.action': 'Fix key…',

  'ui.toast.region': 'Messages',
  'ui.toast.dismiss': 'Dismiss message',
  'ui.toast.copied': '{count, plural, one {Link copied} other {# links copied}}',
  'ui.toast.with-reach': '{copied}. {reach}',
  'ui.toast.copied-failed':
    '{links, plural, one {Link copied} other {# links copied}}, {failed, plural, one {# upload failed} other {# uploads failed}}',
  'ui.toast.many': '{count, plural, one {# file uploaded.} other {# files uploaded.}}',
  'ui.toast.clipboard-unchanged': 'The clipboard still has what you copied in the meantime.',
  'ui.toast.copy': '{count, plural, one {Copy link} other {Copy links}}',
  'ui.toast.clipboard-failed':
    '{count, plural, one {The link was} other {The links were}} not copied to the clipboard.',
  'ui.toast.copied-and-closed': '{copied}. {closed}',
  'ui.toast.copy-anyway': 'Copy anyway',
  'ui.toast.not-copied.closed':
    '{count, plural, one {The link was not copied: other people can’t open it.} other {# links were not copied: other people can’t open them.}}',
  'ui.toast.not-copied.private':
    '{count, plural, one {The link was not copied: it requires a sign-in.} other {# links were not copied: they require a sign-in.}}',
  'ui.toast.not-copied.unreachable':
    '{count, plural, one {The link was not copied: it didn’t respond.} other {# links were not copied: they didn’t respond.}}',
  'ui.toast.another-not-copied.closed':
    '{count, plural, one {Another link was not copied: other people can’t open it.} other {# others were not copied: other people can’t open them.}}',
  'ui.toast.another-not-copied.private':
    '{count, plural, one {Another link was not copied: it requires a sign-in.} other {# others were not copied: they require a sign-in.}}',
  'ui.toast.another-not-copied.unreachable':
    '{count, plural, one {Another link was not copied: it didn’t respond.} other {# others were not copied: they didn’t respond.}}',
  'ui.toast.remedy.closed-public': 'Allow public reading in {destination}, or choose links that expire.',
  'ui.toast.remedy.closed-expiring': 'Allow the key of {destination} to read files.',
  'ui.toast.remedy.private': 'To share with everyone, change the links of {destination}.',
  'ui.toast.remedy.unreachable': 'Check the public address of {destination}.',
  'ui.toast.practice-empty': 'Practice is empty.',
  'ui.toast.removed-destination': '{name} was removed. Files stored there stay.',
  'ui.toast.leftovers-removed': 'All unfinished uploads were removed.',
  'ui.toast.saved': '{name} is ready.',
  'ui.toast.details-copied': 'Details copied',

  // announced to screen readers
  'ui.say.started': 'Uploading {count, plural, one {# file} other {# files}}.',
  'ui.say.percent': '{percent, number} % uploaded.',
  'ui.say.progress': '{done, number} of {total, number} uploaded.',
  'ui.say.progress-failed': '{done, number} of {total, number} uploaded, {failed, number} failed.',
  'ui.say.settled': '{done, plural, one {# file uploaded} other {# files uploaded}}.',
  'ui.say.settled-failed': '{done, number} uploaded, {failed, number} failed.',
  'ui.say.failed': '{name}: {what} {remedy}',

  // notifications of the system
  'notify.done.title': '{count, plural, one {{name}} other {# files uploaded}}',
  'notify.done.body': '{count, plural, one {The link is on the clipboard.} other {# links are on the clipboard.}}',
  'notify.done.not-copied': '{count, plural, one {The link is} other {# links are}} ready in Hoist.',
  'notify.closed.title': '{count, plural, one {{name}: link not copied} other {# links not copied}}',
  'notify.closed.body':
    '{count, plural, one {Its link did not open when Hoist checked it.} other {Their links did not open when Hoist checked them.}}',
  'notify.with-reach': '{links} {reach}',
  'notify.failed.title': '{count, plural, one {{name} was not uploaded} other {# files were not uploaded}}',
  'notify.failed.body': '{what} {remedy}',

  // after a message about copied links: who can open them
  'reach.closed.all': '{count, plural, one {Other people can’t open it.} other {Other people can’t open them.}}',
  'reach.closed.some': 'Other people can’t open {count, number} of them.',
  'reach.unreachable.all': '{count, plural, one {It} other {They}} didn’t respond to the check.',
  'reach.unreachable.some': '{count, number} of them didn’t respond to the check.',
  'reach.this-computer.all': '{count, plural, one {It opens} other {They open}} only on this computer.',
  'reach.this-computer.some': '{count, plural, one {# of them opens} other {# of them open}} only on this computer.',
  'reach.this-network.all': '{count, plural, one {It opens} other {They open}} only in this network.',
  'reach.this-network.some': '{count, plural, one {# of them opens} other {# of them open}} only in this network.',
} as const;
