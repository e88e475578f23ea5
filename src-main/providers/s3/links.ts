/** Hoist creates links on demand and does not store them: each object can get a new link at any time. */
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Link, LinkOverride } from '../../../src-shared/upload.ts';
import { publicUrl, type LinkedObject } from './public-url.ts';
import type { CredentialSource } from './credential-source.ts';
import type { S3Settings } from './settings.ts';

const secondsPerDay = 86_400;

/**
 * A link expires together with the temporary credentials that signed it. If their expiry is unknown, Hoist assumes that
 * they work for 12 more hours, the longest session of a role
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_request.html).
 */
const maxSessionSeconds = 12 * 3600;

/** `now`: ms since 1970. `clockOffset`: the store's clock minus this computer's clock, in ms. */
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
  // The signature contains the time in whole seconds.
  return { url, visibility: 'expiring', expiresAt: Math.floor(now / 1000) * 1000 + expiresIn * 1000 };
}
