/**
 * The requests and links of each service, written by hand from the services' documentation: a PUT of a file, a PUT of
 * a part and a presigned address, all made by the client that uploads.
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

/** Sends nothing, and returns the response of a typical store. */
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
/** The key as it appears in every address. */
const inUrl = 'in%20box/a%2Bb%20%C3%A9.txt';
const now = Date.UTC(2026, 10, 28, 12);
const week = '604800';
const GiB = 1024 ** 3;

interface Row {
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
  condition: 'if-none-match' | 'x-goog-if-generation-match';
  /** The presigned address without its query. */
  signed?: string;
  /** `needs an address`: the public address cannot be derived. */
  link: string;
  maxParts?: number;
  largestGiB: number;
}

const defaults = {
  checksum: 'content-md5',
  acl: 'public-read',
  condition: 'if-none-match',
  largestGiB: 50_000,
} as const satisfies Partial<Row>;
const bucket = 'photos';
const aws = { ...defaults, service: 'aws', checksum: 'x-amz-checksum-crc32' } as const;

const rows: Row[] = [
  {
    ...aws,
    values: { region: 'eu-west-1' },
    region: 'eu-west-1',
    put: `https://photos.s3.eu-west-1.amazonaws.com/${inUrl}`,
    link: `https://photos.s3.eu-west-1.amazonaws.com/${inUrl}`,
  },
  {
    ...aws,
    values: { region: 'eu-west-1', bucket: 'my.photos' },
    region: 'eu-west-1',
    put: `https://s3.eu-west-1.amazonaws.com/my.photos/${inUrl}`,
    link: `https://s3.eu-west-1.amazonaws.com/my.photos/${inUrl}`,
  },
  {
    ...aws,
    values: { region: 'cn-north-1' },
    region: 'cn-north-1',
    put: `https://photos.s3.cn-north-1.amazonaws.com.cn/${inUrl}`,
    link: `https://photos.s3.cn-north-1.amazonaws.com.cn/${inUrl}`,
  },
  {
    ...aws,
    values: { region: 'eu-west-1', awsEndpoint: 'dualstack' },
    region: 'eu-west-1',
    put: `https://photos.s3.dualstack.eu-west-1.amazonaws.com/${inUrl}`,
    link: `https://photos.s3.dualstack.eu-west-1.amazonaws.com/${inUrl}`,
  },
  {
    ...aws,
    values: { region: 'cn-north-1', awsEndpoint: 'dualstack' },
    region: 'cn-north-1',
    put: `https://photos.s3.dualstack.cn-north-1.amazonaws.com.cn/${inUrl}`,
    link: `https://photos.s3.dualstack.cn-north-1.amazonaws.com.cn/${inUrl}`,
  },
  {
    ...aws,
    values: { region: 'us-gov-west-1', awsEndpoint: 'fips' },
    region: 'us-gov-west-1',
    put: `https://photos.s3-fips.us-gov-west-1.amazonaws.com/${inUrl}`,
    link: `https://photos.s3-fips.us-gov-west-1.amazonaws.com/${inUrl}`,
  },
  {
    ...aws,
    values: { region: 'us-east-2', awsEndpoint: 'fips-dualstack' },
    region: 'us-east-2',
    put: `https://photos.s3-fips.dualstack.us-east-2.amazonaws.com/${inUrl}`,
    link: `https://photos.s3-fips.dualstack.us-east-2.amazonaws.com/${inUrl}`,
  },
  {
    ...aws,
    values: { region: 'eu-west-1', awsEndpoint: 'accelerate' },
    region: 'eu-west-1',
    put: `https://photos.s3-accelerate.amazonaws.com/${inUrl}`,
    signed: `https://photos.s3.eu-west-1.amazonaws.com/${inUrl}`,
    link: `https://photos.s3.eu-west-1.amazonaws.com/${inUrl}`,
  },
  {
    ...aws,
    values: { region: 'eu-west-1', awsEndpoint: 'accelerate-dualstack' },
    region: 'eu-west-1',
    put: `https://photos.s3-accelerate.dualstack.amazonaws.com/${inUrl}`,
    signed: `https://photos.s3.dualstack.eu-west-1.amazonaws.com/${inUrl}`,
    link: `https://photos.s3.dualstack.eu-west-1.amazonaws.com/${inUrl}`,
  },
  {
    ...defaults,
    service: 'r2',
    values: {},
    endpoint: 'https://0123abcd.r2.cloudflarestorage.com',
    region: 'auto',
    acl: 'none',
    put: `https://photos.0123abcd.r2.cloudflarestorage.com/${inUrl}`,
    link: 'needs an address',
    largestGiB: 5114,
  },
  {
    ...defaults,
    service: 'r2',
    values: { publicBaseUrl: 'https://pub-1.r2.dev', region: 'eu-west-1' },
    endpoint: 'https://0123abcd.eu.r2.cloudflarestorage.com',
    region: 'auto',
    acl: 'none',
    put: `https://photos.0123abcd.eu.r2.cloudflarestorage.com/${inUrl}`,
    link: `https://pub-1.r2.dev/${inUrl}`,
    largestGiB: 5114,
  },
  {
    ...defaults,
    service: 'b2',
    values: { region: 'us-west-004' },
    region: 'us-west-004',
    acl: 'none',
    put: `https://photos.s3.us-west-004.backblazeb2.com/${inUrl}`,
    link: `https://photos.s3.us-west-004.backblazeb2.com/${inUrl}`,
    largestGiB: 10_240,
  },
  {
    ...defaults,
    service: 'wasabi',
    values: { region: 'eu-central-2' },
    region: 'eu-central-2',
    put: `https://photos.s3.eu-central-2.wasabisys.com/${inUrl}`,
    link: `https://s3.eu-central-2.wasabisys.com/photos/${inUrl}`,
  },
  {
    ...defaults,
    service: 'digitalocean',
    values: { region: 'ams3' },
    region: 'us-east-1',
    put: `https://photos.ams3.digitaloceanspaces.com/${inUrl}`,
    link: `https://photos.ams3.digitaloceanspaces.com/${inUrl}`,
  },
  {
    ...defaults,
    service: 'digitalocean',
    values: { region: 'ams3', publicBaseUrl: 'https://{bucket}.ams3.cdn.digitaloceanspaces.com' },
    region: 'us-east-1',
    put: `https://photos.ams3.digitaloceanspaces.com/${inUrl}`,
    link: `https://photos.ams3.cdn.digitaloceanspaces.com/${inUrl}`,
  },
  {
    ...defaults,
    service: 'gcs',
    values: {},
    region: 'auto',
    condition: 'x-goog-if-generation-match',
    put: `https://storage.googleapis.com/photos/${inUrl}`,
    link: `https://storage.googleapis.com/photos/${inUrl}`,
    largestGiB: 5120,
  },
  {
    ...defaults,
    service: 'minio',
    values: {},
    endpoint: 'http://127.0.0.1:9000',
    region: 'us-east-1',
    put: `http://127.0.0.1:9000/photos/${inUrl}`,
    link: `http://127.0.0.1:9000/photos/${inUrl}`,
  },
  {
    ...defaults,
    service: 'ceph',
    values: { region: 'default' },
    endpoint: 'https://ceph.example.com',
    region: 'default',
    put: `https://ceph.example.com/photos/${inUrl}`,
    link: `https://ceph.example.com/photos/${inUrl}`,
  },
  {
    ...defaults,
    service: 'hetzner',
    values: { region: 'fsn1' },
    region: 'fsn1',
    put: `https://photos.fsn1.your-objectstorage.com/${inUrl}`,
    link: `https://photos.fsn1.your-objectstorage.com/${inUrl}`,
  },
  {
    ...defaults,
    service: 'scaleway',
    values: { region: 'nl-ams' },
    region: 'nl-ams',
    put: `https://photos.s3.nl-ams.scw.cloud/${inUrl}`,
    link: `https://photos.s3.nl-ams.scw.cloud/${inUrl}`,
    maxParts: 1000,
    largestGiB: 5000,
  },
  {
    ...defaults,
    service: 'ovh',
    values: { region: 'GRA' },
    region: 'gra',
    put: `https://photos.s3.gra.io.cloud.ovh.net/${inUrl}`,
    link: `https://photos.s3.gra.io.cloud.ovh.net/${inUrl}`,
  },
  {
    ...defaults,
    service: 'linode',
    values: { region: 'us-iad-10' },
    region: 'us-iad-10',
    put: `https://photos.us-iad-10.linodeobjects.com/${inUrl}`,
    link: `https://photos.us-iad-10.linodeobjects.com/${inUrl}`,
  },
  {
    ...defaults,
    service: 'storj',
    values: { publicBaseUrl: 'https://link.storjshare.io/raw/jabcd/photos' },
    region: 'us-east-1',
    acl: 'none',
    put: `https://photos.gateway.storjshare.io/${inUrl}`,
    link: `https://link.storjshare.io/raw/jabcd/photos/${inUrl}`,
  },
  {
    ...defaults,
    service: 'tigris',
    values: {},
    region: 'auto',
    put: `https://photos.t3.storage.dev/${inUrl}`,
    link: `https://photos.t3.storage.dev/${inUrl}`,
    largestGiB: 5120,
  },
  {
    ...defaults,
    service: 'idrive',
    values: { region: 'us-west-1' },
    region: 'us-west-1',
    put: `https://s3.us-west-1.idrivee2.com/photos/${inUrl}`,
    link: `https://s3.us-west-1.idrivee2.com/photos/${inUrl}`,
  },
  {
    ...defaults,
    service: 'oracle',
    values: { region: 'eu-frankfurt-1' },
    endpoint: 'https://axaxns.compat.objectstorage.eu-frankfurt-1.oci.customer-oci.com',
    region: 'eu-frankfurt-1',
    acl: 'none',
    put: `https://axaxns.compat.objectstorage.eu-frankfurt-1.oci.customer-oci.com/photos/${inUrl}`,
    link: `https://objectstorage.eu-frankfurt-1.oraclecloud.com/n/axaxns/b/photos/o/${inUrl.replace('/', '%2F')}`,
    largestGiB: 10_240,
  },
  {
    ...defaults,
    service: 'oracle',
    values: {},
    endpoint: 'https://vhcompat.objectstorage.eu-frankfurt-1.oci.customer-oci.com',
    region: 'eu-frankfurt-1',
    acl: 'none',
    put: `https://photos.vhcompat.objectstorage.eu-frankfurt-1.oci.customer-oci.com/${inUrl}`,
    link: 'needs an address',
    largestGiB: 10_240,
  },
  {
    ...defaults,
    service: 'oss',
    values: { region: 'cn-hangzhou' },
    region: 'cn-hangzhou',
    put: `https://photos.s3.oss-cn-hangzhou.aliyuncs.com/${inUrl}`,
    link: `https://photos.oss-cn-hangzhou.aliyuncs.com/${inUrl}`,
  },
  {
    ...defaults,
    service: 'cos',
    values: { region: 'ap-guangzhou', bucket: 'photos-1250000000' },
    region: 'ap-guangzhou',
    put: `https://photos-1250000000.cos.ap-guangzhou.myqcloud.com/${inUrl}`,
    link: `https://photos-1250000000.cos.ap-guangzhou.myqcloud.com/${inUrl}`,
  },
  {
    ...defaults,
    service: 'custom',
    values: {},
    endpoint: 'https://gate.example.com:8443/s3',
    region: 'us-east-1',
    put: `https://gate.example.com:8443/s3/photos/${inUrl}`,
    link: `https://gate.example.com:8443/s3/photos/${inUrl}`,
  },
  {
    ...defaults,
    service: 'custom',
    values: { pathStyle: 'false', publicBaseUrl: 'https://img.example.com/?src={key-encoded}&of={bucket}' },
    endpoint: 'https://s3.example.com',
    region: 'us-east-1',
    put: `https://photos.s3.example.com/${inUrl}`,
    link: `https://img.example.com/?src=${inUrl.replace('/', '%2F')}&of=photos`,
  },
];

const valuesOf = ({ service, endpoint, values }: Row, links: FieldValues = {}): FieldValues => {
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
const settingsOf = (row: Row, links?: FieldValues): S3Settings => v.parse(s3SettingsSchema, valuesOf(row, links));

const portOf = ({ protocol, port }: SentRequest): string =>
  port === undefined || port === (protocol === 'https:' ? 443 : 80) ? '' : `:${port}`;
const urlOf = (sent: SentRequest): string => `${sent.protocol}//${sent.hostname}${portOf(sent)}${sent.path}`;

test('every service that can be chosen has a test row', () => {
  expect(new Set(rows.map(({ service }) => service))).toEqual(new Set(presets.map(({ id }) => id)));
  expect(presets).toHaveLength(19);
});

describe.each(rows)('$service: $put', (row) => {
  const settings = settingsOf(row, { linkKind: row.link === 'needs an address' ? 'expiring' : 'public', acl: 'true' });
  const client = (handler?: RecordingHandler) =>
    createS3Client(settings, {
      credentials: { provider: async () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret' }) },
      attempts: 1,
      retryMs: 0,
      ...(handler ? { handler } : {}),
    });
  const source = patternSource(100);
  const body = (): never => new FilePart({ source, start: 0, length: 100, onBytes: () => undefined }).asBody() as never;
  const sum = s3ChecksumHeaders(
    settings.store.checksum === 'crc32' ? { crc32: 'AAAAAA==' } : { md5: '1B2M2Y8AsgTpgAmY7PhCfg==' },
  );

  test('its endpoint identifies it', () =>
    expect(settings.store.id).toBe(['minio', 'ceph'].includes(row.service) ? 'custom' : row.service));

  test('a file in one request', async () => {
    const handler = new RecordingHandler();
    await client(handler).send(
      new PutObjectCommand({
        Bucket: settings.bucket,
        Key: key,
        Body: body(),
        ...objectHeaders(settings, { name: 'a+b é.txt', contentType: 'text/plain' }, { kind: 'public' }),
        ...sum,
        IfNoneMatch: '*',
      }),
    );
    const [{ headers, query, method }, url] = [handler.sent[0]!, urlOf(handler.sent[0]!)];
    expect([method, url, query]).toEqual(['PUT', row.put, {}]);
    expect(headers).toMatchObject({
      host: new URL(row.put).host,
      'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
      'content-type': 'text/plain; charset=utf-8',
      'content-length': '100',
      authorization: expect.stringMatching(
        `^AWS4-HMAC-SHA256 Credential=AKID/\\d{8}/${row.region}/s3/aws4_request, `,
      ) as string,
    });
    const present = (names: string[]): string[] => names.filter((name) => headers[name] !== undefined);
    expect(
      present([
        'content-md5',
        'x-amz-checksum-crc32',
        'x-amz-sdk-checksum-algorithm',
        'x-amz-trailer',
        'content-encoding',
        'expect',
      ]),
    ).toEqual([row.checksum]);
    expect(present(['if-none-match', 'x-goog-if-generation-match'])).toEqual([row.condition]);
    expect(headers['x-amz-acl'] ?? 'none').toBe(row.acl);
    // Headers that affect the write are signed.
    for (const name of [row.checksum, row.condition])
      expect(headers.authorization).toMatch(new RegExp(`SignedHeaders=[^,]*${name}[;,]`));
  });

  test('a part', async () => {
    const handler = new RecordingHandler();
    await client(handler).send(
      new UploadPartCommand({ Bucket: settings.bucket, Key: key, UploadId: 'id', PartNumber: 2, Body: body(), ...sum }),
    );
    const [sent, url] = [handler.sent[0]!, urlOf(handler.sent[0]!)];
    expect([sent.method, url, sent.query]).toEqual(['PUT', row.put, { uploadId: 'id', partNumber: '2' }]);
    expect([sent.headers['x-amz-content-sha256'], sent.headers['x-amz-acl'], sent.headers[row.checksum]]).toEqual([
      'UNSIGNED-PAYLOAD',
      undefined,
      Object.values(sum)[0],
    ]);
  });

  test('an expiring link', async () => {
    const { url, expiresAt } = await createS3Link(
      client(),
      settings,
      { bucket: settings.bucket, key },
      { now, clockOffset: 0, credentialExpiry: async () => undefined, linkOverride: { kind: 'expiring' } },
    );
    const { origin, pathname, searchParams } = new URL(url);
    expect(origin + pathname).toBe(row.signed ?? row.put);
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
    ]).toEqual([week, 'host', `AKID/20261128/${row.region}/s3/aws4_request`]);
    expect(expiresAt).toBe(now + Number(week) * 1000);
  });

  test('a public link', () => {
    if (row.link === 'needs an address')
      expect(v.safeParse(s3SettingsSchema, valuesOf(row, { linkKind: 'public' })).issues?.[0].path?.[0]?.key).toBe(
        'publicBaseUrl',
      );
    else expect(publicUrl(settings, { bucket: settings.bucket, key })).toBe(row.link);
  });

  test('the part sizes', () => {
    const { maxParts, preferredPartBytes, maxPartBytes, maxObjectBytes, maxLinkDays, listsUploads } = settings.store;
    expect([maxParts, maxLinkDays, listsUploads]).toEqual([row.maxParts ?? 10_000, 7, row.service !== 'oss']);
    const largest = Math.min(maxObjectBytes, maxParts * maxPartBytes);
    expect(Math.floor(largest / GiB)).toBe(row.largestGiB);
    const plan = planParts(largest, { preferredPartBytes, maxParts, maxPartBytes })!;
    expect(plan.count).toBeLessThanOrEqual(maxParts);
    expect([preferredPartBytes, plan.partSize <= 5 * GiB]).toEqual([
      row.service === 'storj' ? 64 * 1024 ** 2 : 16 * 1024 ** 2,
      true,
    ]);
  });
});

describe('conflicts that the SDK would report in the middle of an upload are reported at their field', () => {
  const fieldOf = (values: FieldValues): unknown => {
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
      'acceleration at a self-hosted store',
      { awsEndpoint: 'accelerate', endpoint: 'https://minio.example.com' },
      'variantElsewhere',
    ],
    [
      'IPv6 at another service',
      { awsEndpoint: 'dualstack', endpoint: 'https://fsn1.your-objectstorage.com' },
      'variantElsewhere',
    ],
    ['acceleration of a dotted bucket', { awsEndpoint: 'accelerate', bucket: 'my.photos' }, 'accelerateDots'],
    ['acceleration with path style', { awsEndpoint: 'accelerate', pathStyle: 'true' }, 'acceleratePath'],
    ['acceleration in China', { awsEndpoint: 'accelerate', region: 'cn-north-1' }, 'accelerateRegion'],
    ['FIPS in Europe', { awsEndpoint: 'fips' }, 'fipsRegion'],
    ['an unknown address type', { awsEndpoint: 'quick' }, 'choice'],
    ['valid acceleration settings', { awsEndpoint: 'accelerate' }, undefined],
    ['IPv6 of a dotted bucket', { awsEndpoint: 'dualstack', bucket: 'my.photos' }, undefined],
    ['FIPS in Canada', { awsEndpoint: 'fips', region: 'ca-central-1' }, undefined],
    [
      'Amazon’s own address, written out',
      { awsEndpoint: 'dualstack', endpoint: 'https://s3.eu-west-1.amazonaws.com' },
      undefined,
    ],
  ])('%s', (_, values, reason) => expect(fieldOf(values)).toEqual(reason && ['awsEndpoint', reason]));

  test.each<[string, FieldValues, [string, string] | undefined]>([
    ['a directory bucket', { bucket: 'photos--use1-az4--x-s3' }, ['bucket', 'directoryBucket']],
    [
      'a bucket of COS without its account',
      { bucket: 'photos', endpoint: 'https://cos.ap-guangzhou.myqcloud.com' },
      ['bucket', 'cosBucket'],
    ],
    ['an archive', { storageClass: 'deep_archive' }, ['storageClass', 'archived']],
    ['no storage class', { storageClass: 'cheap one' }, ['storageClass', 'storageClass']],
    ['an unknown encryption', { encryption: 'rot13' }, ['encryption', 'choice']],
    ['an invalid cache header', { cacheControl: 'öfter' }, ['cacheControl', 'headerValue']],
    ['an ACL that lets everyone write', { acl: 'public-read-write' }, ['acl', 'aclWrite']],
    ['an unknown ACL', { acl: 'everyone' }, ['acl', 'choice']],
    [
      'a template with an unknown part',
      { linkKind: 'public', publicBaseUrl: 'https://cdn.example.com/{file}' },
      ['publicBaseUrl', 'linkParts'],
    ],
    [
      'a template with half a brace',
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
  ])('%s', (_, values, expected) => expect(fieldOf(values)).toEqual(expected));

  test('the chosen options are sent, and a typed header wins', () => {
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
