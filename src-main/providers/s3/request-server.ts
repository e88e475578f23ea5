/** The server that gets the requests, and whether they are signed with keys that are not in Hoist. */
import type { FieldValues } from '../../../src-shared/profile.ts';
import type { Computer } from '../../platform/computer.ts';
import { partitionOfRegion } from './aws-partitions.ts';
import { awsEndpoint } from './aws-endpoints.ts';
import { parseForm } from './link-example.ts';

/**
 * Returns a text that identifies the server. All regions of one of Amazon's partitions count as one server. For a form
 * that cannot be parsed yet, the text differs from the text of every other form.
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

/** Whether the keys come from the AWS tools or from the machine. */
export const usesExternalKeys = ({ credentials = '' }: FieldValues): boolean =>
  ['profile', 'container', 'instance'].includes(credentials);
