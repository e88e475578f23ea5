import { expect, test } from 'vitest';
import { s3 } from '../../providers/s3/index.ts';
import { addedRecipients, publicLinksOf, withoutRecipients } from './imported-recipients.ts';

test('a file does not send the keys of an AWS profile to its own server without consent', () => {
  const settings = { credentials: 'profile', awsProfile: 'work', bucket: 'b', endpoint: 'https://theirs.example' };
  expect(addedRecipients(settings, s3)).toEqual(['endpoint=https://theirs.example']);
  const draft = { providerId: 's3' as const, name: 'Files', settings, secrets: {} };
  expect(withoutRecipients(draft, s3).settings).toMatchObject({ credentials: 'keys', bucket: 'b' });
});

test('takes the settings of public links out of the imported settings', () => {
  const settings = { bucket: 'b', linkKind: 'public', publicBaseUrl: 'https://cdn.example' };
  const imported = { name: 'Files', providerId: 's3' as const, settings, secrets: {}, from: 'Hoist' };
  expect(publicLinksOf(imported, s3)).toMatchObject({
    settings: { bucket: 'b' },
    publicLinkSettings: { linkKind: 'public', publicBaseUrl: 'https://cdn.example' },
  });
});
