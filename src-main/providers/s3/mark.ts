/** How an object is known to be ours: by a mark in its metadata. */
import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import type { Claim } from '../claim.ts';

/** Of the metadata of an object: `x-amz-meta-hoist`. */
const markName = 'hoist';

/** What is sent with the object, so that it can be told from others. */
export const markHeaders = ({ mark }: Claim): { Metadata?: Record<string, string> } =>
  mark === undefined ? {} : { Metadata: { [markName]: mark } };

export const isOurs = ({ mark }: Claim, there: Pick<HeadObjectCommandOutput, 'Metadata'>): boolean =>
  mark === undefined || there.Metadata?.[markName] === mark;
