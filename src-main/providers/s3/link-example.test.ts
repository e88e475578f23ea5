/** The example link of a form, before any request and before the keys are entered. */
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
  ['an empty form', {}, undefined],
  ['an invalid bucket name', { bucket: 'My Bucket' }, undefined],
  [
    'an expiring link',
    { bucket: 'photos', region: 'eu-west-1', linkDays: '3' },
    { url: 'https://photos.s3.eu-west-1.amazonaws.com/2026/holiday%20photo.jpg', days: 3 },
  ],
  [
    'with an unknown region',
    { bucket: 'photos' },
    { url: 'https://photos.s3.us-east-1.amazonaws.com/2026/holiday%20photo.jpg', days: 7, isGuess: true },
  ],
  ['an address that was pasted', { bucket: 'https://minio.example.com/photos/a b' }, undefined],
  [
    'the address of a custom server',
    { bucket: 'https://minio.example.com/photos/shared' },
    { url: 'https://minio.example.com/photos/shared/2026/holiday%20photo.jpg', days: 7 },
  ],
  [
    'a public link',
    { bucket: 'photos', region: 'eu-west-1', prefix: 'shared', linkKind: 'public' },
    {
      url: 'https://photos.s3.eu-west-1.amazonaws.com/shared/2026/holiday%20photo.jpg',
      policy: policyFor('arn:aws:s3:::photos/shared/*'),
    },
  ],
  [
    'in China',
    { bucket: 'photos', region: 'cn-north-1', linkKind: 'public' },
    {
      url: 'https://photos.s3.cn-north-1.amazonaws.com.cn/2026/holiday%20photo.jpg',
      policy: policyFor('arn:aws-cn:s3:::photos/*'),
    },
  ],
  [
    'at a service without policies',
    {
      bucket: 'photos',
      endpoint: 'https://abc.r2.cloudflarestorage.com',
      linkKind: 'public',
      publicBaseUrl: 'https://cdn.example.com',
    },
    { url: 'https://cdn.example.com/2026/holiday%20photo.jpg' },
  ],
  [
    'accelerated',
    { bucket: 'photos', region: 'eu-west-1', awsEndpoint: 'accelerate' },
    { url: 'https://photos.s3.eu-west-1.amazonaws.com/2026/holiday%20photo.jpg', days: 7 },
  ],
])('%s', (_, values, expected) => expect(s3LinkExample(values, path)).toEqual(expected));
