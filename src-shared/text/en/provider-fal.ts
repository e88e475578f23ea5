/** Settings of fal.ai. Its errors are causes of the general ones, such as `error.forbidden.fal.what`. */
export const falTexts = {
  'provider.fal.help':
    'The storage of fal.ai. Files are public but unlisted: anyone with the link can open them. You can revoke links, but not delete or rename files.',

  'fal.key.label': 'API key',
  'fal.key.help':
    'From the fal.ai dashboard: two halves separated by a colon. Hoist encrypts it when you save, and never shows it again.',
  'fal.expiry.label': 'Keep files for',
  'fal.expiry.help':
    'You can revoke a link earlier, but files are deleted only when they expire. An expired file can’t be restored.',
  'fal.expiry.never': 'As long as the account keeps them',
  'fal.expiry.1h': '1 hour',
  'fal.expiry.1d': '1 day',
  'fal.expiry.7d': '7 days',
  'fal.expiry.30d': '30 days',
  'fal.expiry.1y': '1 year',
  'fal.access.label': 'Who can open the files',
  'fal.access.help': 'Files can’t be found without their link.',
  'fal.access.public.label': 'Anyone with the link',
  'fal.access.public.help': 'Public, unlisted.',
  'fal.access.signed.label': 'Anyone with the link, until it expires',
  'fal.access.signed.help': 'The file is restricted, and its links are signed. The key must be allowed to read assets.',
  'fal.linkDays.label': 'Links expire after',
  'fal.linkDays.help': 'fal.ai allows at most seven days. You can renew a link from the history.',
  'fal.linkDays.7': '7 days',
  'fal.linkDays.3': '3 days',
  'fal.linkDays.1': '1 day',

  // next to the name of the destination
  'fal.links.never': 'public, unlisted, until you revoke the link',
  'fal.links.1h': 'public, unlisted, expires after 1 hour',
  'fal.links.1d': 'public, unlisted, expires after 1 day',
  'fal.links.7d': 'public, unlisted, expires after 7 days',
  'fal.links.30d': 'public, unlisted, expires after 30 days',
  'fal.links.1y': 'public, unlisted, expires after 1 year',
} as const;
