/** Amazon's partitions: groups of regions with separate accounts, domains and resource names. */

export interface AwsPartition {
  /** The prefix of resource names, as in `arn:aws-cn:s3:::photos`. */
  id: string;
  domain: string;
  /** The region that the first request is signed for while the bucket's region is unknown. */
  firstRegion: string;
}

const partitions: readonly (AwsPartition & { regionPrefix: string })[] = [
  { id: 'aws-cn', domain: 'amazonaws.com.cn', firstRegion: 'cn-north-1', regionPrefix: 'cn-' },
  { id: 'aws-us-gov', domain: 'amazonaws.com', firstRegion: 'us-gov-west-1', regionPrefix: 'us-gov-' },
  { id: 'aws-eusc', domain: 'amazonaws.eu', firstRegion: 'eusc-de-east-1', regionPrefix: 'eusc-' },
];
const commercialPartition: AwsPartition = { id: 'aws', domain: 'amazonaws.com', firstRegion: 'us-east-1' };

export const partitionOfRegion = (region: string): AwsPartition =>
  partitions.find(({ regionPrefix }) => region.startsWith(regionPrefix)) ?? commercialPartition;

/**
 * Returns undefined for partitions that are only for government agencies, such as `aws-iso`.
 * @param id as in a resource name
 */
export const partitionById = (id: string): AwsPartition | undefined =>
  [commercialPartition, ...partitions].find((partition) => partition.id === id);

/** Matches the name of a region of Amazon, such as `eu-west-1` or `us-gov-east-1`. */
export const awsRegionPattern = /^[a-z]{2,4}(?:-[a-z]+)+-\d$/;
