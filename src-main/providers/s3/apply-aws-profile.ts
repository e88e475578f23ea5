/** Takes the region, the endpoint and its variant from an AWS profile if the form's fields are empty. */
import { failure } from '../../../src-shared/errors.ts';
import type { Computer } from '../../platform/computer.ts';
import { listAwsProfiles } from './aws-config.ts';
import { applyProfileDefaults, type S3Settings } from './settings.ts';

/**
 * Changes the given settings object, because error sentences use its values.
 * @throws AppFailure secret-missing, invalid-input at `awsProfile`
 */
export function applyAwsProfile(settings: S3Settings, computer: Computer): void {
  if (settings.signIn.by !== 'profile') return;
  const { profile } = settings.signIn;
  const awsProfile = listAwsProfiles(computer).find(({ name }) => name === profile);
  if (!awsProfile) throw failure('secret-missing', { field: 'awsProfile', params: { why: 'noProfile', profile } });
  const { region, endpoint, awsEndpoint } = awsProfile;
  if (region === undefined && endpoint === undefined && awsEndpoint === undefined) return;
  const filled = applyProfileDefaults(settings, awsProfile);
  if (!filled) throw failure('invalid-input', { field: 'awsProfile', params: { why: 'profileLocation', profile } });
  Object.assign(settings, filled);
}
