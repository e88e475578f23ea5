/** How an object is known to be ours: by a mark in its metadata. */
import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import type { KeyReservation } from '../keys/key-reservation.ts';

/** Of the metadata of an object: `x-amz-meta-hoist`. */
const markMetadataKey = 'hoist';

/** What is sent with the object, so that it can be told from others. */
export const ownershipMetadata = ({ mark }: KeyReservation): { Metadata?: Record<string, string> } =>
  mark === undefined ? {} : { Metadata: { [markMetadataKey]: mark } };

export const isOwnS3Object = ({ mark }: KeyReservation, existing: Pick<HeadObjectCommandOutput, 'Metadata'>): boolean =>
  mark === undefined || existing.Metadata?.[markMetadataKey] === mark;
