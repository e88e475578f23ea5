/** Amazon's partitions: groups of regions with separate accounts, domains and resource names. */

export interface AwsPartition {
  /** The prefix of resource names, as in `arn:aws-cn:s3:::photos`. */
  id: string;
  domain: string;
  /** Signs the first request when the region is unknown. */
  firstRegion: string;
}

const partitions: readonly (AwsPartition & { regions: string })[] = [
  { id: 'aws-cn', domain: 'amazonaws.com.cn', firstRegion: 'cn-north-1', regions: 'cn-' },
  { id: 'aws-us-gov', domain: 'amazonaws.com', firstRegion: 'us-gov-west-1', regions: 'us-gov-' },
  { id: 'aws-eusc', domain: 'amazonaws.eu', firstRegion: 'eusc-de-east-1', regions: 'eusc-' },
];
const commercialPartition: AwsPartition = { id: 'aws', domain: 'amazonaws.com', firstRegion: 'us-east-1' };

export const partitionOfRegion = (region: string): AwsPartition =>
  partitions.find(({ regions }) => region.startsWith(regions)) ?? commercialPartition;

/**
 * Returns undefined for partitions that only some authorities can use, such as `aws-iso`.
 * @param id as in a resource name
 */
export const partitionById = (id: string): AwsPartition | undefined =>
  [commercialPartition, ...partitions].find((partition) => partition.id === id);

/** Matches the name of a region of Amazon. */
export const awsRegionPattern = /^[a-z]{2,4}(?:-[a-z]+)+-\d$/;
