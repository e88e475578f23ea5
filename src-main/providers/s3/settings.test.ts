/** How the form's values become settings, and which values are rejected. */
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { presets, serviceForHost, services } from './presets.ts';
import { normalizeS3Settings } from './normalize-settings.ts';
import { aclForLinkKind, s3SettingsSchema, type S3Settings } from './settings.ts';

const keys = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
const parse = (values: FieldValues): S3Settings => v.parse(s3SettingsSchema, { ...keys, bucket: 'photos', ...values });
const invalidField = (values: FieldValues): unknown =>
  v.safeParse(s3SettingsSchema, { ...keys, bucket: 'photos', ...values }).issues?.[0].path?.[0]?.key;
const locationOf = ({ bucket, endpoint, region, pathStyle, prefix }: S3Settings): unknown => ({
  bucket,
  endpoint,
  region,
  pathStyle,
  prefix,
});

test('settings with only a bucket and keys lead to Amazon, with links that work for a week', () => {
  expect(parse({})).toMatchObject({
    bucket: 'photos',
    endpoint: 'https://s3.us-east-1.amazonaws.com',
    region: 'us-east-1',
    pathStyle: false,
    prefix: '',
    linkKind: 'expiring',
    linkDays: 7,
    showsPages: false,
    signIn: { by: 'keys', ...keys },
    store: { id: 'aws', checksum: 'crc32' },
  });
  expect(parse({}).signIn).not.toHaveProperty('sessionToken');
  expect(parse({ region: 'cn-north-1' }).endpoint).toBe('https://s3.cn-north-1.amazonaws.com.cn');
});

describe('keys', () => {
  test.each([' secret ', 'sec\nret', 'sec ret\r\n', '"secret"', `'secret'`, '\u200bsecret\ufeff'])(
    'are accepted with surrounding characters and line breaks: %j',
    (secretAccessKey) => {
      expect(parse({ secretAccessKey, accessKeyId: ' AK\tID\n', sessionToken: ` ${secretAccessKey}` })).toMatchObject({
        signIn: { ...keys, sessionToken: 'secret' },
      });
    },
  );
  test('are accepted with a slash that JSON escaped', () =>
    expect(parse({ secretAccessKey: 'a\\/b+c\\/d' }).signIn).toMatchObject({ secretAccessKey: 'a/b+c/d' }));
  test('are rejected if they contain other characters than ASCII', () => {
    expect(invalidField({ secretAccessKey: 'schlüssel' })).toBe('secretAccessKey');
    expect(invalidField({ accessKeyId: '••••' })).toBe('accessKeyId');
    expect(invalidField({ sessionToken: 'tökén' })).toBe('sessionToken');
  });
});

describe('the bucket', () => {
  test.each<[string, FieldValues, object]>([
    ['s3://photos/2026/summer/', {}, { bucket: 'photos', prefix: '2026/summer' }],
    ['photos/2026', {}, { bucket: 'photos', prefix: '2026' }],
    ['arn:aws:s3:::photos', {}, { bucket: 'photos' }],
    [
      'https://photos.s3.eu-west-1.amazonaws.com/',
      {},
      { bucket: 'photos', endpoint: 'https://s3.eu-west-1.amazonaws.com', region: 'eu-west-1' },
    ],
    [
      'https://s3.eu-west-1.amazonaws.com/photos/a%20b',
      {},
      { bucket: 'photos', endpoint: 'https://s3.eu-west-1.amazonaws.com', prefix: 'a b' },
    ],
    [
      'https://eu-central-1.console.aws.amazon.com/s3/buckets/photos?region=eu-central-1&tab=objects',
      {},
      { bucket: 'photos', region: 'eu-central-1', endpoint: 'https://s3.eu-central-1.amazonaws.com' },
    ],
    [
      'https://photos.ams3.digitaloceanspaces.com',
      {},
      { bucket: 'photos', endpoint: 'https://ams3.digitaloceanspaces.com', region: 'us-east-1' },
    ],
    ['https://s3.us-west-004.backblazeb2.com/photos', {}, { bucket: 'photos', region: 'us-west-004' }],
    ['http://localhost:9000/photos', {}, { bucket: 'photos', endpoint: 'http://localhost:9000', pathStyle: true }],
    ['my.dotted.bucket', {}, { bucket: 'my.dotted.bucket', pathStyle: true }],
    ['Upper_Case', { endpoint: 'https://ceph.example.com' }, { bucket: 'Upper_Case', pathStyle: true }],
  ])('is read from %s', (bucket, rest, expected) => {
    expect(locationOf(parse({ bucket, ...rest }))).toMatchObject(expected);
    // Saving does not change the meaning of the values.
    expect(parse(normalizeS3Settings({ ...keys, bucket, ...rest }))).toEqual(parse({ bucket, ...rest }));
  });
  test.each(['', '   ', 'Photos', 'a', '-photos', 'my bucket', 'https://', 'ftp://x/photos', 'a:b'])(
    'is rejected if it is %j',
    (bucket) => {
      expect(invalidField({ bucket })).toBe('bucket');
    },
  );
});

describe('the endpoint', () => {
  test.each<[string, FieldValues, object]>([
    ['minio.example.com', {}, { endpoint: 'https://minio.example.com', pathStyle: true }],
    ['minio.example.com:9000/', {}, { endpoint: 'https://minio.example.com:9000' }],
    [' HTTPS://Minio.Example.com// ', {}, { endpoint: 'https://minio.example.com' }],
    ['https://gate.example.com/s3/v1/', {}, { endpoint: 'https://gate.example.com/s3/v1' }],
    ['localhost:9000', {}, { endpoint: 'http://localhost:9000', pathStyle: true }],
    ['http://192.168.1.5:9000', {}, { endpoint: 'http://192.168.1.5:9000', pathStyle: true }],
    ['http://nas.local', {}, { endpoint: 'http://nas.local' }],
    ['[::1]:9000', {}, { endpoint: 'http://[::1]:9000', pathStyle: true }],
    [
      'https://photos.fra1.digitaloceanspaces.com',
      {},
      { endpoint: 'https://fra1.digitaloceanspaces.com', pathStyle: false },
    ],
    [
      'https://abc123.r2.cloudflarestorage.com/photos',
      {},
      { endpoint: 'https://abc123.r2.cloudflarestorage.com', region: 'auto' },
    ],
    [
      'https://s3.{region}.wasabisys.com',
      { region: 'eu-central-2' },
      { endpoint: 'https://s3.eu-central-2.wasabisys.com', region: 'eu-central-2' },
    ],
    ['https://s3.nl-ams.scw.cloud', {}, { region: 'nl-ams', pathStyle: false }],
    ['https://s3.example.com', {}, { pathStyle: true }],
    ['https://s3.example.com', { pathStyle: '' }, { pathStyle: true }],
    ['https://s3.example.com', { pathStyle: 'false' }, { pathStyle: false }],
    ['https://127.0.0.1:9000', { pathStyle: 'false' }, { pathStyle: true }],
    ['https://t3.storage.dev', { pathStyle: 'true' }, { pathStyle: false }],
  ])('is read from %s', (endpoint, rest, expected) =>
    expect(locationOf(parse({ endpoint, ...rest }))).toMatchObject(expected),
  );

  test.each([
    'http://s3.example.com',
    'http://8.8.8.8',
    'ftp://s3.example.com',
    'file:///etc',
    'https://user:pass@s3.example.com',
    'https://s3.example.com/?a=1',
    'https://s3.example.com/#x',
    'https://',
    'https://{account}.r2.cloudflarestorage.com',
    'not a host',
    'javascript:alert(1)',
  ])('is rejected if it is %s', (endpoint) => {
    expect(invalidField({ endpoint })).toBe('endpoint');
  });
  test('needs a region if it is a template', () =>
    expect(invalidField({ endpoint: 'https://s3.{region}.wasabisys.com' })).toBe('region'));
});

test('a region is normalized, or rejected if it is invalid', () => {
  expect(parse({ region: ' EU-West-1 ' }).region).toBe('eu-west-1');
  expect(invalidField({ region: 'us east 1' })).toBe('region');
  expect(invalidField({ region: 'us-east-1/../x' })).toBe('region');
});

describe('links and folders', () => {
  test('a link works for 1 to 7 days', () => {
    expect(parse({ linkDays: '3' }).linkDays).toBe(3);
    for (const linkDays of ['0', '8', '1.5', 'a week', '-1']) expect(invalidField({ linkDays })).toBe('linkDays');
    expect(invalidField({ linkKind: 'secret' })).toBe('linkKind');
  });
  test('a public link needs an address that is public', () => {
    expect(parse({ linkKind: 'public', publicBaseUrl: 'cdn.example.com/files/', acl: 'true' })).toMatchObject({
      linkKind: 'public',
      publicBaseUrl: 'https://cdn.example.com/files',
      acl: 'public-read',
    });
    expect(invalidField({ linkKind: 'public', publicBaseUrl: 'http://cdn.example.com' })).toBe('publicBaseUrl');
    for (const template of ['cdn.example.com/{key}?a=\u001b[2J', 'cdn.example.com/{key}?a=\u202eb', 'javascript:{key}'])
      expect(invalidField({ linkKind: 'public', publicBaseUrl: template })).toBe('publicBaseUrl');
    // An upload with an expiring link sends no ACL that makes the file public.
    expect(aclForLinkKind(parse({ linkKind: 'expiring', acl: 'true' }), 'expiring')).toBeUndefined();
    expect(aclForLinkKind(parse({ linkKind: 'expiring', acl: 'bucket-owner-full-control' }), 'expiring')).toBe(
      'bucket-owner-full-control',
    );
    // R2 serves public objects only under a separate domain.
    expect(invalidField({ linkKind: 'public', endpoint: 'https://abc.r2.cloudflarestorage.com' })).toBe(
      'publicBaseUrl',
    );
    expect(
      parse({
        linkKind: 'public',
        endpoint: 'https://abc.r2.cloudflarestorage.com',
        publicBaseUrl: 'https://pub-1.r2.dev',
        acl: 'true',
      }).acl,
    ).toBeUndefined();
  });
  test('the folder is normalized, or rejected if it is invalid', () => {
    expect(parse({ prefix: ' /a//b/ ' }).prefix).toBe('a/b');
    expect(parse({ prefix: 'u\u0308' }).prefix).toBe('\u00fc');
    for (const prefix of ['a/../b', '.', 'a\\b', 'a\u0007', 'x'.repeat(600)])
      expect(invalidField({ prefix })).toBe('prefix');
  });
});

test('an issue never holds the typed value', () => {
  const result = v.safeParse(s3SettingsSchema, { bucket: 'photos', accessKeyId: 'AKID', secretAccessKey: 'geheim-ü' });
  expect(result.success).toBe(false);
  expect(JSON.stringify(result.issues?.map(({ message, path }) => ({ message, path })))).not.toContain('geheim');
});

describe('services', () => {
  test('each service is recognized by the host of its endpoint', () => {
    for (const service of services.filter(({ host }) => host)) {
      const endpoint =
        service.endpoint === ''
          ? 'https://s3.eu-west-1.amazonaws.com'
          : service.endpoint.replace('{region}', 'eu-west-1').replace(/\{\w+\}/g, 'abc123');
      expect(serviceForHost(new URL(endpoint).hostname).service.id, service.id).toBe(service.id);
    }
    for (const host of [
      's3.example.com',
      'amazonaws.com.evil.example',
      's3.amazonaws.com.evil.example',
      '127.0.0.1',
      'xr2.cloudflarestorage.com',
    ])
      expect(serviceForHost(host).service.id, host).toBe('custom');
  });
  test.each([
    ['s3.amazonaws.com', 'us-east-1'],
    ['s3.ap-southeast-2.amazonaws.com', 'ap-southeast-2'],
    ['s3-eu-west-1.amazonaws.com', 'eu-west-1'],
    ['s3.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
    ['s3.dualstack.eu-west-3.amazonaws.com', 'eu-west-3'],
    ['s3.wasabisys.com', 'us-east-1'],
    ['oss-cn-hangzhou.aliyuncs.com', 'cn-hangzhou'],
    ['cos.ap-guangzhou.myqcloud.com', 'ap-guangzhou'],
  ])('the host %s is in the region %s', (host, region) => expect(serviceForHost(host).region).toBe(region));
  test('the values of each preset are valid together with the values of the user', () => {
    for (const preset of presets) {
      const endpoint = preset.values.endpoint?.replace(/\{(account|namespace)\}/, 'abc123');
      const values: FieldValues = {
        region: 'eu-west-1',
        ...preset.values,
        endpoint: endpoint === '' && preset.asks.includes('endpoint') ? 'https://s3.example.com' : (endpoint ?? ''),
      };
      expect(
        invalidField({ ...values, bucket: preset.id === 'cos' ? 'photos-1250000000' : 'photos' }),
        preset.id,
      ).toBeUndefined();
    }
  });
});
