/**
 * Amazon's alternative endpoints, and the settings that they conflict with. The SDK would report a conflict only when
 * it sends a request, in words for developers. Hoist reports it at the form field and sends no request.
 */

import { partitionOfRegion } from './aws-partitions.ts';

/**
 * The variants of Amazon's endpoint. `standard` is IPv4 only. `accelerate` uses the nearest edge of Amazon's network:
 * it costs extra and makes only uploads faster.
 */
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
/** The variant that two settings of the AWS tools choose. Undefined when both are off. */
export function variantFromSwitches({
  fips,
  dualStack,
}: {
  fips: boolean;
  dualStack: boolean;
}): AwsVariant | undefined {
  if (fips) return dualStack ? 'fips-dualstack' : 'fips';
  return dualStack ? 'dualstack' : undefined;
}

export const isAccelerated = (variant: AwsVariant): boolean => variant.startsWith('accelerate');

const isFips = (variant: AwsVariant): boolean => variant.startsWith('fips');

/** The endpoint for requests. Not every region has every variant: see {@link variantConflict}. */
export function awsEndpoint(variant: AwsVariant, region: string): string {
  const { domain } = partitionOfRegion(region);
  const stack = variant.endsWith('dualstack') ? '.dualstack' : '';
  if (isAccelerated(variant)) return `https://s3-accelerate${stack}.${domain}`;
  return `https://s3${isFips(variant) ? '-fips' : ''}${stack}.${region}.${domain}`;
}

/** The endpoint in links. It is never accelerated, because acceleration costs extra and does not speed up downloads. */
export function awsLinkEndpoint(variant: AwsVariant, region: string): string {
  if (variant === 'accelerate') return awsEndpoint('standard', region);
  if (variant === 'accelerate-dualstack') return awsEndpoint('dualstack', region);
  return awsEndpoint(variant, region);
}

/** The regions with a FIPS endpoint for S3: those in the US and Canada (https://aws.amazon.com/compliance/fips/). */
const fipsRegions = /^(?:us|us-gov|ca)-[a-z]+-\d$/;
/** Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/transfer-acceleration.html */
const regionsWithoutAcceleration = /^(?:cn|us-gov|eusc)-/;

export interface VariantUse {
  variant: AwsVariant;
  region: string;
  bucket: string;
  pathStyle: boolean;
  /** The user entered an address that is not Amazon's. */
  isCustomEndpoint: boolean;
}

/** Why a variant cannot be used. Each reason has a sentence in text/en/errors-form.ts. */
export type VariantConflict =
  | 'variantElsewhere'
  | 'fipsRegion'
  | 'accelerateRegion'
  | 'accelerateDots'
  | 'acceleratePath';

/** Returns why the variant cannot be used with these settings; undefined when it can. */
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
