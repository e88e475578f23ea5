/** The example link of a form. It needs no request and no keys. */
import { expect, test } from 'vitest';
import type { FieldValues, LinkExample } from '../../../src-shared/profile.ts';
import { s3LinkExample } from './link-example.ts';

const path = '2026/holiday photo.jpg';
const policyFor = (resource: string): string =>
  JSON.stringify(
    {
      Version: '2012-10-17',
      Statement: [
        { Sid: 'EverybodyReads', Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: resource },
      ],
    },
    null,
    2,
  );

test.each<[string, FieldValues, LinkExample | undefined]>([
  ['is undefined for an empty form', {}, undefined],
  ['is undefined for an invalid bucket name', { bucket: 'My Bucket' }, undefined],
  [
    'expires if the destination’s links expire',
    { bucket: 'photos', region: 'eu-west-1', linkDays: '3' },
    { url: 'https://photos.s3.eu-west-1.amazonaws.com/2026/holiday%20photo.jpg', days: 3 },
  ],
  [
    'is marked as a guess if the region is unknown',
    { bucket: 'photos' },
    { url: 'https://photos.s3.us-east-1.amazonaws.com/2026/holiday%20photo.jpg', days: 7, isGuess: true },
  ],
  ['is undefined for an invalid pasted address', { bucket: 'https://minio.example.com/photos/a b' }, undefined],
  [
    'uses the address of a custom server',
    { bucket: 'https://minio.example.com/photos/shared' },
    { url: 'https://minio.example.com/photos/shared/2026/holiday%20photo.jpg', days: 7 },
  ],
  [
    'has a bucket policy if it is public',
    { bucket: 'photos', region: 'eu-west-1', prefix: 'shared', linkKind: 'public' },
    {
      url: 'https://photos.s3.eu-west-1.amazonaws.com/shared/2026/holiday%20photo.jpg',
      policy: policyFor('arn:aws:s3:::photos/shared/*'),
    },
  ],
  [
    'uses the addresses and the policy of Amazon in China',
    { bucket: 'photos', region: 'cn-north-1', linkKind: 'public' },
    {
      url: 'https://photos.s3.cn-north-1.amazonaws.com.cn/2026/holiday%20photo.jpg',
      policy: policyFor('arn:aws-cn:s3:::photos/*'),
    },
  ],
  [
    'has no policy at a service without bucket policies',
    {
      bucket: 'photos',
      endpoint: 'https://abc.r2.cloudflarestorage.com',
      linkKind: 'public',
      publicBaseUrl: 'https://cdn.example.com',
    },
    { url: 'https://cdn.example.com/2026/holiday%20photo.jpg' },
  ],
  [
    'does not use the accelerated endpoint',
    { bucket: 'photos', region: 'eu-west-1', awsEndpoint: 'accelerate' },
    { url: 'https://photos.s3.eu-west-1.amazonaws.com/2026/holiday%20photo.jpg', days: 7 },
  ],
])('the example link %s', (_, values, expected) => expect(s3LinkExample(values, path)).toEqual(expected));
