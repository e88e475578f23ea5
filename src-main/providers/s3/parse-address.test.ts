/** Texts that users paste when the form asks for their bucket, and the parsed results. */
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { parseAddress, type AddressField, type ParsedAddress } from './parse-address.ts';
import { normalizeS3Settings } from './normalize-settings.ts';
import { s3SettingsSchema, type S3Settings } from './settings.ts';

type ExpectedAddress = Pick<S3Settings, 'bucket' | 'endpoint' | 'region' | 'prefix' | 'pathStyle'>;

const keys = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
const parse = (values: FieldValues): S3Settings => v.parse(s3SettingsSchema, { ...keys, ...values });
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
const at = (id: string, endpoint: string, rest: Partial<ExpectedAddress> = {}) => ({
  store: { id },
  bucket: 'photos',
  endpoint,
  ...rest,
});

const account = '0123456789abcdef0123456789abcdef';
const signature =
  'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261128%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20261128T120000Z&X-Amz-Expires=604800&X-Amz-SignedHeaders=host&X-Amz-Signature=0123';

/** Text pasted into the bucket field; the other fields are empty. */
const intoBucket: [string, object][] = [
  // Plain names, and the notation of other tools.
  ['photos', amazon('us-east-1', { prefix: '' })],
  [' "photos" ', amazon('us-east-1')],
  ['photos/2026/summer/', amazon('us-east-1', { prefix: '2026/summer' })],
  ['s3://photos', amazon('us-east-1', { prefix: '' })],
  ['s3://photos/2026/summer/', amazon('us-east-1', { prefix: '2026/summer' })],
  ['S3A://photos/a%20b', amazon('us-east-1', { prefix: 'a b' })],
  [
    'gs://photos/2026',
    at('gcs', 'https://storage.googleapis.com', { prefix: '2026', region: 'auto', pathStyle: true }),
  ],
  ['arn:aws:s3:::photos', amazon('us-east-1')],
  ['arn:aws:s3:::photos/2026/*', amazon('us-east-1', { prefix: '2026' })],
  ['arn:aws-cn:s3:::photos', amazon('us-east-1')],
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
    at('r2', `https://${account}.r2.cloudflarestorage.com`, { region: 'auto' }),
  ],
  [
    `https://dash.cloudflare.com/${account}/r2/eu/buckets/photos/settings`,
    at('r2', `https://${account}.eu.r2.cloudflarestorage.com`, { region: 'auto' }),
  ],
  [
    'https://f004.backblazeb2.com/file/photos/2026/beach.jpg',
    at('b2', 'https://s3.us-west-004.backblazeb2.com', { region: 'us-west-004' }),
  ],
  [
    'https://console.cloud.google.com/storage/browser/photos/2026;tab=objects?project=mine',
    at('gcs', 'https://storage.googleapis.com', { prefix: '2026' }),
  ],
  ['https://storage.cloud.google.com/photos/2026', at('gcs', 'https://storage.googleapis.com', { prefix: '2026' })],
  [
    'https://console.scaleway.com/object-storage/buckets/nl-ams/photos/files',
    at('scaleway', 'https://s3.nl-ams.scw.cloud', { region: 'nl-ams' }),
  ],
  [
    'https://cloud.linode.com/object-storage/buckets/us-iad-1/photos',
    at('linode', 'https://us-iad-1.linodeobjects.com', { region: 'us-iad-1' }),
  ],
  [
    'https://oss.console.aliyun.com/bucket/oss-cn-hangzhou/photos/object',
    at('oss', 'https://s3.oss-cn-hangzhou.aliyuncs.com', { region: 'cn-hangzhou', pathStyle: false }),
  ],
  [
    'https://console.cloud.tencent.com/cos/bucket?bucket=photos-1250000000&region=ap-guangzhou',
    at('cos', 'https://cos.ap-guangzhou.myqcloud.com', { bucket: 'photos-1250000000', region: 'ap-guangzhou' }),
  ],
  // Addresses of buckets and files at other services.
  [
    `https://${account}.r2.cloudflarestorage.com/photos/2026`,
    at('r2', `https://${account}.r2.cloudflarestorage.com`, { prefix: '2026' }),
  ],
  [`https://photos.${account}.r2.cloudflarestorage.com`, at('r2', `https://${account}.r2.cloudflarestorage.com`)],
  [
    'https://s3.us-west-004.backblazeb2.com/photos',
    at('b2', 'https://s3.us-west-004.backblazeb2.com', { region: 'us-west-004' }),
  ],
  [
    'photos.ams3.digitaloceanspaces.com',
    at('digitalocean', 'https://ams3.digitaloceanspaces.com', { region: 'us-east-1', pathStyle: false }),
  ],
  [
    'https://photos.ams3.cdn.digitaloceanspaces.com/2026/',
    at('digitalocean', 'https://ams3.digitaloceanspaces.com', { prefix: '2026' }),
  ],
  [
    'https://photos.fsn1.your-objectstorage.com/',
    at('hetzner', 'https://fsn1.your-objectstorage.com', { region: 'fsn1' }),
  ],
  ['https://s3.gra.io.cloud.ovh.net/photos', at('ovh', 'https://s3.gra.io.cloud.ovh.net', { region: 'gra' })],
  ['https://photos.t3.storage.dev', at('tigris', 'https://t3.storage.dev', { region: 'auto', pathStyle: false })],
  [
    'https://link.storjshare.io/s/jwq5abc/photos/2026',
    at('storj', 'https://gateway.storjshare.io', { prefix: '2026' }),
  ],
  [
    'https://objectstorage.eu-frankfurt-1.oraclecloud.com/n/axaxns/b/photos/o/beach.jpg',
    at('oracle', 'https://axaxns.compat.objectstorage.eu-frankfurt-1.oci.customer-oci.com', {
      region: 'eu-frankfurt-1',
      pathStyle: true,
    }),
  ],
  [
    'https://photos.oss-cn-shanghai.aliyuncs.com/',
    at('oss', 'https://oss-cn-shanghai.aliyuncs.com', { region: 'cn-shanghai' }),
  ],
  [
    'https://photos-1250000000.cos.ap-beijing.myqcloud.com',
    at('cos', 'https://cos.ap-beijing.myqcloud.com', { bucket: 'photos-1250000000' }),
  ],
  ['http://localhost:9000/photos', at('custom', 'http://localhost:9000', { pathStyle: true })],
  ['localhost:9000/photos/2026', at('custom', 'http://localhost:9000', { prefix: '2026' })],
  ['http://192.168.1.5:9001/browser/photos/2026', at('custom', 'http://192.168.1.5:9000', { prefix: '2026' })],
  [
    `https://minio.example.com:9000/photos/2026/beach.jpg?${signature}`,
    at('custom', 'https://minio.example.com:9000', { prefix: '2026', region: 'eu-west-1' }),
  ],
  ['<https://minio.example.com/photos>', at('custom', 'https://minio.example.com')],
];

/** Text pasted into the endpoint field. If it names no bucket, the bucket field has one. */
const intoEndpoint: [string, FieldValues, object][] = [
  ['minio.example.com', { bucket: 'photos' }, at('custom', 'https://minio.example.com', { pathStyle: true })],
  ['minio.example.com:9000/', { bucket: 'photos' }, at('custom', 'https://minio.example.com:9000')],
  ['https://gate.example.com/s3/v1/', { bucket: 'photos' }, at('custom', 'https://gate.example.com/s3/v1')],
  ['https://gate.example.com/s3/photos', { bucket: 'photos' }, at('custom', 'https://gate.example.com/s3')],
  ['[::1]:9000', { bucket: 'photos' }, at('custom', 'http://[::1]:9000')],
  [account.toUpperCase(), { bucket: 'photos' }, at('r2', `https://${account}.r2.cloudflarestorage.com`)],
  [`https://${account}.r2.cloudflarestorage.com/photos`, {}, at('r2', `https://${account}.r2.cloudflarestorage.com`)],
  [
    `https://dash.cloudflare.com/${account}/r2/overview`,
    { bucket: 'photos' },
    at('r2', `https://${account}.r2.cloudflarestorage.com`),
  ],
  ['s3.eu-west-1.amazonaws.com', { bucket: 'photos' }, amazon('eu-west-1')],
  ['https://photos.s3.eu-west-1.amazonaws.com/2026', {}, amazon('eu-west-1', { prefix: '2026' })],
  [
    'https://photos.fra1.digitaloceanspaces.com',
    { bucket: 'photos' },
    at('digitalocean', 'https://fra1.digitaloceanspaces.com', { pathStyle: false }),
  ],
  ['https://photos.fra1.digitaloceanspaces.com', {}, at('digitalocean', 'https://fra1.digitaloceanspaces.com')],
  [
    `https://minio.example.com/photos/beach.jpg?${signature}`,
    {},
    at('custom', 'https://minio.example.com', { region: 'eu-west-1' }),
  ],
  ['s3://photos/2026', {}, amazon('us-east-1', { prefix: '2026' })],
];

const parts = ({ bucket, endpoint, region, prefix, pathStyle, store: { id } }: S3Settings) => ({
  bucket,
  endpoint,
  region,
  prefix,
  pathStyle,
  store: { id },
});

describe('pasted as the bucket', () => {
  test.each(intoBucket)('%s', (bucket, expected) => {
    expect(parts(parse({ bucket }))).toMatchObject(expected);
    // The saved values mean the same and are in their own fields.
    const normalized = normalizeS3Settings({ ...keys, bucket });
    expect(parts(parse(normalized))).toEqual(parts(parse({ bucket })));
    expect(normalized.bucket).toBe((expected as Partial<ExpectedAddress>).bucket);
  });
});

describe('pasted as the endpoint', () => {
  test.each(intoEndpoint)('%s', (endpoint, rest, expected) => {
    expect(parts(parse({ endpoint, ...rest }))).toMatchObject(expected);
    const normalized = normalizeS3Settings({ ...keys, endpoint, ...rest });
    expect(parts(parse(normalized))).toEqual(parts(parse({ endpoint, ...rest })));
  });
});

test('the tests cover enough addresses', () =>
  expect(intoBucket.length + intoEndpoint.length).toBeGreaterThanOrEqual(60));

describe('partial addresses', () => {
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
  ])('%s', (pasted, into, expected) => expect(parseAddress(pasted, into)).toEqual(expected));
});

test('a typed field wins over a value from another field’s pasted address', () => {
  expect(
    parse({ bucket: 'https://photos.s3.eu-west-1.amazonaws.com/2026', prefix: 'mine', region: 'eu-west-2' }),
  ).toMatchObject({ bucket: 'photos', prefix: 'mine', endpoint: 'https://s3.eu-west-2.amazonaws.com' });
  expect(
    parse({ bucket: 'https://photos.s3.eu-west-1.amazonaws.com/', endpoint: 'https://minio.example.com' }),
  ).toMatchObject({ bucket: 'photos', endpoint: 'https://minio.example.com' });
});

test('reports whether the region is known', () => {
  const open = (values: FieldValues): boolean => parse({ bucket: 'photos', ...values }).isRegionGuessed;
  expect([
    open({}),
    open({ endpoint: 'https://minio.example.com' }),
    open({ bucket: 'https://photos.s3.amazonaws.com' }),
  ]).toEqual([true, true, true]);
  expect([
    open({ region: 'eu-west-1' }),
    open({ endpoint: 'https://s3.nl-ams.scw.cloud' }),
    open({ bucket: 'https://photos.s3.eu-west-1.amazonaws.com' }),
    open({ endpoint: account }),
  ]).toEqual([false, false, false, false]);
});

test('any pasted text is either parsed or refused', () => {
  const anything = fc.oneof(
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
      .map(([start, rest]) => start + rest),
  );
  fc.assert(
    fc.property(anything, fc.constantFrom<AddressField>('bucket', 'endpoint'), (pasted, into) => {
      const read = parseAddress(pasted, into);
      for (const value of [read?.bucket, read?.endpoint, read?.region]) expect(value).not.toBe('');
      v.safeParse(s3SettingsSchema, { ...keys, bucket: 'photos', [into]: pasted });
      normalizeS3Settings({ ...keys, bucket: 'photos', [into]: pasted });
    }),
    { numRuns: 200 },
  );
}, 60_000);
