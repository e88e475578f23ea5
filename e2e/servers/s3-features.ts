/**
 * The features of an S3 server that s3-features.test.ts checks with the SDK, in the order of the table in
 * docs/s3-servers.md.
 */
import { access } from './s3-features/access.ts';
import type { Feature } from './s3-features/feature.ts';
import { integrity } from './s3-features/integrity.ts';
import { multipart } from './s3-features/multipart.ts';
import { reading } from './s3-features/reading.ts';
import { storing } from './s3-features/storing.ts';

export const featureGroups: [title: string, features: Feature[]][] = [
  ['Storing', storing],
  ['Uploads in parts', multipart],
  ['Reading and listing', reading],
  ['Integrity and conditions', integrity],
  ['Signatures and access', access],
];
