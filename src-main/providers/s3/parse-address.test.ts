/** Texts that users paste when the form asks for their bucket, and the parsed results. */
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { parseAddress, type AddressField } from './parse-address.ts';
import type { ParsedAddress } from './parsed-address.ts';
import { normalizeS3Settings } from './normalize-settings.ts';
import { s3SettingsSchema, type S3Settings } from './settings.ts';

type ExpectedAddress = Pick<S3Settings, 'bucket' | 'endpoint' | 'region' | 'prefix' | 'pathStyle'>;

const keys = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
const parse = (values: FieldValues): S3Settings => v.parse(s3SettingsSchema, { ...keys, ...values });
/** The expected settings for a bucket at Amazon, and at another service. */
const amazon = (
  region: string,
  rest: Partial<ExpectedAddress> = {},
): Partial<ExpectedAddress> & { store: { id: string } } => ({
  store: { id: 'aws' },
  bucket: 'photos',
  endpoint: `https://s3.${region}.amazonaws.com`,
  region,
  pathStyle: false,
  ...rest,
});
const otherService = (id: string, endpoint: string, rest: Partial<ExpectedAddress> = {}) => ({
  store: { id },
  bucket: 'photos',
  endpoint,
  ...rest,
});

const account = '0123456789abcdef0123456789abcdef';
const signature =
  'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261128%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20261128T120000Z&X-Amz-Expires=604800&X-Amz-SignedHeaders=host&X-Amz-Signature=0123';

/** Text that is pasted into the bucket field of an otherwise empty form, and the expected settings. */
const pastedBuckets: [string, object][] = [
  // Plain names, and the notation of other tools.
  ['photos', amazon('us-east-1', { prefix: '' })],
  [' "photos" ', amazon('us-east-1')],
  ['photos/2026/summer/', amazon('us-east-1', { prefix: '2026/summer' })],
  ['s3://photos', amazon('us-east-1', { prefix: '' })],
  ['s3://photos/2026/summer/', amazon('us-east-1', { prefix: '2026/summer' })],
  ['S3A://photos/a%20b', amazon('us-east-1', { prefix: 'a b' })],
  [
    'gs://photos/2026',
    otherService('gcs', 'https://storage.googleapis.com', { prefix: '2026', region: 'auto', pathStyle: true }),
  ],
  ['arn:aws:s3:::photos', amazon('us-east-1')],
  ['arn:aws:s3:::photos/2026/*', amazon('us-east-1', { prefix: '2026' })],
  ['arn:aws-cn:s3:::photos', amazon('cn-north-1', { endpoint: 'https://s3.cn-north-1.amazonaws.com.cn' })],
  // Amazon's addresses.
  ['https://photos.s3.eu-west-1.amazonaws.com/', amazon('eu-west-1')],
  ['photos.s3.eu-west-1.amazonaws.com', amazon('eu-west-1')],
  ['https://photos.s3-eu-west-1.amazonaws.com/2026/', amazon('eu-west-1', { prefix: '2026' })],
  ['https://photos.s3.amazonaws.com/', amazon('us-east-1')],
  ['https://s3.amazonaws.com/photos/2026', amazon('us-east-1', { prefix: '2026' })],
  ['https://s3.eu-west-1.amazonaws.com/photos/a%20b', amazon('eu-west-1', { prefix: 'a b' })],
  [
    'https://photos.s3.dualstack.eu-west-3.amazonaws.com',
    amazon('eu-west-3', { endpoint: 'https://s3.dualstack.eu-west-3.amazonaws.com' }),
  ],
  [
    'https://photos.s3-fips.us-east-2.amazonaws.com',
    amazon('us-east-2', { endpoint: 'https://s3-fips.us-east-2.amazonaws.com' }),
  ],
  [
    'https://photos.s3-accelerate.amazonaws.com/',
    amazon('us-east-1', { endpoint: 'https://s3-accelerate.amazonaws.com' }),
  ],
  [
    'https://photos.s3.cn-north-1.amazonaws.com.cn/',
    amazon('cn-north-1', { endpoint: 'https://s3.cn-north-1.amazonaws.com.cn' }),
  ],
  ['http://photos.s3-website-us-west-2.amazonaws.com/', amazon('us-west-2')],
  ['http://photos.s3-website.eu-central-1.amazonaws.com', amazon('eu-central-1')],
  [
    'https://my.dotted.bucket.s3.eu-west-1.amazonaws.com/',
    amazon('eu-west-1', { bucket: 'my.dotted.bucket', pathStyle: true }),
  ],
  [
    `https://photos.s3.amazonaws.com/2026/summer/beach.jpg?${signature}`,
    amazon('eu-west-1', { prefix: '2026/summer' }),
  ],
  [`https://s3.eu-west-1.amazonaws.com/photos/beach.jpg?${signature}`, amazon('eu-west-1', { prefix: '' })],
  // Console pages.
  [
    'https://eu-central-1.console.aws.amazon.com/s3/buckets/photos?region=eu-central-1&tab=objects',
    amazon('eu-central-1'),
  ],
  [
    'https://s3.console.aws.amazon.com/s3/buckets/photos?region=eu-west-1&prefix=2026/summer/&showversions=false',
    amazon('eu-west-1', { prefix: '2026/summer' }),
  ],
  [
    'https://eu-west-1.console.aws.amazon.com/s3/object/photos?region=eu-west-1&prefix=2026/beach.jpg',
    amazon('eu-west-1', { prefix: '2026' }),
  ],
  [
    'https://console.amazonaws.cn/s3/buckets/photos?region=cn-north-1',
    amazon('cn-north-1', { endpoint: 'https://s3.cn-north-1.amazonaws.com.cn' }),
  ],
  ['https://console.amazonaws-us-gov.com/s3/buckets/photos?region=us-gov-west-1', amazon('us-gov-west-1')],
  [
    `https://dash.cloudflare.com/${account}/r2/default/buckets/photos`,
    otherService('r2', `https://${account}.r2.cloudflarestorage.com`, { region: 'auto' }),
  ],
  [
    `https://dash.cloudflare.com/${account}/r2/eu/buckets/photos/settings`,
    otherService('r2', `https://${account}.eu.r2.cloudflarestorage.com`, { region: 'auto' }),
  ],
  [
    'https://f004.backblazeb2.com/file/photos/2026/beach.jpg',
    otherService('b2', 'https://s3.us-west-004.backblazeb2.com', { region: 'us-west-004' }),
  ],
  [
    'https://console.cloud.google.com/storage/browser/photos/2026;tab=objects?project=mine',
    otherService('gcs', 'https://storage.googleapis.com', { prefix: '2026' }),
  ],
  [
    'https://storage.cloud.google.com/photos/2026',
    otherService('gcs', 'https://storage.googleapis.com', { prefix: '2026' }),
  ],
  [
    'https://console.scaleway.com/object-storage/buckets/nl-ams/photos/files',
    otherService('scaleway', 'https://s3.nl-ams.scw.cloud', { region: 'nl-ams' }),
  ],
  [
    'https://cloud.linode.com/object-storage/buckets/us-iad-1/photos',
    otherService('linode', 'https://us-iad-1.linodeobjects.com', { region: 'us-iad-1' }),
  ],
  [
    'https://oss.console.aliyun.com/bucket/oss-cn-hangzhou/photos/object',
    otherService('oss', 'https://s3.oss-cn-hangzhou.aliyuncs.com', { region: 'cn-hangzhou', pathStyle: false }),
  ],
  [
    'https://console.cloud.tencent.com/cos/bucket?bucket=photos-1250000000&region=ap-guangzhou',
    otherService('cos', 'https://cos.ap-guangzhou.myqcloud.com', {
      bucket: 'photos-1250000000',
      region: 'ap-guangzhou',
    }),
  ],
  // Addresses of buckets and files at other services.
  [
    `https://${account}.r2.cloudflarestorage.com/photos/2026`,
    otherService('r2', `https://${account}.r2.cloudflarestorage.com`, { prefix: '2026' }),
  ],
  [
    `https://photos.${account}.r2.cloudflarestorage.com`,
    otherService('r2', `https://${account}.r2.cloudflarestorage.com`),
  ],
  [
    'https://s3.us-west-004.backblazeb2.com/photos',
    otherService('b2', 'https://s3.us-west-004.backblazeb2.com', { region: 'us-west-004' }),
  ],
  [
    'photos.ams3.digitaloceanspaces.com',
    otherService('digitalocean', 'https://ams3.digitaloceanspaces.com', { region: 'us-east-1', pathStyle: false }),
  ],
  [
    'https://photos.ams3.cdn.digitaloceanspaces.com/2026/',
    otherService('digitalocean', 'https://ams3.digitaloceanspaces.com', { prefix: '2026' }),
  ],
  [
    'https://photos.fsn1.your-objectstorage.com/',
    otherService('hetzner', 'https://fsn1.your-objectstorage.com', { region: 'fsn1' }),
  ],
  ['https://s3.gra.io.cloud.ovh.net/photos', otherService('ovh', 'https://s3.gra.io.cloud.ovh.net', { region: 'gra' })],
  [
    'https://photos.t3.storage.dev',
    otherService('tigris', 'https://t3.storage.dev', { region: 'auto', pathStyle: false }),
  ],
  [
    'https://link.storjshare.io/s/jwq5abc/photos/2026',
    otherService('storj', 'https://gateway.storjshare.io', { prefix: '2026' }),
  ],
  [
    'https://objectstorage.eu-frankfurt-1.oraclecloud.com/n/axaxns/b/photos/o/beach.jpg',
    otherService('oracle', 'https://axaxns.compat.objectstorage.eu-frankfurt-1.oci.customer-oci.com', {
      region: 'eu-frankfurt-1',
      pathStyle: true,
    }),
  ],
  [
    'https://photos.oss-cn-shanghai.aliyuncs.com/',
    otherService('oss', 'https://oss-cn-shanghai.aliyuncs.com', { region: 'cn-shanghai' }),
  ],
  [
    'https://photos-1250000000.cos.ap-beijing.myqcloud.com',
    otherService('cos', 'https://cos.ap-beijing.myqcloud.com', { bucket: 'photos-1250000000' }),
  ],
  ['http://localhost:9000/photos', otherService('custom', 'http://localhost:9000', { pathStyle: true })],
  ['localhost:9000/photos/2026', otherService('custom', 'http://localhost:9000', { prefix: '2026' })],
  [
    'http://192.168.1.5:9001/browser/photos/2026',
    otherService('custom', 'http://192.168.1.5:9000', { prefix: '2026' }),
  ],
  [
    `https://minio.example.com:9000/photos/2026/beach.jpg?${signature}`,
    otherService('custom', 'https://minio.example.com:9000', { prefix: '2026', region: 'eu-west-1' }),
  ],
  ['<https://minio.example.com/photos>', otherService('custom', 'https://minio.example.com')],
];

/** Text that is pasted into the endpoint field, other form values, and the expected settings. */
const pastedEndpoints: [string, FieldValues, object][] = [
  ['minio.example.com', { bucket: 'photos' }, otherService('custom', 'https://minio.example.com', { pathStyle: true })],
  ['minio.example.com:9000/', { bucket: 'photos' }, otherService('custom', 'https://minio.example.com:9000')],
  ['https://gate.example.com/s3/v1/', { bucket: 'photos' }, otherService('custom', 'https://gate.example.com/s3/v1')],
  ['https://gate.example.com/s3/photos', { bucket: 'photos' }, otherService('custom', 'https://gate.example.com/s3')],
  ['[::1]:9000', { bucket: 'photos' }, otherService('custom', 'http://[::1]:9000')],
  [account.toUpperCase(), { bucket: 'photos' }, otherService('r2', `https://${account}.r2.cloudflarestorage.com`)],
  [
    `https://${account}.r2.cloudflarestorage.com/photos`,
    {},
    otherService('r2', `https://${account}.r2.cloudflarestorage.com`),
  ],
  [
    `https://dash.cloudflare.com/${account}/r2/overview`,
    { bucket: 'photos' },
    otherService('r2', `https://${account}.r2.cloudflarestorage.com`),
  ],
  ['s3.eu-west-1.amazonaws.com', { bucket: 'photos' }, amazon('eu-west-1')],
  ['https://photos.s3.eu-west-1.amazonaws.com/2026', {}, amazon('eu-west-1', { prefix: '2026' })],
  [
    'https://photos.fra1.digitaloceanspaces.com',
    { bucket: 'photos' },
    otherService('digitalocean', 'https://fra1.digitaloceanspaces.com', { pathStyle: false }),
  ],
  [
    'https://photos.fra1.digitaloceanspaces.com',
    {},
    otherService('digitalocean', 'https://fra1.digitaloceanspaces.com'),
  ],
  [
    `https://minio.example.com/photos/beach.jpg?${signature}`,
    {},
    otherService('custom', 'https://minio.example.com', { region: 'eu-west-1' }),
  ],
  ['s3://photos/2026', {}, amazon('us-east-1', { prefix: '2026' })],
];

const addressOf = ({ bucket, endpoint, region, prefix, pathStyle, store: { id } }: S3Settings) => ({
  bucket,
  endpoint,
  region,
  prefix,
  pathStyle,
  store: { id },
});

describe('text that is pasted into the bucket field', () => {
  test.each(pastedBuckets)('is recognized: %s', (bucket, expected) => {
    expect(addressOf(parse({ bucket }))).toMatchObject(expected);
    // The saved values have the same meaning, and each value is in its own field.
    const normalized = normalizeS3Settings({ ...keys, bucket });
    expect(addressOf(parse(normalized))).toEqual(addressOf(parse({ bucket })));
    expect(normalized.bucket).toBe((expected as Partial<ExpectedAddress>).bucket);
  });
});

describe('text that is pasted into the endpoint field', () => {
  test.each(pastedEndpoints)('is recognized: %s', (endpoint, rest, expected) => {
    expect(addressOf(parse({ endpoint, ...rest }))).toMatchObject(expected);
    const normalized = normalizeS3Settings({ ...keys, endpoint, ...rest });
    expect(addressOf(parse(normalized))).toEqual(addressOf(parse({ endpoint, ...rest })));
  });
});

test('the tests cover at least 60 addresses', () =>
  expect(pastedBuckets.length + pastedEndpoints.length).toBeGreaterThanOrEqual(60));

describe('parseAddress', () => {
  test.each<[string, AddressField, ParsedAddress | undefined]>([
    [
      'https://cloud.digitalocean.com/spaces/photos?i=1',
      'bucket',
      { service: 'digitalocean', endpoint: 'https://{region}.digitaloceanspaces.com', bucket: 'photos' },
    ],
    [
      'https://console.wasabisys.com/file_manager/photos/2026',
      'bucket',
      { service: 'wasabi', endpoint: 'https://s3.{region}.wasabisys.com', bucket: 'photos', prefix: '2026' },
    ],
    [
      'https://console.wasabisys.com/#/file_manager/photos',
      'bucket',
      { service: 'wasabi', endpoint: 'https://s3.{region}.wasabisys.com', bucket: 'photos' },
    ],
    [
      'https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1',
      'bucket',
      { service: 'aws', region: 'eu-west-1' },
    ],
    ['arn:aws:s3:eu-west-1:111122223333:accesspoint/mine', 'bucket', undefined],
    ['ftp://x/photos', 'bucket', undefined],
    ['https://user:pass@s3.example.com', 'endpoint', undefined],
    ['https://s3.example.com/?a=1', 'endpoint', undefined],
    ['javascript:alert(1)', 'endpoint', undefined],
    ['https://s3.{region}.wasabisys.com', 'endpoint', undefined],
  ])('parses %s in the field %s', (pasted, field, expected) => expect(parseAddress(pasted, field)).toEqual(expected));
});

test('a value in its own field wins over a value in another field’s pasted address', () => {
  expect(
    parse({ bucket: 'https://photos.s3.eu-west-1.amazonaws.com/2026', prefix: 'mine', region: 'eu-west-2' }),
  ).toMatchObject({ bucket: 'photos', prefix: 'mine', endpoint: 'https://s3.eu-west-2.amazonaws.com' });
  expect(
    parse({ bucket: 'https://photos.s3.eu-west-1.amazonaws.com/', endpoint: 'https://minio.example.com' }),
  ).toMatchObject({ bucket: 'photos', endpoint: 'https://minio.example.com' });
});

describe('the style of the address', () => {
  test.each<[string, FieldValues, boolean]>([
    ['a self-hosted server', { endpoint: 'https://minio.example.com', bucket: 'photos' }, true],
    ['a self-hosted server without a scheme', { endpoint: 'minio.example.com:9000', bucket: 'photos' }, true],
    ['a self-hosted server in the bucket field', { bucket: 'https://minio.example.com/photos' }, true],
    ['a bucket in the path', { bucket: 'https://fsn1.your-objectstorage.com/photos' }, true],
    ['a bucket in the path, in the endpoint field', { endpoint: 'https://s3.nl-ams.scw.cloud/photos' }, true],
    ['a bucket in the host name', { bucket: 'https://photos.fsn1.your-objectstorage.com/' }, false],
    ['an endpoint without a bucket', { endpoint: 'https://fsn1.your-objectstorage.com', bucket: 'photos' }, false],
    ['a bucket in the path of Amazon', { bucket: 'https://s3.eu-west-1.amazonaws.com/photos' }, false],
    ['the user’s choice', { bucket: 'https://fsn1.your-objectstorage.com/photos', pathStyle: 'false' }, false],
    [
      'the user’s choice for a server',
      { endpoint: 'https://s3.example.com', bucket: 'p-1', pathStyle: 'false' },
      false,
    ],
  ])('follows from %s, before and after the values are saved', (_, values, expected) => {
    expect(parse(values).pathStyle).toBe(expected);
    const saved = normalizeS3Settings({ ...keys, ...values, pathStyle: values.pathStyle ?? '' });
    expect(parse(saved).pathStyle).toBe(expected);
  });

  test('stays unset when the address shows the usual style, so that another endpoint decides again', () => {
    for (const bucket of ['https://minio.example.com/photos', 'https://photos.ams3.digitaloceanspaces.com/'])
      expect(normalizeS3Settings({ ...keys, bucket })).not.toHaveProperty('pathStyle');
  });
});

test('the region is a guess unless the user entered it, the address contains it or the service has only one', () => {
  const isGuessed = (values: FieldValues): boolean => parse({ bucket: 'photos', ...values }).isRegionGuessed;
  expect([
    isGuessed({}),
    isGuessed({ endpoint: 'https://minio.example.com' }),
    isGuessed({ bucket: 'https://photos.s3.amazonaws.com' }),
  ]).toEqual([true, true, true]);
  expect([
    isGuessed({ region: 'eu-west-1' }),
    isGuessed({ endpoint: 'https://s3.nl-ams.scw.cloud' }),
    isGuessed({ bucket: 'https://photos.s3.eu-west-1.amazonaws.com' }),
    isGuessed({ endpoint: account }),
  ]).toEqual([false, false, false, false]);
});

test('no pasted text causes an exception or an empty value', () => {
  const anyText = fc.oneof(
    fc.string(),
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
    fc
      .tuple(
        fc.constantFrom(
          's3://',
          'arn:aws:s3:::',
          'https://s3.amazonaws.com/',
          'https://console.aws.amazon.com/s3/buckets/',
        ),
        fc.string(),
      )
      .map(([prefix, text]) => prefix + text),
  );
  fc.assert(
    fc.property(anyText, fc.constantFrom<AddressField>('bucket', 'endpoint'), (pasted, field) => {
      const parsed = parseAddress(pasted, field);
      for (const value of [parsed?.bucket, parsed?.endpoint, parsed?.region]) expect(value).not.toBe('');
      v.safeParse(s3SettingsSchema, { ...keys, bucket: 'photos', [field]: pasted });
      normalizeS3Settings({ ...keys, bucket: 'photos', [field]: pasted });
    }),
    { numRuns: 200 },
  );
}, 60_000);
