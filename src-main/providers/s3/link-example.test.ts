/** The example link of a form. It needs no request and no keys. */
import * as v from 'valibot';
import { expect, test } from 'vitest';
import type { FieldValues, LinkExample } from '../../../src-shared/profile.ts';
import type { Computer } from '../../platform/computer.ts';
import { applyAwsProfile } from './apply-aws-profile.ts';
import { s3LinkExample } from './link-example.ts';
import { objectUrl } from './public-url.ts';
import { s3SettingsSchema } from './settings.ts';

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

/** A computer with this AWS configuration. */
const computerWith = (config: string): Computer => ({
  env: { AWS_CONFIG_FILE: '/config' },
  home: '/home/user',
  platform: 'linux',
  read: (file) => (file === '/config' ? config : undefined),
});

test.each<[string, string, FieldValues, string | undefined]>([
  [
    'the endpoint of its AWS profile',
    '[profile own]\nendpoint_url = https://s3.example.org:9000\nregion = eu-north-1',
    {},
    'https://s3.example.org:9000/photos/2026/holiday%20photo.jpg',
  ],
  [
    'the endpoint of the services section of its AWS profile',
    '[profile own]\nservices = local\n[services local]\ns3 =\n  endpoint_url = https://s3.example.org',
    {},
    'https://s3.example.org/photos/2026/holiday%20photo.jpg',
  ],
  [
    'the region of its AWS profile',
    '[profile own]\nregion = eu-north-1',
    {},
    'https://photos.s3.eu-north-1.amazonaws.com/2026/holiday%20photo.jpg',
  ],
  [
    'the region of the form before the region of its AWS profile',
    '[profile own]\nregion = eu-north-1',
    { region: 'eu-west-1' },
    'https://photos.s3.eu-west-1.amazonaws.com/2026/holiday%20photo.jpg',
  ],
  [
    'the FIPS and dual-stack address that its AWS profile chooses',
    '[profile own]\nregion = us-east-2\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true',
    {},
    'https://photos.s3-fips.dualstack.us-east-2.amazonaws.com/2026/holiday%20photo.jpg',
  ],
  [
    'the variant of the form before the variant of its AWS profile',
    '[profile own]\nregion = us-east-2\nuse_fips_endpoint = true',
    { awsEndpoint: 'dualstack' },
    'https://photos.s3.dualstack.us-east-2.amazonaws.com/2026/holiday%20photo.jpg',
  ],
  [
    'the endpoint of its AWS profile, although the profile also chooses FIPS',
    '[profile own]\nendpoint_url = https://s3.example.org\nuse_fips_endpoint = true',
    {},
    'https://s3.example.org/photos/2026/holiday%20photo.jpg',
  ],
  ['no link while its AWS profile does not exist', '[profile other]\nregion = eu-north-1', {}, undefined],
])('the example link has %s, as the link of an upload', (_, config, form, url) => {
  const computer = computerWith(config);
  const values = { bucket: 'photos', credentials: 'profile', awsProfile: 'own', ...form };
  expect(s3LinkExample(values, path, computer)?.url).toBe(url);
  if (url === undefined) return;
  const settings = v.parse(s3SettingsSchema, values);
  applyAwsProfile(settings, computer);
  expect(objectUrl(settings, { bucket: 'photos', key: path })).toBe(url);
});
