/** Addresses that belong to a service but do not lead to a bucket, and why Hoist cannot use them. */
import { partitionById } from './aws-partitions.ts';

export type AddressProblem =
  | 'publicAddress'
  | 'consolePage'
  | 'accessPoint'
  | 'otherArn'
  | 'directoryBucket'
  | 'partition'
  | 'swift';

/** The first pattern that matches decides. */
const rejectedAddresses: readonly [pattern: RegExp, why: AddressProblem][] = [
  // Directory buckets, whose names end with `--x-s3`
  [/^arn:aws[\w-]*:s3express:|--x-s3\.s3express-/i, 'directoryBucket'],
  // Access points: their ARNs, their hosts, and their pages in the console
  [/^arn:aws[\w-]*:s3(?:-outposts|-object-lambda)?:[^:]*:\d*:(?:accesspoint|outpost)[/:]/i, 'accessPoint'],
  [
    /^(?:https?:\/\/)?[\w.-]+\.(?:s3-accesspoint(?:-fips)?|s3-object-lambda|s3-outposts|accesspoint\.s3-global)\./i,
    'accessPoint',
  ],
  [/^(?:https?:\/\/)?(?:[\w-]+\.)*console\.[\w.-]+\/s3\/(?:ap|olap|mrap)s?(?:[/?#]|$)/i, 'accessPoint'],
  // Every ARN that does not name a bucket
  [/^arn:(?!aws[\w-]*:s3:::[^/:?#]+)/i, 'otherArn'],
  // The addresses of files for everyone. They do not name the account or the region.
  [/^(?:https?:\/\/)?[\w-]+\.(?:r2\.dev|cloudfront\.net|b-cdn\.net)(?:[/:?#]|$)/i, 'publicAddress'],
  // OpenStack's API. Services with both APIs serve S3 at another host or path.
  [/^https?:\/\/[^/]+\/(?:swift\/)?v1\/AUTH_/i, 'swift'],
  // Pages of consoles that do not contain the bucket's endpoint. Pages that do are parsed by console-pages.ts.
  [
    new RegExp(
      `^(?:https?://)?(?:${[
        'console\\.hetzner\\.(?:com|cloud)',
        'console\\.storage\\.dev',
        'console\\.tigris\\.dev',
        'app\\.idrivee2\\.com',
        'secure\\.backblaze\\.com',
        'cloud\\.oracle\\.com',
        '(?:www|manager(?:\\.\\w+)?)\\.ovh(?:cloud)?\\.com',
        'cloud\\.linode\\.com',
        'console\\.scaleway\\.com',
        'console\\.wasabisys\\.com',
        'cloud\\.digitalocean\\.com',
        'console\\.cloud\\.google\\.com',
        'dash\\.cloudflare\\.com',
        'oss\\.console\\.(?:aliyun|alibabacloud)\\.com',
        'console\\.(?:cloud\\.tencent|tencentcloud)\\.com',
        '(?:[\\w-]+\\.)?signin\\.aws\\.amazon\\.com',
        '(?:eu1|us1|ap1)\\.storj\\.io',
      ].join('|')})(?:[/:?#]|$)`,
      'i',
    ),
    'consolePage',
  ],
  // MinIO's console at its own host name. A bucket may have such a name, but no scheme.
  [/^https?:\/\/(?:[\w-]+-)?console\./i, 'consolePage'],
  // MinIO's console at its usual port or path, except the pages of a bucket.
  [
    new RegExp(
      `^(?:https?://[^/]+/minio/ui|(?:https?://)?[^/]+:9001)/(?!browser/[^/?#]|buckets/[^/]+/(?:admin|browse))` +
        '(?:login|logout|browser|buckets|access-keys|identity|policies|settings|tools|documentation)(?:[/?#]|$)',
      'i',
    ),
    'consolePage',
  ],
];

/** Why Hoist cannot use a pasted address. @returns undefined for text that Hoist may be able to use */
export function addressProblem(pasted: string): AddressProblem | undefined {
  const partition = /^arn:(?<id>aws[\w-]*):s3:::/i.exec(pasted)?.groups?.['id'];
  if (partition !== undefined && !partitionById(partition.toLowerCase())) return 'partition';
  return rejectedAddresses.find(([pattern]) => pattern.test(pasted))?.[1];
}
