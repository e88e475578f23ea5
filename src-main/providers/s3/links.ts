/** Links are made, not stored: a new one can be made from the same object at any time. */
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Link, LinkWish } from '../../../src-shared/upload.ts';
import { publicUrl, type StoredObject } from './public-url.ts';
import type { Credentials } from './credentials.ts';
import type { S3Settings } from './settings.ts';

const secondsADay = 86_400;

/**
 * Keys from a session take their links with them when they end. Where nothing tells when: sessions of a role last 12 hours
 * at most (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_request.html).
 */
const sessionSeconds = 12 * 3600;

/** `now`: ms since 1970; `clockOffset`: ms to add for the store's time, as its answers showed it; `end`: of the keys. */
export interface LinkOptions {
  now: number;
  clockOffset: number;
  end: Credentials['end'];
  wish?: LinkWish | undefined;
}

export async function makeLink(
  client: S3Client,
  settings: S3Settings,
  object: StoredObject,
  { now, clockOffset, end, wish }: LinkOptions,
): Promise<Link> {
  if ((wish?.kind ?? settings.linkKind) === 'public') return { url: publicUrl(settings, object), visibility: 'public' };
  const wanted = Math.min(wish?.seconds ?? settings.linkDays * secondsADay, settings.store.maxLinkDays * secondsADay);
  const session = await end();
  const left =
    session?.at === undefined ? sessionSeconds : Math.max(1, Math.floor((session.at - now - clockOffset) / 1000));
  const expiresIn = session === undefined ? wanted : Math.min(wanted, left);
  const url = await getSignedUrl(client, new GetObjectCommand({ Bucket: object.bucket, Key: object.key }), {
    expiresIn,
    signingDate: new Date(now + clockOffset),
  });
  // The signature counts whole seconds.
  return { url, visibility: 'expiring', expiresAt: Math.floor(now / 1000) * 1000 + expiresIn * 1000 };
}
