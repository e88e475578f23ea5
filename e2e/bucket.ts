/** The test bucket on the real S3 server, seen from outside the app: what is stored, what is half-done, what a link gives. */
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

const variable = (name: string): string => process.env[`HOIST_TEST_S3_${name}`] ?? '';

export const hasServer = variable('ENDPOINT') !== '';
export const endpoint = variable('ENDPOINT');
export const keys = { id: variable('KEY'), secret: variable('SECRET') };

/** One bucket for each test file would be slow to make; each test looks at what appeared since it began. */
export const bucket = variable('BUCKET');

export const bucketEnv = (): Record<string, string> => ({
  AWS_S3_BUCKET: bucket,
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_ENDPOINT_URL: endpoint,
  AWS_S3_PATH_STYLE: 'true',
  AWS_ACCESS_KEY_ID: keys.id,
  AWS_SECRET_ACCESS_KEY: keys.secret,
});

const client = (): S3Client =>
  new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: keys.id, secretAccessKey: keys.secret },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });

export async function objects(name = bucket): Promise<string[]> {
  const found: string[] = [];
  for (let after: string | undefined; ;) {
    const page = await client().send(new ListObjectsV2Command({ Bucket: name, StartAfter: after }));
    found.push(...(page.Contents ?? []).map((o) => o.Key!));
    if (!page.IsTruncated) return found;
    after = found.at(-1);
  }
}

export async function openUploads(name = bucket): Promise<string[]> {
  const page = await client().send(new ListMultipartUploadsCommand({ Bucket: name }));
  return (page.Uploads ?? []).map((u) => u.UploadId!);
}

/** A bucket of the test's own, so that "nothing is there" can be said of all of it. */
export async function freshBucket(): Promise<string> {
  const name = `hoist-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
  await client().send(new CreateBucketCommand({ Bucket: name }));
  return name;
}

/** SHA-256 of what an anonymous request of the link gives, and its headers. */
export function fetchLink(
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

/** The two files of the AWS tools, with one profile in them. */
export function awsProfile(folder: string): Record<string, string> {
  fs.writeFileSync(
    path.join(folder, 'credentials'),
    `[work]\naws_access_key_id = ${keys.id}\naws_secret_access_key = ${keys.secret}\n`,
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

/** Of a second user of the same server. */
export const otherKeys = { id: variable('OTHER_KEY'), secret: variable('OTHER_SECRET') };

/** Keys of a session that the server itself gave out; it takes no token that it did not. */
export async function sessionKeys(): Promise<{ accessKeyId: string; secretAccessKey: string; sessionToken: string }> {
  const sts = new STSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: keys.id, secretAccessKey: keys.secret },
  });
  const { Credentials: given } = await sts.send(
    new AssumeRoleCommand({ RoleArn: variable('ROLE'), RoleSessionName: 'hoist-test', DurationSeconds: 3600 }),
  );
  sts.destroy();
  return {
    accessKeyId: given!.AccessKeyId!,
    secretAccessKey: given!.SecretAccessKey!,
    sessionToken: given!.SessionToken!,
  };
}

/** A new bucket in which the second user may do only this. `denied`: not even to what is that user's own. */
export async function bucketWhere(actions: string[], denied: string[] = []): Promise<string> {
  const name = await freshBucket();
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: keys.id, secretAccessKey: keys.secret },
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
          .filter(([, some]) => some.length > 0)
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
