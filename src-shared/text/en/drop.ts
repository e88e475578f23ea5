/** The window before an upload: the destination bar, the drop zone, the first start, names, and files that wait. */
export const dropTexts = {
  'app.name': 'Hoist',

  'ui.bar.none': 'No destination yet',
  'ui.bar.search': 'Search links',
  'ui.bar.settings': 'Settings',
  'ui.bar.destinations': 'Destinations',
  'ui.bar.add': 'Add destination…',
  'ui.bar.set-up': 'Set up destination…',
  'ui.bar.edit': 'Edit {name}…',

  // next to the name of the destination
  'ui.link.expiring': 'link works for {days, plural, one {# day} other {# days}}',
  'ui.link.expiring-unknown': 'link expires',
  'ui.link.public': 'anyone with the link',
  'ui.link.private': 'only people who sign in there',
  'ui.link.practice': 'links open only on this computer',
  'ui.link.next': 'next: {link}',

  'ui.link-override.title': 'Links for the next files',
  'ui.link-override.as-set': 'Destination default',
  'ui.link-override.day': 'Expire after 1 day',
  'ui.link-override.week': 'Expire after 7 days',
  'ui.link-override.public': 'Public, never expires',

  // while the user drags files over the window
  'ui.drop.title': '{count, plural, =0 {Drop to upload} one {Drop to upload # file} other {Drop to upload # files}}',
  'ui.drop.title-items': '{count, plural, one {Drop to upload # item} other {Drop to upload # items}}',
  'ui.drop.to': 'to {destination} · {link}',
  'ui.drop.to-nowhere': 'You choose the destination next. Hoist keeps the files until then.',
  'ui.drop.link.expiring': 'the link works for {days, plural, one {# day} other {# days}}',
  'ui.drop.link.expiring-unknown': 'the link expires',
  'ui.drop.link.public': 'anyone with the link can open it',
  'ui.drop.link.private': 'only people who sign in there can open it',
  'ui.drop.link.practice': 'the link opens only on this computer',
  'ui.drop.refused': 'Hoist accepts only files',
  'ui.drop.refused-text': 'This is text. Save it as a file, then drop the file.',
  'ui.drop.refused-link': 'This is a link from a browser. Download the file, then drop it.',
  'ui.drop.refused-other': 'This isn’t a file. Drag a file from a folder.',
  'ui.drop.paste-refused': 'Only files can be pasted here. Copy a file in a folder, then paste.',

  'ui.empty.title': 'Drop files to get a link',
  'ui.empty.hint': 'Or paste with {keys}. Hoist copies the link to the clipboard once the link works.',
  'ui.empty.choose': 'Choose files…',
  'ui.empty.target': 'Drop files here',

  'ui.first.title': 'Where should your files go?',
  'ui.first.hint': 'Hoist uploads each file there and gives you a link. You choose who can open it.',
  'ui.first.own': 'Your own storage',
  'ui.first.own-hint': '{first}, {second}, {third} and {count, number} more.',
  'ui.first.own-hint-few': 'You need an account there, or your own server.',
  'ui.first.try': 'Try it without an account',
  'ui.first.try-hint': 'Practice: links open only on this computer.',
  'ui.first.try-button': 'Try it',
  'ui.first.drop': 'Files that you drop now go to {destination}.',

  'ui.practice.title': 'Practice: links open only on this computer',
  'ui.practice.line': 'Other people can’t open these links yet.',
  'ui.practice.region': 'Where your files go',

  'ui.strip.title': 'Drop files anywhere',
  'ui.strip.hint': 'in this window, or paste with {keys}',
  'ui.keys.control': 'Ctrl',
  'ui.keys.command': '⌘',

  // files that wait until a destination is set up
  'ui.pending': '{what} {count, plural, one {waits} other {wait}} for a destination.',
  'ui.pending.files': '{count, plural, one {# file} other {# files}}',
  'ui.pending.folders':
    '{count, plural, one {# folder} other {# folders}} ({files, plural, one {# file} other {# files}})',
  'ui.pending.both': '{folders} and {files}',
  'ui.pending.discard': 'Don’t upload',

  'ui.naming.title': '{count, plural, one {Name this upload} other {Name these uploads}}',
  'ui.naming.name': 'Name of {name}',
  'ui.naming.name-one': 'Name',
  'ui.naming.folder': '{name} and the files in it keep their names.',
  'ui.naming.links': '{count, plural, one {Link} other {Links}}',
  'ui.naming.goes-to': 'To {destination}, as {objectKey}',
  'ui.naming.empty': 'Enter a name.',
  'ui.naming.slash': 'A name can’t have slashes.',
  'ui.naming.send': '{count, plural, one {Upload} other {Upload # files}}',
  'ui.naming.cancel': 'Don’t upload',

  'error.invalid-input.too-many-files.what': 'Hoist accepts at most {max, number} files at once.',
  'error.invalid-input.too-many-files.remedy': 'Drop the folder that contains them.',
  'error.invalid-input.drop-expired.what': 'Hoist no longer has these files, because they were dropped too long ago.',
  'error.invalid-input.drop-expired.remedy': 'Drop them again.',
} as const;
