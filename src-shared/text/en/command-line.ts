/** The command line, except `hoist setup`: help, messages and progress. */
export const commandLineTexts = {
  'cli.about': 'Upload files and get links that work.',
  'cli.help.about': 'Show help for a command.',
  'cli.option.json': 'Print JSON, one object per line.',
  'cli.option.help': 'Show this help.',
  'cli.option.version': 'Print the version.',
  'cli.footer':
    'Exit codes: 0 success, 1 some uploads failed, 2 usage error, 3 uploaded but a link does not open, ' +
    '130 interrupted.',

  'cli.upload.about': 'Upload files and print their links, one per line, in the order of the arguments.',
  'cli.upload.files': 'Files, folders (with all their files), or - for standard input.',
  'cli.upload.to':
    'Destination name, or a type (s3) with one destination. Tries several, separated by commas, in this order. ' +
    'Default: the destination in use; if none is set up, the bucket from AWS_S3_BUCKET and its keys; otherwise Practice.',
  'cli.upload.name':
    'Name for the uploaded files and folders, or for standard input. Replaces placeholders in braces; see docs/names.md.',
  'cli.upload.remote-path':
    'Upload to this path instead of the default location. With a trailing / or several files, it’s a folder.',
  'cli.upload.if-exists': 'What to do if the name is taken. Overrides the setting of the destination.',
  'cli.upload.bad-name': '{option}: {what}',
  'cli.upload.link': 'Who can open the link. Overrides the setting of the destination.',
  'cli.upload.expires': 'How long the link works, such as 45m, 12h or 3d; at most 7d.',
  'cli.upload.bad-expires': '--expires: enter a number with m, h or d, such as 45m, 12h or 3d; at most 7d.',
  'cli.upload.public-expires': '--expires: a public link works until the file is deleted. Omit --expires or --link.',
  'cli.upload.no-such-link': '--link: {name} doesn’t support links of this kind.',
  'cli.option.allow-program': 'Run the credential_process of the AWS profile without a question, now and later.',
  'cli.program.question':
    'The AWS profile “{profile}” in {file} gets the keys of {destination} from this program: {command} Run it now and later? [y/N]',
  'cli.upload.sensitive': 'Also upload files from locations that usually hold keys or passwords.',
  'cli.upload.allow-public': 'Also fall back to destinations where more people could open the link.',
  'cli.upload.allow-permanent': 'Also fall back to destinations where Hoist can’t delete files.',
  'cli.upload.no-fallback': 'Don’t try another destination if this one fails.',

  'cli.resume.about': 'Resume unfinished uploads and print their links.',
  'cli.resume.failed': 'Also retry uploads that failed partway.',
  'cli.serve.about': 'Serve the links of Practice until interrupted, and print the address.',
  'cli.history.about': 'Print finished uploads, newest first: time, status, name and link, separated by tabs.',
  'cli.history.words': 'Show only uploads with these words in their name, link or destination.',
  'cli.history.limit': 'Maximum number of uploads.',
  'cli.revoke.about': 'Make links stop working. The files stay stored. Works for fal.ai.',
  'cli.revoke.links': 'Links as Hoist printed them, or IDs from --json.',
  'cli.revoke.unknown': 'The history has no upload with the link or ID {link}. No link was revoked.',
  'cli.revoke.still-open': '{url}: revoked, but the link still opens. Open it again in a few minutes to check.',
  'cli.status.about': 'Print the destination in use and the unfinished uploads.',

  'cli.practice.note':
    'Practice: {count, plural, one {the link opens} other {the links open}} only on this computer, and only while Hoist or "hoist serve" runs.',
  'cli.practice-alone': 'Practice can’t be combined with other destinations: its links open only on this computer.',
  'cli.environment.note': 'Using {destination}, set up by environment variables.',
  'cli.serving': 'Practice is serving at this address until you press Ctrl+C. Upload with: hoist upload FILE',
  'cli.resuming': 'Resuming {count, plural, one {# upload} other {# uploads}}.',
  'cli.link-private.what': 'Uploaded, but the link doesn’t open for others: {destination} refuses anonymous access.',
  'cli.link-private.remedy.public': 'Allow public access at {destination}, or upload with --link expiring.',
  'cli.link-private.remedy.expiring': 'Check that the key of {destination} may read files.',
  'cli.link-unreachable.what': 'Uploaded, but the link doesn’t open: its address doesn’t return the file.',
  'cli.link-unreachable.remedy': 'Check the link settings of {destination}.',
  'cli.fallback.failed': '{name}: not uploaded to {destination}. {what}',
  'cli.fallback.used': '{name}: uploaded to {destination} instead.',
  'cli.withheld.more-people':
    '{name}: not sent to {destination}, because more people could open the link. To allow this, add --allow-public.',
  'cli.withheld.cannot-delete':
    '{name}: not sent to {destination}, because Hoist can’t delete files there. To allow this, add --allow-permanent.',
  'cli.withheld.already-read':
    '{name}: not sent to {destination}, because Hoist keeps only 8 MiB of a pipe. Save the data to a file and upload the file.',
  'cli.canceled': '{name}: canceled.',
  'cli.paused': '{name}: paused. Resume with: hoist resume',
  'cli.sensitive':
    '{name}: not uploaded, because its location usually holds keys or passwords. Add --sensitive to upload it anyway.',
  'cli.empty-folder': '{name}: this folder contains no files.',
  'cli.bad-url': '{name}: this address doesn’t name a file on this computer. Enter the path instead.',
  'cli.empty-name': 'A file name is empty. Check for an unset variable.',
  'cli.skipped.links': '{name}: {count, plural, one {# link} other {# links}} skipped.',
  'cli.skipped.special':
    '{name}: {count, plural, one {# special file (pipe, socket or device)} other {# special files (pipes, sockets or devices)}} skipped.',
  'cli.interrupted': '{name}: stopped while reading this folder. None of its files was uploaded.',
  'cli.no-destination':
    'There is no destination named {name}. {count, plural, =0 {} other {Available destinations: {names}.}}',
  'cli.no-environment-destination':
    'No destination is set up by environment variables. To list the variables of a service: hoist setup provider NAME',
  'cli.output-disk-full': 'Standard output can’t be written: the disk is full. The results follow here.',
  'cli.output-failed': 'Standard output can’t be written ({code}). The results follow here.',
  'cli.cannot-start': 'Hoist can’t start: {reason}',
  'cli.refused-switch': 'Hoist can’t be started with --{name}, because this would turn off its protection.',
  'cli.several-of-type': 'There are {count} destinations of the type {name}. Enter a name: {names}.',
  'cli.bug': 'Hoist hit an internal error. See the log for details: {path}',
  'cli.warning': 'Warning: {name}: {state}',

  'cli.progress': '{percent}%  {sent} of {total}  {speed}',
  'cli.progress.stream': '{sent}  {speed}',
  'cli.progress.files': '{done} of {count} files',
  'cli.progress.waiting': 'waiting to retry: {reason}',
  'cli.progress.offline': 'waiting for network',

  'cli.status.destination': 'Destination: {name}',
  'cli.status.none': 'Destination: none',
  'cli.status.practice': 'Practice: {objects, plural, =0 {no files} one {# file} other {# files}}, {size} of {quota}',
  'cli.status.idle': 'No unfinished uploads.',
  'cli.status.uploads': '{count, plural, one {# unfinished upload:} other {# unfinished uploads:}}',
  'cli.status.row': '{status}  {size}  {name}',
  'cli.status.row.uploading': '{percent}%  {size}  {name}',

  'cli.sign-in.open': 'Open this page and sign in: {url}',
  'cli.sign-in.code': 'The page shows this code, or asks for it: {code}',
  'cli.sign-in.paste': 'Code from the page (or continue in the browser):',
  'cli.code': '{destination} needs a code. Code from {device}:',
  'cli.code.refused.wrong': 'The code was not accepted. Code from {device}:',
  'cli.code.refused.used': 'This code was already used; the device shows the next one soon. Code from {device}:',
  'cli.code.refused.shape': 'A code has six digits. Code from {device}:',
} as const;
