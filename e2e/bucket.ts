/**
 * Reads the test bucket on the real S3 server from outside the app: objects, unfinished uploads, and the content of
 * links.
 */
import { createHash } from 'node:crypto';
import fs, { createReadStream } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/nested-clients/sts';
import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';

/** A variable that e2e/servers/rgw.sh prints; '' when no S3 server was started. */
const s3Variable = (name: string): string => process.env[`HOIST_TEST_S3_${name}`] ?? '';

export const hasS3Server = s3Variable('ENDPOINT') !== '';
export const endpoint = s3Variable('ENDPOINT');
export const accessKey = { id: s3Variable('KEY'), secret: s3Variable('SECRET') };

/** The bucket that the tests share. Tests that count objects create their own bucket. */
export const bucket = s3Variable('BUCKET');

/** The variables with which Hoist and the AWS tools find the shared test bucket. */
export const bucketEnv = (): Record<string, string> => ({
  AWS_S3_BUCKET: bucket,
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_ENDPOINT_URL: endpoint,
  AWS_S3_PATH_STYLE: 'true',
  AWS_ACCESS_KEY_ID: accessKey.id,
  AWS_SECRET_ACCESS_KEY: accessKey.secret,
});

const client = (): S3Client =>
  new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: accessKey.id, secretAccessKey: accessKey.secret },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });

export async function listObjectKeys(name = bucket): Promise<string[]> {
  const keys: string[] = [];
  for (;;) {
    const page = await client().send(new ListObjectsV2Command({ Bucket: name, StartAfter: keys.at(-1) }));
    keys.push(...(page.Contents ?? []).map(({ Key }) => Key!));
    if (!page.IsTruncated) return keys;
  }
}

/** The IDs of the bucket's unfinished multipart uploads. */
export async function listUploadIds(name = bucket): Promise<string[]> {
  const page = await client().send(new ListMultipartUploadsCommand({ Bucket: name }));
  return (page.Uploads ?? []).map(({ UploadId }) => UploadId!);
}

/** Creates a bucket for one test, which can then check that the whole bucket is empty. */
export async function createTestBucket(): Promise<string> {
  const name = `hoist-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
  await client().send(new CreateBucketCommand({ Bucket: name }));
  return name;
}

/** Downloads the link without credentials; returns the status, headers, length and SHA-256 of the response. */
export function downloadLink(
  url: string,
): Promise<{ status: number; sha256: string; bytes: number; headers: http.IncomingHttpHeaders }> {
  return new Promise((resolve, reject) => {
    http
      .get(url, (response) => {
        const hash = createHash('sha256');
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          hash.update(chunk);
          bytes += chunk.length;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode!, sha256: hash.digest('hex'), bytes, headers: response.headers }),
        );
        response.on('error', reject);
      })
      .on('error', reject);
  });
}

export function sha256(file: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const hash = createHash('sha256');
    createReadStream(file)
      .on('data', (chunk) => hash.update(chunk))
      .on('end', () => resolve(hash.digest('hex')))
      .on('error', reject);
  });
}

/** Writes the config and credentials files of the AWS tools, with one profile. Returns the variables that name them. */
export function writeAwsProfile(folder: string): Record<string, string> {
  fs.writeFileSync(
    path.join(folder, 'credentials'),
    `[work]\naws_access_key_id = ${accessKey.id}\naws_secret_access_key = ${accessKey.secret}\n`,
  );
  fs.writeFileSync(
    path.join(folder, 'config'),
    `[profile work]\nregion = us-east-1\nendpoint_url = ${endpoint}\ns3 =\n  addressing_style = path\n`,
  );
  return {
    AWS_SHARED_CREDENTIALS_FILE: path.join(folder, 'credentials'),
    AWS_CONFIG_FILE: path.join(folder, 'config'),
  };
}

/** The keys of a second user of the same server. */
export const otherAccessKey = { id: s3Variable('OTHER_KEY'), secret: s3Variable('OTHER_SECRET') };

/** Assumes the test role. The test server accepts only session tokens that it issued itself. */
export async function assumeTestRole(): Promise<{
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}> {
  const sts = new STSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: accessKey.id, secretAccessKey: accessKey.secret },
  });
  const { Credentials: session } = await sts.send(
    new AssumeRoleCommand({ RoleArn: s3Variable('ROLE'), RoleSessionName: 'hoist-test', DurationSeconds: 3600 }),
  );
  sts.destroy();
  return {
    accessKeyId: session!.AccessKeyId!,
    secretAccessKey: session!.SecretAccessKey!,
    sessionToken: session!.SessionToken!,
  };
}

/**
 * Creates a bucket whose policy allows the second user only `actions`, and forbids that user the actions in `denied`
 * even for objects that the user owns.
 */
export async function createBucketWithPolicy(actions: string[], denied: string[] = []): Promise<string> {
  const name = await createTestBucket();
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: accessKey.id, secretAccessKey: accessKey.secret },
  });
  const statements = [
    ['Allow', actions],
    ['Deny', denied],
  ] as const;
  await client.send(
    new PutBucketPolicyCommand({
      Bucket: name,
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: statements
          .filter(([, names]) => names.length > 0)
          .map(([Effect, Action]) => ({
            Effect,
            Action,
            Principal: { AWS: ['arn:aws:iam:::user/other'] },
            Resource: [`arn:aws:s3:::${name}/*`],
          })),
      }),
    }),
  );
  client.destroy();
  return name;
}
