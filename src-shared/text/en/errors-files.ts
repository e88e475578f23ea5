/** Errors about the file itself, on this computer. */
export const fileErrorTexts = {
  'error.source-missing.what': 'The file was moved or deleted.',
  'error.source-missing.remedy': 'Put it back, or add it again from its new location.',
  'error.source-missing.path.what': 'There is no file with this path.',
  'error.source-missing.path.remedy': 'Check the path.',

  'error.source-unreadable.what': 'You don’t have permission to read this file.',
  'error.source-unreadable.remedy': 'Change its permissions, or copy it to one of your folders.',
  'error.source-unreadable.unproven.what': 'Hoist couldn’t read this file.',
  'error.source-unreadable.unproven.remedy':
    'Check that it exists and that you have permission to read it, then add it again.',
  'error.source-unreadable.disk.what': 'The disk reports errors while reading this file.',
  'error.source-unreadable.disk.remedy': 'Check the disk, then try again.',
  'error.source-unreadable.busy.what': 'Another program has locked this file.',
  'error.source-unreadable.busy.remedy': 'Close it in that program, then try again.',
  'error.source-unreadable.share.what': 'The drive with this file doesn’t respond.',
  'error.source-unreadable.share.remedy': 'Reconnect the drive, then try again.',
  'error.source-unreadable.many.what': 'This computer has too many files open.',
  'error.source-unreadable.many.remedy': 'Close other programs, then try again.',
  'error.source-unreadable.memory.what': 'This computer is out of memory.',
  'error.source-unreadable.memory.remedy': 'Close other programs, then try again.',
  'error.source-unreadable.folder.what': 'You don’t have permission to read this folder.',
  'error.source-unreadable.folder.remedy': 'Change its permissions, then add it again.',
  'error.source-unreadable.path.what': 'The path of this file is longer than this computer allows.',
  'error.source-unreadable.path.remedy':
    'Move it to a shorter path, or shorten the names of its folders, then add it again.',
  'error.source-unreadable.name.what': 'Several files have this name, because their names aren’t valid UTF-8.',
  'error.source-unreadable.name.remedy': 'Rename the file, then add it again.',

  'error.source-changed.what': 'The file changed while it was queued or uploading.',
  'error.source-changed.remedy': 'Add it again when no program is writing to it.',
  'error.source-changed.sensitive.what': 'The file changed, and its location usually holds keys or passwords.',
  'error.source-changed.sensitive.remedy': 'Add it again to confirm the upload.',

  'error.source-is-folder.what': 'This folder contains no files.',
  'error.source-is-folder.remedy': 'Choose a folder that contains files.',

  'error.source-not-a-file.what': 'This isn’t a regular file.',
  'error.source-not-a-file.remedy': 'Save it as a regular file, then add that file.',
  'error.source-not-a-file.pipe.what': 'This is a pipe.',
  'error.source-not-a-file.pipe.remedy': 'Send its data on standard input, with “-” as the file.',

  'error.name-taken.what': 'A file with this name already exists.',
  'error.name-taken.remedy': 'Replace it, or upload this file under a new name.',

  'error.too-large.what': 'The file is larger than the storage service allows.',
  'error.too-large.remedy': 'Use another destination, or split the file.',
  'error.too-large.service.what': 'The file is larger than the {limit, number} GB that this service allows.',
  'error.too-large.service.remedy': 'Use another destination, or split the file.',
  'error.too-large.capacity.what': 'The file is larger than Practice’s capacity of {limit, number} MB.',
  'error.too-large.capacity.remedy': 'Use another destination.',
  'error.too-large.space.what': 'Practice has only {left, number} MB free, so this file doesn’t fit.',
  'error.too-large.space.remedy': 'Empty Practice, then try again, or use another destination.',
  'error.too-large.wanted.what': 'The file is larger than the {limit, number} MB limit of this destination.',
  'error.too-large.wanted.remedy': 'Raise the limit, or use another destination.',
  'error.too-large.front.what': 'A server in front of {host} rejects requests of this size.',
  'error.too-large.front.remedy': 'Raise its request size limit, or enter an endpoint that bypasses it.',
} as const;
