/** Links are made, not stored: a new one can be made from the same object at any time. */
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Link, LinkOverride } from '../../../src-shared/upload.ts';
import { publicUrl, type LinkedObject } from './public-url.ts';
import type { CredentialSource } from './credential-source.ts';
import type { S3Settings } from './settings.ts';

const secondsPerDay = 86_400;

/**
 * Keys from a session take their links with them when they end. Where nothing tells when: sessions of a role last 12 hours
 * at most (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_request.html).
 */
const maxSessionSeconds = 12 * 3600;

/** `now`: ms since 1970; `clockOffset`: ms to add for the store's time, as its answers showed it; `end`: of the keys. */
export interface S3LinkOptions {
  now: number;
  clockOffset: number;
  credentialExpiry: CredentialSource['expiry'];
  linkOverride?: LinkOverride | undefined;
}

export async function createS3Link(
  client: S3Client,
  settings: S3Settings,
  object: LinkedObject,
  { now, clockOffset, credentialExpiry, linkOverride }: S3LinkOptions,
): Promise<Link> {
  if ((linkOverride?.kind ?? settings.linkKind) === 'public')
    return { url: publicUrl(settings, object), visibility: 'public' };
  const requestedSeconds = Math.min(
    linkOverride?.seconds ?? settings.linkDays * secondsPerDay,
    settings.store.maxLinkDays * secondsPerDay,
  );
  const session = await credentialExpiry();
  const sessionSecondsLeft =
    session?.at === undefined ? maxSessionSeconds : Math.max(1, Math.floor((session.at - now - clockOffset) / 1000));
  const expiresIn = session === undefined ? requestedSeconds : Math.min(requestedSeconds, sessionSecondsLeft);
  const url = await getSignedUrl(client, new GetObjectCommand({ Bucket: object.bucket, Key: object.key }), {
    expiresIn,
    signingDate: new Date(now + clockOffset),
  });
  // The signature counts whole seconds.
  return { url, visibility: 'expiring', expiresAt: Math.floor(now / 1000) * 1000 + expiresIn * 1000 };
}
