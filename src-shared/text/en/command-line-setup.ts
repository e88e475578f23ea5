/** The command `hoist setup` and its subcommands. */
export const setupCommandTexts = {
  'cli.setup.about':
    'List the destinations. Subcommands: provider, all, add, edit, test, use, rename, move, duplicate, remove, policy, found, adopt, import, export.',
  'cli.setup.name': 'Destination name.',
  'cli.setup.check-option': 'Check each destination with a request to its storage service.',
  'cli.setup.none':
    'No destinations yet. Add one with: hoist setup add s3{discovered, plural, =0 {} other {. Or use credentials from this computer: hoist setup found}}',
  'cli.setup.set-variables': 'Set its environment variables. To list them: hoist setup provider {provider}',
  'cli.fix.command': 'Fix it with: {command}',
  'cli.fix.test': 'Find the setting with: {command}',
  'cli.fix.allow-program': 'Allow it with: {command}',
  'cli.fix.variables':
    '{count, plural, one {Set the environment variable {names}.} other {Set the environment variables {names}.}}',
  'cli.fix.secret': '{key}=… with --secrets-from -',
  'cli.fix.secret-in-file': '--secrets-from FILE ({key}=…)',
  'cli.setup.no-provider': 'There is no provider named {name}. Available providers: {names}.',
  'cli.setup.built-in': '{name} is built in or comes from environment variables, so this command can’t change it.',
  'cli.setup.unknown-command': 'Unknown command: hoist setup {name}. Available commands: {names}.',

  // settings as options, and secrets
  'cli.setup.field': '{label} ({option})',
  'cli.setup.problem': '{field}: {sentence}',
  'cli.setup.check': '{outcome}: {step}',
  'cli.setup.option': '{label}. {help}',
  'cli.setup.option.needed': 'Required.',
  'cli.setup.option.with': 'Only with {option} {value}.',
  'cli.setup.option.without': 'Only without {option}.',
  'cli.setup.option.off': 'Off: {option}.',
  'cli.setup.option.lines': 'Repeat for each line, or use @FILE to read the lines from a file.',
  'cli.setup.options.essential': 'Settings:',
  'cli.setup.options.more': 'Advanced settings:',
  'cli.setup.useless-option': '{option} has no effect with {other} {value}.',
  'cli.setup.unknown-setting': 'Write a setting as KEY=VALUE. Available keys: {names}.',
  'cli.setup.set': 'Setting to change, by its key in --json. Accepts several, and key=@FILE to read lines from a file.',
  'cli.setup.unreadable-file': 'Can’t read {path}.',
  'cli.setup.secret-argument':
    '{label} is secret, and other users of this computer can read command-line arguments, which also stay in the shell history. ' +
    'Omit {option}: enter the secret when asked, or pass {key}=… on standard input with --secrets-from -',
  'cli.setup.secrets.terminal':
    'Standard input is a terminal, which would show the secrets. Omit --secrets-from to enter them without echo.',
  'cli.setup.secrets.none': 'No settings found. Write KEY=VALUE lines or JSON. Secret keys: {names}.',
  'cli.setup.secrets.invalid': 'No settings found. Write KEY=VALUE lines or JSON.',
  'cli.setup.secrets.line': 'Line {number} of the secrets isn’t KEY=VALUE with a known key. Known keys: {names}.',
  'cli.setup.ask': '{label}:',
  'cli.setup.missing': 'Missing: {label}. {help} Add {option}…',
  'cli.setup.missing-secret': 'Missing: {label}. Pass it on standard input as {key}=… with --secrets-from -',
  'cli.setup.missing-sign-in':
    '{label} needs a sign-in in the browser: run this command in a terminal, or set up the destination in the window.',
  'cli.setup.missing.help': 'For details: hoist setup provider {provider}',
  'cli.setup.secret-storage.none':
    'This computer has no key store for the secrets. Add --unprotected to save them readable for every program that runs as you, or --session not to save them. ' +
    'S3 can also use an AWS profile (--aws-profile NAME) or environment variables (hoist setup found).',
  'cli.setup.secret-storage.one': 'Use either --session or --unprotected.',
  'cli.setup.not-saved': 'Nothing was saved. Fix the problem, or add --no-test to save without testing.',
  'cli.setup.saved':
    'Saved: {name}{secretStorage, select, saved {, with secrets encrypted in {keyStore}} unprotected {, with secrets readable on this disk} session {, without its secrets} other {}}.',
  'cli.setup.saved-without-secret':
    'The secret of {name} is not saved, so later commands can’t use it. Save the secret with: {command}',

  'cli.setup.provider.about': 'Show what a provider needs, what is missing, and how to get it.',
  'cli.setup.provider.name': 'Provider, such as s3.',
  'cli.setup.provider.needs': 'Required settings:',
  'cli.setup.provider.field': '{label} ({typed}): {help}',
  'cli.setup.provider.secret': 'secret: prompted for, or --secrets-from -',
  'cli.setup.provider.more': 'More settings, described by --help: {names}',
  'cli.setup.provider.variables': 'Environment variables: {names}',
  'cli.setup.provider.presets': 'Services (--preset), with the page where you create keys:',
  'cli.setup.provider.discovered': 'Found on this computer:',
  'cli.setup.provider.command': 'Set it up with:',

  'cli.setup.all.about': 'Show for each provider whether it can be used, and what is missing.',
  'cli.setup.all.provider': '{name}: {count, plural, =0 {not set up} one {# destination} other {# destinations}}',
  'cli.setup.all.profile': '{name}{isDefault, select, yes { (default)} other {}}: {state}',
  'cli.setup.all.missing': 'Missing: {fields}. For details: {command}',
  'cli.setup.all.discovered': 'Found on this computer: {credentials}',

  'cli.setup.add.about':
    'Add a destination. Asks for missing settings, tests them with a small upload, and saves them.',
  'cli.setup.add.name': 'Name of the destination. Default: the name of its bucket or service.',
  'cli.setup.add.preset': 'Fill in the known settings of a service.',
  'cli.setup.add.secrets-from': 'Read secrets from a file or standard input (-), as KEY=VALUE lines or JSON.',
  'cli.setup.add.no-test': 'Save without testing.',
  'cli.setup.add.default': 'Make it the destination in use.',
  'cli.setup.add.session': 'Without a key store: don’t save the secrets.',
  'cli.setup.add.unprotected': 'Without a key store: save the secrets readable for every program that runs as you.',

  'cli.setup.edit.about': 'Change settings of a destination, or enter its key again. Other settings stay.',
  'cli.setup.edit.sign-in': 'Ask for the keys again, or sign in again in the browser.',
  'cli.setup.edit.nothing': 'Nothing to change. Use --set KEY=VALUE, --sign-in, or --secrets-from - for its key.',
  'cli.setup.policy.about': 'Print the bucket policy that allows public reading of the uploaded files.',
  'cli.setup.policy.none': '{name}: this service has no bucket policies, or the address of the bucket isn’t complete.',
  'cli.setup.test.about': 'Test a destination with a small upload. Default: the destination in use.',
  'cli.setup.use.about': 'Make a destination the one in use.',
  'cli.setup.rename.about': 'Rename a destination.',
  'cli.setup.rename.new': 'New name.',
  'cli.setup.name-taken': 'A destination can’t be named “{name}”: the name is taken, empty or too long.',
  'cli.setup.name-reserved':
    'A destination can’t be named “{name}”: this name is reserved for a built-in destination. Choose another name.',
  'cli.setup.move.about': 'Change the order of the destinations, which is also the fallback order, and print it.',
  'cli.setup.move.before': 'Move it before this destination.',
  'cli.setup.move.after': 'Move it after this destination.',
  'cli.setup.move.where': 'Add --before OTHER or --after OTHER.',
  'cli.setup.duplicate.about': 'Copy a destination with its settings and secrets.',
  'cli.setup.duplicate.name': 'Name of the copy.',

  'cli.setup.remove.about': 'Remove a destination and its secrets. Uploaded files stay.',
  'cli.setup.remove.yes': 'Don’t ask for confirmation.',
  'cli.setup.remove.means':
    'Removing {name}: {unfinished, plural, =0 {no unfinished uploads} one {cancels # unfinished upload} other {cancels # unfinished uploads}}; ' +
    '{done, plural, =0 {no links} one {# link stays, but Hoist can no longer renew or delete it} other {# links stay, but Hoist can no longer renew or delete them}}.',
  'cli.setup.import.recipients.question':
    'The owners of these proxies, certificates and servers could read the requests. Use them? [y/N]',
  'cli.setup.import.recipients.accepted': '{name} uses the proxy, the certificate or the server of the file.',
  'cli.setup.import.recipients.removed':
    '{name} was imported without the proxy, the certificate or the AWS profile of the file.',
  'cli.setup.import.keep-network': 'Use the proxies and certificates of the file.',
  'cli.setup.recipients.question': 'Send the saved keys of {destination} to a changed recipient ({recipients})? [y/N]',
  'cli.setup.keep-secrets': 'Send the saved keys also to a changed server, proxy or certificate.',
  'cli.setup.remove.question': 'Remove {name}? [y/N]',
  'cli.setup.remove.not-removed': '{name} was not removed.',
  'cli.setup.remove.say-yes': 'Add --yes to remove it.',

  // credentials that this computer already has
  'cli.setup.discovered.about':
    'List the credentials found on this computer, with ID, name, provider, source and missing settings. Doesn’t use any of them.',
  'cli.setup.discovered.none': 'No credentials found on this computer.',
  'cli.setup.discovered.use': 'Use one with: hoist setup adopt ID',
  'cli.setup.discovered.row': '{name} ({from}). Use it with: {command}',
  'cli.setup.not-found': 'No credentials with the ID {id} were found on this computer. See: hoist setup found',
  'cli.setup.adopt.about': 'Add a destination from credentials found on this computer.',
  'cli.setup.adopt.id': 'ID from: hoist setup found',
  'cli.setup.adopt.needs': 'Missing: {names}. Add with: {command}',

  'cli.setup.import.about':
    'Import destinations and links from rclone, s3cmd, the AWS tools, PicGo, PicList or another Hoist. ' +
    'Without a file: list the files found on this computer.',
  'cli.setup.import.file': 'Settings file or link album to import.',
  'cli.setup.import.none': 'Nothing to import was found in the usual locations. Use: hoist setup import FILE',
  'cli.setup.import.use': 'Import one with: hoist setup import FILE',
  'cli.setup.import.holds':
    '{destinations, plural, =0 {} one {# destination} other {# destinations}}{links, plural, =0 {} one {# link} other {# links}}',
  'cli.setup.import.links':
    '{count, plural, one {# link is now in the history. Hoist can’t renew or delete it.} other {# links are now in the history. Hoist can’t renew or delete them.}}',
  'cli.setup.import.link':
    'Links of destinations that made permanent links: public or expiring. Without it, Hoist asks.',
  'cli.setup.import.ask-bucket': 'Bucket for {name} (Enter to skip):',
  'cli.setup.import.ask-links':
    '{program} made permanent links for {names}{more, plural, =0 {} other { and # more}}. Anyone who has such a link can open the file.',
  'cli.setup.import.ask-links.question': 'Keep permanent links? Otherwise links expire. [y/N]',
  'cli.setup.import.links-changed':
    '{name}: {program} made permanent links, but Hoist makes links that expire. Keep permanent links with: {command}',
  'cli.setup.import.links-changed.more':
    '{count, plural, one {# more destination makes links that expire.} other {# more destinations make links that expire.}}',
  'cli.setup.import.without-secrets':
    'The secrets are not saved, so later commands can’t use these destinations. Import again with --unprotected to save the secrets.',
  'cli.setup.import.incomplete':
    'Missing settings in: {names}{more, plural, =0 {} other { and # more}}. See: hoist setup all',
  'cli.setup.import.skipped.unknown-kind': '{name}: not imported, because Hoist doesn’t support this kind of storage.',
  'cli.setup.import.skipped.unreadable': '{name}: not imported, because Hoist doesn’t know this file format.',
  'cli.setup.import.skipped.encrypted':
    '{name}: not imported, because it’s encrypted with a password. Remove the password first with: rclone config',
  'cli.setup.import.skipped.unusable': '{name}: not imported, because it has no credentials and no links.',
  'cli.setup.import.skipped.more': '{count, plural, one {# more was} other {# more were}} not imported.',
  'cli.setup.export.about': 'Write all destinations without their secrets as JSON to a new file or standard output.',
  'cli.setup.export.file': 'File to create; it must not exist yet.',
  'cli.setup.export.exists': '{path} already exists. Choose another file name.',
  'cli.setup.export.unwritable': 'Can’t write to {path}.',
  'cli.setup.exported': '{count, plural, one {# destination} other {# destinations}} exported without secrets.',
} as const;
