/**
 * Amazon's own further addresses, and what of them cannot be combined. The SDK would find out only while it sends, in words
 * for developers; here it is said at the field, without asking anybody.
 */

/** `standard` is IPv4 alone; `accelerate` goes to the nearest edge of Amazon's network, at a price, and only for uploads. */
export const awsVariants = [
  'standard',
  'dualstack',
  'fips',
  'fips-dualstack',
  'accelerate',
  'accelerate-dualstack',
] as const;
export type AwsVariant = (typeof awsVariants)[number];

export const isAwsVariant = (typed: string): typed is AwsVariant => (awsVariants as readonly string[]).includes(typed);
export const isAccelerated = (variant: AwsVariant): boolean => variant.startsWith('accelerate');

const isFips = (variant: AwsVariant): boolean => variant.startsWith('fips');
const isChina = (region: string): boolean => region.startsWith('cn-');

/** The address that requests go to. What is not the standard one is not there for every region: {@link variantConflict} knows. */
export function awsEndpoint(variant: AwsVariant, region: string): string {
  const domain = isChina(region) ? 'amazonaws.com.cn' : 'amazonaws.com';
  const stack = variant.endsWith('dualstack') ? '.dualstack' : '';
  if (isAccelerated(variant)) return `https://s3-accelerate${stack}.${domain}`;
  return `https://s3${isFips(variant) ? '-fips' : ''}${stack}.${region}.${domain}`;
}

/** The address in links: whoever opens one would not be quicker by acceleration, and it costs. */
export const awsLinkEndpoint = (variant: AwsVariant, region: string): string =>
  awsEndpoint(
    variant === 'accelerate' ? 'standard' : variant === 'accelerate-dualstack' ? 'dualstack' : variant,
    region,
  );

/** https://aws.amazon.com/compliance/fips/: S3 */
const fipsRegions = /^(?:us|us-gov|ca)-[a-z]+-\d$/;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/transfer-acceleration.html */
const regionsWithoutAcceleration = /^(?:cn|us-gov)-/;

export interface VariantUse {
  variant: AwsVariant;
  region: string;
  bucket: string;
  pathStyle: boolean;
  /** the address was typed, and is not Amazon's */ isCustomEndpoint: boolean;
}

export type VariantConflict =
  | 'variantElsewhere'
  | 'fipsRegion'
  | 'accelerateRegion'
  | 'accelerateDots'
  | 'acceleratePath';

/** Why Amazon has no such address. */
export function variantConflict({
  variant,
  region,
  bucket,
  pathStyle,
  isCustomEndpoint,
}: VariantUse): VariantConflict | undefined {
  if (variant === 'standard') return undefined;
  if (isCustomEndpoint) return 'variantElsewhere';
  if (isFips(variant)) return fipsRegions.test(region) ? undefined : 'fipsRegion';
  if (!isAccelerated(variant)) return undefined;
  if (regionsWithoutAcceleration.test(region)) return 'accelerateRegion';
  if (bucket.includes('.')) return 'accelerateDots';
  return pathStyle ? 'acceleratePath' : undefined;
}
