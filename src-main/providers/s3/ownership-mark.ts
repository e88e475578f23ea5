/** Marks objects as ours in their metadata, and recognizes them by this mark. */
import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import type { KeyReservation } from '../keys/key-reservation.ts';

/** The object's metadata header: `x-amz-meta-hoist`. */
const markMetadataKey = 'hoist';

/** The metadata that marks an object as ours. */
export const ownershipMetadata = ({ mark }: KeyReservation): { Metadata?: Record<string, string> } =>
  mark === undefined ? {} : { Metadata: { [markMetadataKey]: mark } };

export const hasOwnershipMark = ({ Metadata }: Pick<HeadObjectCommandOutput, 'Metadata'>): boolean =>
  Metadata?.[markMetadataKey] !== undefined;

/** Whether an object is ours. Every object under a unique key is ours; a reservation of such a key has no mark. */
export const isOwnS3Object = ({ mark }: KeyReservation, existing: Pick<HeadObjectCommandOutput, 'Metadata'>): boolean =>
  mark === undefined || existing.Metadata?.[markMetadataKey] === mark;
