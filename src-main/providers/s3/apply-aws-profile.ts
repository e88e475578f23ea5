/** Takes region and endpoint from an AWS profile where the form leaves them empty. */
import { failure } from '../../../src-shared/errors.ts';
import type { Computer } from '../../platform/computer.ts';
import { listAwsProfiles } from './aws-config.ts';
import { applyProfileDefaults, type S3Settings } from './settings.ts';

/**
 * Changes the given settings object, because the error sentences name values from it.
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
