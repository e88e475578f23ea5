/**
 * What S3-compatible services refuse or ignore, by preset. Sources: the services' documentation and the issues named
 * beside each rule.
 */
import type { RequestKind } from './s3-fault-plan.ts';

/** A header that a service refuses. */
interface RefusedHeader {
  header: RegExp;
  /** Refused only with these values. */
  value?: RegExp;
  /** Refused only in these requests. */
  kinds?: readonly RequestKind[];
  status: number;
  code: string;
}

/** How a store treats `x-amz-checksum-crc32`, aws-chunked bodies and `If-None-Match: *`. */
export interface StoreBehaviour {
  refusedHeaders: readonly RefusedHeader[];
  /** `refuses`: answers 501 to every request with the header. `ignores`: accepts any value. */
  crc32: 'verifies' | 'ignores' | 'refuses';
  /** `stores`: the object contains the framing of the chunks. */
  awsChunked: 'decodes' | 'stores';
  ifNoneMatch: 'honours' | 'ignores' | 'refuses';
  metadata: 'keeps' | 'drops';
}

export const amazonBehaviour: StoreBehaviour = {
  refusedHeaders: [],
  crc32: 'verifies',
  awsChunked: 'decodes',
  ifNoneMatch: 'honours',
  metadata: 'keeps',
};

const refused = (header: RegExp, code: string, rest: Partial<RefusedHeader> = {}): RefusedHeader => ({
  header,
  status: 400,
  code,
  ...rest,
});

/** Google refuses its own headers beside those of Amazon's signature (carrierwave pull request 2356). */
const googleHeaders = refused(/^x-goog-/, 'ExcessHeaderValues');
/** Google's checksum of the parts' checksums does not match, so Complete fails with 412 (langfuse issue 13280). */
const checksumHeaders = refused(/^x-amz-(?:checksum-|sdk-checksum-|trailer$)/, 'InvalidArgument');
const chunkedBodies: readonly RefusedHeader[] = [
  refused(/^x-amz-content-sha256$/, 'InvalidArgument', { value: /^STREAMING-/ }),
  refused(/^content-encoding$/, 'InvalidArgument', { value: /aws-chunked/ }),
  refused(/^x-amz-(?:trailer|sdk-checksum-algorithm)$/, 'InvalidArgument'),
];
const acls = refused(/^x-amz-(?:acl|grant-)/, 'NotImplemented', { status: 501 });

/** The behaviour of each preset's service. Services that are not listed behave like Amazon S3. */
const behaviours: Readonly<Record<string, Partial<StoreBehaviour>>> = {
  // Google ignores If-None-Match on PUT (aws-sdk-java-v2 issue 6055).
  gcs: { refusedHeaders: [googleHeaders, checksumHeaders, ...chunkedBodies], crc32: 'ignores', ifNoneMatch: 'ignores' },
  // developers.cloudflare.com/r2/api/s3/api
  r2: {
    refusedHeaders: [
      { ...acls, value: /^(?!private$)/ }, // any value except private
      refused(/^x-amz-(?:tagging|object-lock-)/, 'NotImplemented', { status: 501 }),
    ],
  },
  // boto/s3transfer issue 327; backblaze.com/docs/cloud-storage-s3-compatible-api
  b2: { refusedHeaders: [acls, checksumHeaders, ...chunkedBodies], crc32: 'refuses' },
  // ovh/public-cloud-roadmap issue 781
  ovh: { refusedHeaders: [checksumHeaders, ...chunkedBodies] },
  // techdocs.akamai.com/cloud-computing/docs/aws-cli-sdks-support-details
  linode: { refusedHeaders: [checksumHeaders, ...chunkedBodies] },
  // storj.dev/dcs/api/s3/s3-compatibility
  storj: { refusedHeaders: [acls, ...chunkedBodies] },
  oracle: { refusedHeaders: [acls, ...chunkedBodies] },
  // alibabacloud.com/help/en/oss/developer-reference/use-amazon-s3-sdks-to-access-oss
  oss: { refusedHeaders: [checksumHeaders, ...chunkedBodies] },
  cos: { refusedHeaders: chunkedBodies },
  hetzner: { refusedHeaders: [...chunkedBodies, { ...acls, value: /^(?!private$|public-read$)/ }] },
  scaleway: { refusedHeaders: chunkedBodies },
  wasabi: { refusedHeaders: chunkedBodies },
  digitalocean: { refusedHeaders: chunkedBodies },
  ceph: { refusedHeaders: chunkedBodies, ifNoneMatch: 'ignores' },
  // SeaweedFS stored the framing before December 2025 (seaweedfs issues 6847 and 7623).
  seaweedfs: { awsChunked: 'stores', crc32: 'ignores', ifNoneMatch: 'ignores' },
  // garagehq.deuxfleurs.fr/documentation/reference-manual/s3-compatibility
  garage: { refusedHeaders: chunkedBodies, ifNoneMatch: 'ignores' },
  rustfs: { refusedHeaders: chunkedBodies },
  versitygw: { refusedHeaders: chunkedBodies },
};

export const behaviourOf = (preset: string): StoreBehaviour => ({ ...amazonBehaviour, ...behaviours[preset] });
