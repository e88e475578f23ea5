/** The server that gets the requests, and whether they are signed with keys that are not in Hoist. */
import type { FieldValues } from '../../../src-shared/profile.ts';
import type { Computer } from '../../platform/computer.ts';
import { partitionOfRegion } from './aws-partitions.ts';
import { awsEndpoint } from './aws-endpoints.ts';
import { parseForm } from './link-example.ts';

/**
 * Amazon's regions count as one server for each partition. A form that cannot be parsed yet differs from every parsed
 * form.
 */
export function s3RequestServer(values: FieldValues, computer: Computer): string {
  const { bucket, endpoint = '', region = '', awsEndpoint: variant = '', credentials = '', awsProfile = '' } = values;
  const form = { bucket: bucket || 'any-bucket', endpoint, region, awsEndpoint: variant, credentials, awsProfile };
  const settings = parseForm(form, computer);
  if (!settings) return [endpoint, bucket].join(' ').trim();
  return settings.endpoint === awsEndpoint(settings.awsEndpoint, settings.region)
    ? `https://${partitionOfRegion(settings.region).domain}`
    : settings.endpoint;
}

export const usesExternalKeys = ({ credentials = '' }: FieldValues): boolean =>
  ['profile', 'container', 'instance'].includes(credentials);
