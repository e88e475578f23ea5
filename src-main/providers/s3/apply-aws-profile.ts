/** What a profile of the AWS tools says of the place, where the form leaves it open. */
import { failure } from '../../../src-shared/errors.ts';
import type { Computer } from '../contract/provider.ts';
import { listAwsProfiles } from './aws-config.ts';
import { applyProfileDefaults, type S3Settings } from './settings.ts';

/**
 * Fills in the very settings, because the sentences about errors name what is in them.
 * @throws AppFailure secret-missing, invalid-input at `awsProfile`
 */
export function applyAwsProfile(settings: S3Settings, computer: Computer): void {
  if (settings.signIn.by !== 'profile') return;
  const { profile } = settings.signIn;
  const found = listAwsProfiles(computer).find(({ name }) => name === profile);
  if (!found) throw failure('secret-missing', { field: 'awsProfile', params: { why: 'noProfile', profile } });
  if (found.region === undefined && found.endpoint === undefined) return;
  const filled = applyProfileDefaults(settings, found);
  if (!filled) throw failure('invalid-input', { field: 'awsProfile', params: { why: 'profilePlace', profile } });
  Object.assign(settings, filled);
}
