/** Errors about Hoist itself, and the reasons why an upload moved on to the next destination. */
export const appErrorTexts = {
  'error.server-reason': '{what} The server’s message: “{serverMessage}”.',

  'error.no-destination.what': 'There is no destination for this upload.',
  'error.no-destination.remedy': 'Add a destination, then try again.',

  'error.provider-broken.what': '{provider} can’t be loaded: a part of Hoist is missing or damaged.',
  'error.provider-broken.remedy': 'Reinstall Hoist; destinations of other kinds still work.',

  'error.disk-full.what': 'This computer’s disk is full, so Hoist can’t save its records.',
  'error.disk-full.remedy': 'Free up space, then try again.',
  'error.disk-full.broken.what': 'This computer’s disk reports errors, so Hoist can’t save its records.',
  'error.disk-full.broken.remedy': 'Check the disk, then try again.',

  'error.bug.what': 'Hoist hit an internal error.',
  'error.bug.remedy': 'Try again; if it happens again, report it with the code in the details.',
  'error.bug.damaged.what': 'The disk returned damaged data, so Hoist can’t save its records.',
  'error.bug.damaged.remedy': 'Check the disk, then restart Hoist; it restores its records from a backup.',

  'error.canceled.what': 'Canceled.',
  'error.canceled.remedy': 'Upload it again to start from the beginning.',

  // clauses: “Uploaded to Dropbox because …” (`ui.row.fell-back`)
  'because.unreachable': '{destination} didn’t respond',
  'because.stalled': 'no data was transferred to {destination} for a minute',
  'because.rate-limited': '{destination} limited the rate of requests',
  'because.unavailable': '{destination} reported a server error',
  'because.corrupted': 'the data stored in {destination} didn’t match the uploaded data',
  'because.clock-skewed': 'this computer’s clock differs from that of {destination}',
  'because.tls-untrusted': 'the certificate of {destination} isn’t trusted',
  'because.wrong-service': '{destination} didn’t respond like a storage service',
  'because.unauthorized': '{destination} rejected the key',
  'because.forbidden': 'the key of {destination} isn’t allowed to do this',
  'because.session-expired': 'the temporary key of {destination} has expired',
  'because.no-bucket': 'the bucket of {destination} doesn’t exist',
  'because.wrong-region': 'the bucket of {destination} is in another region',
  'because.quota-exceeded': '{destination} is full',
  'because.too-large': 'the file is too large for {destination}',
  'because.rejected': '{destination} rejected the upload',
  'because.provider-broken': '{destination} can’t be loaded',
  'because.secret-missing': 'the key of {destination} isn’t available',
  'because.no-destination': '{destination} was removed from Hoist',
  'because.other': '{destination} failed',
} as const;
