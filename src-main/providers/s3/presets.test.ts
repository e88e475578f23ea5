/**
 * The requests and links of each service. The expected values come from the services' documentation. The requests are
 * a PUT of a file, a PUT of a part and a presigned link, made by the client that uploads.
 */
import { Readable } from 'node:stream';
import { PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { planParts } from '../../engine/plan-parts.ts';
import { createTransport } from '../network/transport.ts';
import { patternSource } from '../testing/pattern-source.ts';
import { FilePart } from '../transfer/file-part.ts';
import { FilePartHandler } from '../transfer/request-handler.ts';
import { createS3Client } from './client.ts';
import { s3ChecksumHeaders, objectHeaders } from './upload-context.ts';
import { createS3Link } from './links.ts';
import { presets } from './presets.ts';
import { publicUrl } from './public-url.ts';
import { s3SettingsSchema, type S3Settings } from './settings.ts';

type SentRequest = Parameters<FilePartHandler['handle']>[0];

/** Records the requests without sending them, and answers like a typical store. */
class RecordingHandler extends FilePartHandler {
  readonly sent: SentRequest[] = [];
  constructor() {
    super(createTransport({ proxy: { kind: 'none' }, certificates: [] }));
  }
  override async handle(request: SentRequest): ReturnType<FilePartHandler['handle']> {
    this.sent.push(request);
    return { response: { statusCode: 200, headers: { etag: '"etag"' }, body: Readable.from([]) } };
  }
}

const key = 'in box/a+b é.txt';
/** The key as it appears in addresses. */
const encodedKey = 'in%20box/a%2Bb%20%C3%A9.txt';
const now = Date.UTC(2026, 10, 28, 12);
const weekInSeconds = '604800';
const GiB = 1024 ** 3;

interface ServiceCase {
  service: string;
  /** Form values besides the keys and the preset's values. */
  values: FieldValues;
  /** Replaces a preset's endpoint that has braces. */
  endpoint?: string;
  /** The address of the PUT request. */
  put: string;
  region: string;
  checksum: 'content-md5' | 'x-amz-checksum-crc32';
  acl: 'public-read' | 'none';
  condition: 'if-none-match' | 'none';
  /** The presigned address without its query. */
  signed?: string;
  /** The public address, or `needs an address` when the user must enter one. */
  link: string;
  maxParts?: number;
  /** The size limit of a file, rounded down. */
  largestGiB: number;
}

const defaults = {
  checksum: 'content-md5',
  acl: 'public-read',
  condition: 'if-none-match',
  largestGiB: 50_000,
} as const satisfies Partial<ServiceCase>;
const bucket = 'photos';
const aws = { ...defaults, service: 'aws', checksum: 'x-amz-checksum-crc32' } as const;

const serviceCases: ServiceCase[] = [
  {
    ...aws,
    values: { region: 'eu-west-1' },
    region: 'eu-west-1',
    put: `https://photos.s3.eu-west-1.amazonaws.com/${encodedKey}`,
    link: `https://photos.s3.eu-west-1.amazonaws.com/${encodedKey}`,
  },
  {
    ...aws,
    values: { region: 'eu-west-1', bucket: 'my.photos' },
    region: 'eu-west-1',
    put: `https://s3.eu-west-1.amazonaws.com/my.photos/${encodedKey}`,
    link: `https://s3.eu-west-1.amazonaws.com/my.photos/${encodedKey}`,
  },
  {
    ...aws,
    values: { region: 'cn-north-1' },
    region: 'cn-north-1',
    put: `https://photos.s3.cn-north-1.amazonaws.com.cn/${encodedKey}`,
    link: `https://photos.s3.cn-north-1.amazonaws.com.cn/${encodedKey}`,
  },
  {
    ...aws,
    values: { region: 'eu-west-1', awsEndpoint: 'dualstack' },
    region: 'eu-west-1',
    put: `https://photos.s3.dualstack.eu-west-1.amazonaws.com/${encodedKey}`,
    link: `https://photos.s3.dualstack.eu-west-1.amazonaws.com/${encodedKey}`,
  },
  {
    ...aws,
    values: { region: 'cn-north-1', awsEndpoint: 'dualstack' },
    region: 'cn-north-1',
    put: `https://photos.s3.dualstack.cn-north-1.amazonaws.com.cn/${encodedKey}`,
    link: `https://photos.s3.dualstack.cn-north-1.amazonaws.com.cn/${encodedKey}`,
  },
  {
    ...aws,
    values: { region: 'us-gov-west-1', awsEndpoint: 'fips' },
    region: 'us-gov-west-1',
    put: `https://photos.s3-fips.us-gov-west-1.amazonaws.com/${encodedKey}`,
    link: `https://photos.s3-fips.us-gov-west-1.amazonaws.com/${encodedKey}`,
  },
  {
    ...aws,
    values: { region: 'us-east-2', awsEndpoint: 'fips-dualstack' },
    region: 'us-east-2',
    put: `https://photos.s3-fips.dualstack.us-east-2.amazonaws.com/${encodedKey}`,
    link: `https://photos.s3-fips.dualstack.us-east-2.amazonaws.com/${encodedKey}`,
  },
  {
    ...aws,
    values: { region: 'eu-west-1', awsEndpoint: 'accelerate' },
    region: 'eu-west-1',
    put: `https://photos.s3-accelerate.amazonaws.com/${encodedKey}`,
    signed: `https://photos.s3.eu-west-1.amazonaws.com/${encodedKey}`,
    link: `https://photos.s3.eu-west-1.amazonaws.com/${encodedKey}`,
  },
  {
    ...aws,
    values: { region: 'eu-west-1', awsEndpoint: 'accelerate-dualstack' },
    region: 'eu-west-1',
    put: `https://photos.s3-accelerate.dualstack.amazonaws.com/${encodedKey}`,
    signed: `https://photos.s3.dualstack.eu-west-1.amazonaws.com/${encodedKey}`,
    link: `https://photos.s3.dualstack.eu-west-1.amazonaws.com/${encodedKey}`,
  },
  {
    ...defaults,
    service: 'r2',
    checksum: 'x-amz-checksum-crc32',
    values: {},
    endpoint: 'https://0123abcd.r2.cloudflarestorage.com',
    region: 'auto',
    acl: 'none',
    put: `https://photos.0123abcd.r2.cloudflarestorage.com/${encodedKey}`,
    link: 'needs an address',
    largestGiB: 5114,
  },
  {
    ...defaults,
    service: 'r2',
    checksum: 'x-amz-checksum-crc32',
    values: { publicBaseUrl: 'https://pub-1.r2.dev', region: 'eu-west-1' },
    endpoint: 'https://0123abcd.eu.r2.cloudflarestorage.com',
    region: 'auto',
    acl: 'none',
    put: `https://photos.0123abcd.eu.r2.cloudflarestorage.com/${encodedKey}`,
    link: `https://pub-1.r2.dev/${encodedKey}`,
    largestGiB: 5114,
  },
  {
    ...defaults,
    service: 'b2',
    values: { region: 'us-west-004' },
    region: 'us-west-004',
    acl: 'none',
    put: `https://photos.s3.us-west-004.backblazeb2.com/${encodedKey}`,
    link: `https://photos.s3.us-west-004.backblazeb2.com/${encodedKey}`,
    largestGiB: 9313,
  },
  {
    ...defaults,
    service: 'wasabi',
    values: { region: 'eu-central-2' },
    region: 'eu-central-2',
    put: `https://photos.s3.eu-central-2.wasabisys.com/${encodedKey}`,
    link: `https://s3.eu-central-2.wasabisys.com/photos/${encodedKey}`,
    largestGiB: 4656,
  },
  {
    ...defaults,
    service: 'digitalocean',
    values: { region: 'ams3' },
    region: 'us-east-1',
    put: `https://photos.ams3.digitaloceanspaces.com/${encodedKey}`,
    link: `https://photos.ams3.digitaloceanspaces.com/${encodedKey}`,
    largestGiB: 4656,
  },
  {
    ...defaults,
    service: 'digitalocean',
    values: { region: 'ams3', publicBaseUrl: 'https://{bucket}.ams3.cdn.digitaloceanspaces.com' },
    region: 'us-east-1',
    put: `https://photos.ams3.digitaloceanspaces.com/${encodedKey}`,
    link: `https://photos.ams3.cdn.digitaloceanspaces.com/${encodedKey}`,
    largestGiB: 4656,
  },
  {
    ...defaults,
    service: 'gcs',
    values: {},
    region: 'auto',
    condition: 'none',
    put: `https://storage.googleapis.com/photos/${encodedKey}`,
    link: `https://storage.googleapis.com/photos/${encodedKey}`,
    largestGiB: 5120,
  },
  {
    ...defaults,
    service: 'minio',
    values: {},
    endpoint: 'http://127.0.0.1:9000',
    region: 'us-east-1',
    put: `http://127.0.0.1:9000/photos/${encodedKey}`,
    link: `http://127.0.0.1:9000/photos/${encodedKey}`,
  },
  {
    ...defaults,
    service: 'rustfs',
    values: {},
    endpoint: 'http://127.0.0.1:9000',
    region: 'us-east-1',
    put: `http://127.0.0.1:9000/photos/${encodedKey}`,
    link: `http://127.0.0.1:9000/photos/${encodedKey}`,
  },
  {
    ...defaults,
    service: 'garage',
    values: {},
    endpoint: 'http://127.0.0.1:3900',
    region: 'garage',
    put: `http://127.0.0.1:3900/photos/${encodedKey}`,
    link: `http://127.0.0.1:3900/photos/${encodedKey}`,
  },
  {
    ...defaults,
    service: 'seaweedfs',
    values: {},
    endpoint: 'http://127.0.0.1:8333',
    region: 'us-east-1',
    put: `http://127.0.0.1:8333/photos/${encodedKey}`,
    link: `http://127.0.0.1:8333/photos/${encodedKey}`,
  },
  {
    ...defaults,
    service: 'versitygw',
    values: {},
    endpoint: 'http://127.0.0.1:7070',
    region: 'us-east-1',
    put: `http://127.0.0.1:7070/photos/${encodedKey}`,
    link: `http://127.0.0.1:7070/photos/${encodedKey}`,
  },
  {
    ...defaults,
    service: 'ceph',
    values: { region: 'default' },
    endpoint: 'https://ceph.example.com',
    region: 'default',
    put: `https://ceph.example.com/photos/${encodedKey}`,
    link: `https://ceph.example.com/photos/${encodedKey}`,
  },
  {
    ...defaults,
    service: 'hetzner',
    values: { region: 'fsn1' },
    region: 'fsn1',
    put: `https://photos.fsn1.your-objectstorage.com/${encodedKey}`,
    link: `https://photos.fsn1.your-objectstorage.com/${encodedKey}`,
    largestGiB: 4656,
  },
  {
    ...defaults,
    service: 'scaleway',
    values: { region: 'nl-ams' },
    region: 'nl-ams',
    put: `https://photos.s3.nl-ams.scw.cloud/${encodedKey}`,
    link: `https://photos.s3.nl-ams.scw.cloud/${encodedKey}`,
    maxParts: 1000,
    largestGiB: 4656,
  },
  {
    ...defaults,
    service: 'ovh',
    values: { region: 'GRA' },
    region: 'gra',
    put: `https://photos.s3.gra.io.cloud.ovh.net/${encodedKey}`,
    link: `https://photos.s3.gra.io.cloud.ovh.net/${encodedKey}`,
    largestGiB: 4656,
  },
  {
    ...defaults,
    service: 'linode',
    values: { region: 'us-iad-10' },
    region: 'us-iad-10',
    put: `https://photos.us-iad-10.linodeobjects.com/${encodedKey}`,
    link: `https://photos.us-iad-10.linodeobjects.com/${encodedKey}`,
    largestGiB: 4656,
  },
  {
    ...defaults,
    service: 'storj',
    values: { publicBaseUrl: 'https://link.storjshare.io/raw/jabcd/photos' },
    region: 'us-east-1',
    acl: 'none',
    put: `https://photos.gateway.storjshare.io/${encodedKey}`,
    link: `https://link.storjshare.io/raw/jabcd/photos/${encodedKey}`,
  },
  {
    ...defaults,
    service: 'tigris',
    values: {},
    region: 'auto',
    put: `https://photos.t3.storage.dev/${encodedKey}`,
    link: `https://photos.t3.tigrisfiles.io/${encodedKey}`,
    largestGiB: 4656,
  },
  {
    ...defaults,
    service: 'idrive',
    values: { region: 'us-west-1' },
    region: 'us-west-1',
    put: `https://s3.us-west-1.idrivee2.com/photos/${encodedKey}`,
    link: `https://s3.us-west-1.idrivee2.com/photos/${encodedKey}`,
  },
  {
    ...defaults,
    service: 'oracle',
    values: { region: 'eu-frankfurt-1' },
    endpoint: 'https://axaxns.compat.objectstorage.eu-frankfurt-1.oci.customer-oci.com',
    region: 'eu-frankfurt-1',
    acl: 'none',
    put: `https://axaxns.compat.objectstorage.eu-frankfurt-1.oci.customer-oci.com/photos/${encodedKey}`,
    link: `https://objectstorage.eu-frankfurt-1.oraclecloud.com/n/axaxns/b/photos/o/${encodedKey.replace('/', '%2F')}`,
    largestGiB: 10_240,
  },
  {
    ...defaults,
    service: 'oracle',
    values: {},
    endpoint: 'https://vhcompat.objectstorage.eu-frankfurt-1.oci.customer-oci.com',
    region: 'eu-frankfurt-1',
    acl: 'none',
    put: `https://photos.vhcompat.objectstorage.eu-frankfurt-1.oci.customer-oci.com/${encodedKey}`,
    link: 'needs an address',
    largestGiB: 10_240,
  },
  {
    ...defaults,
    service: 'oss',
    values: { region: 'cn-hangzhou' },
    region: 'cn-hangzhou',
    put: `https://photos.s3.oss-cn-hangzhou.aliyuncs.com/${encodedKey}`,
    link: `https://photos.oss-cn-hangzhou.aliyuncs.com/${encodedKey}`,
  },
  {
    ...defaults,
    service: 'cos',
    values: { region: 'ap-guangzhou', bucket: 'photos-1250000000' },
    region: 'ap-guangzhou',
    put: `https://photos-1250000000.cos.ap-guangzhou.myqcloud.com/${encodedKey}`,
    link: `https://photos-1250000000.cos.ap-guangzhou.myqcloud.com/${encodedKey}`,
  },
  {
    ...defaults,
    service: 'custom',
    values: {},
    endpoint: 'https://gate.example.com:8443/s3',
    region: 'us-east-1',
    put: `https://gate.example.com:8443/s3/photos/${encodedKey}`,
    link: `https://gate.example.com:8443/s3/photos/${encodedKey}`,
  },
  {
    ...defaults,
    service: 'custom',
    values: { pathStyle: 'false', publicBaseUrl: 'https://img.example.com/?src={key-encoded}&of={bucket}' },
    endpoint: 'https://s3.example.com',
    region: 'us-east-1',
    put: `https://photos.s3.example.com/${encodedKey}`,
    link: `https://img.example.com/?src=${encodedKey.replace('/', '%2F')}&of=photos`,
  },
];

const valuesOf = ({ service, endpoint, values }: ServiceCase, links: FieldValues = {}): FieldValues => {
  const preset = presets.find(({ id }) => id === service)!.values;
  return {
    ...preset,
    ...(endpoint === undefined ? {} : { endpoint }),
    accessKeyId: 'AKID',
    secretAccessKey: 'secret',
    bucket,
    ...links,
    ...values,
  };
};
const settingsOf = (serviceCase: ServiceCase, links?: FieldValues): S3Settings =>
  v.parse(s3SettingsSchema, valuesOf(serviceCase, links));

const portOf = ({ protocol, port }: SentRequest): string =>
  port === undefined || port === (protocol === 'https:' ? 443 : 80) ? '' : `:${port}`;
const urlOf = (sent: SentRequest): string => `${sent.protocol}//${sent.hostname}${portOf(sent)}${sent.path}`;

/** Servers that users run themselves have no host name of their own. */
const serverPresets = ['minio', 'rustfs', 'garage', 'seaweedfs', 'versitygw', 'ceph'];

test('the cases cover every service', () => {
  expect(new Set(serviceCases.map(({ service }) => service))).toEqual(new Set(presets.map(({ id }) => id)));
  expect(presets).toHaveLength(23);
});

describe.each(serviceCases)('the service $service with uploads to $put', (serviceCase) => {
  const settings = settingsOf(serviceCase, {
    linkKind: serviceCase.link === 'needs an address' ? 'expiring' : 'public',
    acl: 'true',
  });
  const createClient = (handler?: RecordingHandler) =>
    createS3Client(settings, {
      credentials: { provider: async () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret' }) },
      attempts: 1,
      retryMs: 0,
      ...(handler ? { handler } : {}),
    });
  const source = patternSource(100);
  const body = (): never => new FilePart({ source, start: 0, length: 100, onBytes: () => undefined }).asBody() as never;
  const checksumHeaders = s3ChecksumHeaders(
    settings.store.checksum === 'crc32' ? { crc32: 'AAAAAA==' } : { md5: '1B2M2Y8AsgTpgAmY7PhCfg==' },
  );

  test('is recognized by its endpoint', () =>
    expect(settings.store.id).toBe(serverPresets.includes(serviceCase.service) ? 'custom' : serviceCase.service));

  test('receives a file in one PUT request', async () => {
    const handler = new RecordingHandler();
    await createClient(handler).send(
      new PutObjectCommand({
        Bucket: settings.bucket,
        Key: key,
        Body: body(),
        ...objectHeaders(settings, { name: 'a+b é.txt', contentType: 'text/plain' }, { kind: 'public' }),
        ...checksumHeaders,
        ...(settings.store.condition === 'none' ? {} : { IfNoneMatch: '*' }),
      }),
    );
    const [{ headers, query, method }, url] = [handler.sent[0]!, urlOf(handler.sent[0]!)];
    expect([method, url, query]).toEqual(['PUT', serviceCase.put, {}]);
    expect(headers).toMatchObject({
      host: new URL(serviceCase.put).host,
      'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
      'content-type': 'text/plain; charset=utf-8',
      'content-length': '100',
      authorization: expect.stringMatching(
        `^AWS4-HMAC-SHA256 Credential=AKID/\\d{8}/${serviceCase.region}/s3/aws4_request, `,
      ) as string,
    });
    const presentHeaders = (names: string[]): string[] => names.filter((name) => headers[name] !== undefined);
    expect(
      presentHeaders([
        'content-md5',
        'x-amz-checksum-crc32',
        'x-amz-sdk-checksum-algorithm',
        'x-amz-trailer',
        'content-encoding',
        'expect',
      ]),
    ).toEqual([serviceCase.checksum]);
    expect(presentHeaders(['if-none-match', 'x-goog-if-generation-match'])).toEqual(
      serviceCase.condition === 'none' ? [] : [serviceCase.condition],
    );
    expect(headers['x-amz-acl'] ?? 'none').toBe(serviceCase.acl);
    // Headers that affect the write are signed.
    for (const name of presentHeaders([serviceCase.checksum, 'if-none-match']))
      expect(headers.authorization).toMatch(new RegExp(`SignedHeaders=[^,]*${name}[;,]`));
  });

  test('receives a part in a PUT request', async () => {
    const handler = new RecordingHandler();
    await createClient(handler).send(
      new UploadPartCommand({
        Bucket: settings.bucket,
        Key: key,
        UploadId: 'id',
        PartNumber: 2,
        Body: body(),
        ...checksumHeaders,
      }),
    );
    const [sent, url] = [handler.sent[0]!, urlOf(handler.sent[0]!)];
    expect([sent.method, url, sent.query]).toEqual(['PUT', serviceCase.put, { uploadId: 'id', partNumber: '2' }]);
    expect([
      sent.headers['x-amz-content-sha256'],
      sent.headers['x-amz-acl'],
      sent.headers[serviceCase.checksum],
    ]).toEqual(['UNSIGNED-PAYLOAD', undefined, Object.values(checksumHeaders)[0]]);
  });

  test('gets presigned links for a week', async () => {
    const { url, expiresAt } = await createS3Link(
      createClient(),
      settings,
      { bucket: settings.bucket, key },
      { now, clockOffset: 0, credentialExpiry: async () => undefined, linkOverride: { kind: 'expiring' } },
    );
    const { origin, pathname, searchParams } = new URL(url);
    expect(origin + pathname).toBe(serviceCase.signed ?? serviceCase.put);
    expect([...searchParams.keys()].sort()).toEqual([
      'X-Amz-Algorithm',
      'X-Amz-Content-Sha256',
      'X-Amz-Credential',
      'X-Amz-Date',
      'X-Amz-Expires',
      'X-Amz-Signature',
      'X-Amz-SignedHeaders',
    ]);
    expect([
      searchParams.get('X-Amz-Expires'),
      searchParams.get('X-Amz-SignedHeaders'),
      searchParams.get('X-Amz-Credential'),
    ]).toEqual([weekInSeconds, 'host', `AKID/20261128/${serviceCase.region}/s3/aws4_request`]);
    expect(expiresAt).toBe(now + Number(weekInSeconds) * 1000);
  });

  test('gets public links, or needs a public address', () => {
    if (serviceCase.link === 'needs an address')
      expect(
        v.safeParse(s3SettingsSchema, valuesOf(serviceCase, { linkKind: 'public' })).issues?.[0].path?.[0]?.key,
      ).toBe('publicBaseUrl');
    else expect(publicUrl(settings, { bucket: settings.bucket, key })).toBe(serviceCase.link);
  });

  test('accepts files up to its limit in parts', () => {
    const { maxParts, preferredPartBytes, maxPartBytes, maxObjectBytes, maxLinkDays, listsUploads } = settings.store;
    expect([maxParts, maxLinkDays, listsUploads]).toEqual([
      serviceCase.maxParts ?? 10_000,
      7,
      serviceCase.service !== 'oss',
    ]);
    const largest = Math.min(maxObjectBytes, maxParts * maxPartBytes);
    expect(Math.floor(largest / GiB)).toBe(serviceCase.largestGiB);
    const plan = planParts(largest, { preferredPartBytes, maxParts, maxPartBytes })!;
    expect(plan.count).toBeLessThanOrEqual(maxParts);
    expect([preferredPartBytes, plan.partSize <= 5 * GiB]).toEqual([
      serviceCase.service === 'storj' ? 64 * 1024 ** 2 : 16 * 1024 ** 2,
      true,
    ]);
  });
});

describe('the form', () => {
  const firstProblem = (values: FieldValues): unknown => {
    const [issue] =
      v.safeParse(s3SettingsSchema, {
        accessKeyId: 'AKID',
        secretAccessKey: 's',
        bucket,
        region: 'eu-west-1',
        ...values,
      }).issues ?? [];
    return issue && [issue.path?.[0]?.key, issue.message.split(':')[1]];
  };
  test.each<[string, FieldValues, string | undefined]>([
    [
      'acceleration at a custom server',
      { awsEndpoint: 'accelerate', endpoint: 'https://minio.example.com' },
      'variantElsewhere',
    ],
    [
      'IPv6 at another service',
      { awsEndpoint: 'dualstack', endpoint: 'https://fsn1.your-objectstorage.com' },
      'variantElsewhere',
    ],
    ['acceleration of a bucket with a dot', { awsEndpoint: 'accelerate', bucket: 'my.photos' }, 'accelerateDots'],
    ['acceleration with path style', { awsEndpoint: 'accelerate', pathStyle: 'true' }, 'acceleratePath'],
    ['acceleration in China', { awsEndpoint: 'accelerate', region: 'cn-north-1' }, 'accelerateRegion'],
    ['FIPS in Europe', { awsEndpoint: 'fips' }, 'fipsRegion'],
    ['an unknown variant', { awsEndpoint: 'quick' }, 'choice'],
    ['valid acceleration settings', { awsEndpoint: 'accelerate' }, undefined],
    ['IPv6 of a bucket with a dot', { awsEndpoint: 'dualstack', bucket: 'my.photos' }, undefined],
    ['FIPS in Canada', { awsEndpoint: 'fips', region: 'ca-central-1' }, undefined],
    [
      'a typed endpoint of Amazon',
      { awsEndpoint: 'dualstack', endpoint: 'https://s3.eu-west-1.amazonaws.com' },
      undefined,
    ],
  ])('checks the variant of Amazon’s endpoint: %s', (_, values, reason) =>
    expect(firstProblem(values)).toEqual(reason && ['awsEndpoint', reason]),
  );

  test.each<[string, FieldValues, [string, string] | undefined]>([
    ['a directory bucket', { bucket: 'photos--use1-az4--x-s3' }, ['bucket', 'directoryBucket']],
    [
      'a COS bucket name without the account ID',
      { bucket: 'photos', endpoint: 'https://cos.ap-guangzhou.myqcloud.com' },
      ['bucket', 'cosBucket'],
    ],
    ['an archive storage class', { storageClass: 'deep_archive' }, ['storageClass', 'archived']],
    ['an invalid storage class', { storageClass: 'cheap one' }, ['storageClass', 'storageClass']],
    ['an unknown encryption', { encryption: 'rot13' }, ['encryption', 'choice']],
    ['an invalid cache header', { cacheControl: 'öfter' }, ['cacheControl', 'headerValue']],
    ['an ACL that lets everyone write', { acl: 'public-read-write' }, ['acl', 'aclWrite']],
    ['an unknown ACL', { acl: 'everyone' }, ['acl', 'choice']],
    [
      'a link template with an unknown placeholder',
      { linkKind: 'public', publicBaseUrl: 'https://cdn.example.com/{file}' },
      ['publicBaseUrl', 'linkParts'],
    ],
    [
      'a link template with an unmatched brace',
      { linkKind: 'public', publicBaseUrl: 'https://cdn.example.com/{key' },
      ['publicBaseUrl', 'linkParts'],
    ],
    [
      'valid settings',
      {
        storageClass: 'standard_ia',
        encryption: 'aws:kms',
        kmsKey: 'alias/mine',
        cacheControl: 'max-age=60',
        acl: 'bucket-owner-full-control',
      },
      undefined,
    ],
  ])('checks the options for buckets, objects and links: %s', (_, values, expected) =>
    expect(firstProblem(values)).toEqual(expected),
  );

  test('turns the options into headers, and an extra header wins', () => {
    const values = {
      accessKeyId: 'AKID',
      secretAccessKey: 's',
      bucket,
      storageClass: 'standard_ia',
      encryption: 'aws:kms',
      kmsKey: 'alias/mine',
      cacheControl: 'max-age=60',
      headers: 'Cache-Control: no-store\nx-amz-meta-of: me',
    };
    expect(v.parse(s3SettingsSchema, values)).toMatchObject({
      headers: {
        'x-amz-storage-class': 'STANDARD_IA',
        'x-amz-server-side-encryption': 'aws:kms',
        'x-amz-server-side-encryption-aws-kms-key-id': 'alias/mine',
        'cache-control': 'no-store',
        'x-amz-meta-of': 'me',
      },
      store: { etag: 'opaque' },
    });
  });
});
