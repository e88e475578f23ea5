/** Destinations of all kinds and in all states, and discovered credentials, for the scenes of the setup. */
import type { DiscoveredCredentialsView, ProfileView } from '../../src-shared/profile.ts';
import { minute, now, press, s3Profile, work } from './scene-helpers.ts';

export const needsKey = s3Profile('archive', 'Archive', {
  secretStorage: 'locked',
  secrets: [],
  status: { state: 'needs-sign-in', error: { code: 'secret-missing', params: { destination: 'Archive' } } },
});
/** A destination in each state. */
export const states: ProfileView[] = [
  work,
  needsKey,
  s3Profile('site', 'Public site of the department of navigable waterways', {
    visibility: 'public',
    linkDays: undefined,
    status: { state: 'needs-setup', error: { code: 'no-bucket', params: { bucket: 'stie' }, field: 'bucket' } },
  }),
  s3Profile('nas', 'NAS', {
    secretStorage: 'reference',
    status: { state: 'unreachable', error: { code: 'unreachable', params: { host: 'nas.local:9000' } } },
  }),
  s3Profile('lab', 'Lab', { secretStorage: 'unprotected', status: { state: 'ready', isChecking: true } }),
];

export const discovered: DiscoveredCredentialsView[] = [
  {
    id: 'aws-work',
    providerId: 's3',
    name: 'work',
    from: '~/.aws/credentials',
    settings: { credentials: 'profile', awsProfile: 'work', region: 'eu-central-1' },
    needs: ['bucket'],
  },
  {
    id: 'env',
    providerId: 's3',
    name: 'Environment variables',
    from: 'AWS_S3_BUCKET',
    settings: { bucket: 'team-drops', endpoint: 'http://127.0.0.1:9000', region: 'us-east-1' },
    needs: [],
  },
  {
    id: 'rclone-r2',
    providerId: 's3',
    name: 'r2',
    from: '~/.config/rclone/rclone.conf',
    settings: { endpoint: 'https://0123.r2.cloudflarestorage.com', region: 'auto' },
    needs: ['bucket'],
    copies: true,
  },
];

const dropbox: ProfileView = {
  id: 'dropbox',
  providerId: 'dropbox',
  name: 'Dropbox',
  signsIn: true,
  settings: { folder: 'Shared/Uploads', linkKind: 'direct', appKey: '' },
  secrets: ['account'],
  secretStorage: 'saved',
  keyStore: 'GNOME Keyring',
  visibility: 'public',
  status: { state: 'ready', checkedAt: now - 2 * minute },
};
const fal: ProfileView = {
  id: 'fal',
  providerId: 'fal',
  name: 'fal.ai',
  settings: { expiry: 'never', access: 'public' },
  secrets: ['key'],
  secretStorage: 'saved',
  keyStore: 'GNOME Keyring',
  visibility: 'public',
  linkSentence: 'fal.links.never',
  status: { state: 'ready', checkedAt: now - 2 * minute },
};
export const signedOut: ProfileView = {
  ...dropbox,
  id: 'signed-out',
  name: 'Dropbox of the association',
  status: {
    state: 'needs-sign-in',
    error: { code: 'unauthorized', field: 'account', params: { of: 'dropbox', why: 'revoked' } },
  },
};
export const sso = s3Profile('sso', 'Team bucket', {
  settings: {
    bucket: 'team-drops',
    region: 'eu-central-1',
    endpoint: '',
    linkKind: 'expiring',
    linkDays: '7',
    credentials: 'sso',
    ssoStartUrl: 'https://example.awsapps.com/start',
    ssoRegion: 'eu-central-1',
    ssoFlow: 'code',
    ssoAccount: '123456789012',
    ssoRole: 'PowerUserAccess',
  },
  secrets: ['ssoSignIn'],
  signsIn: true,
});
export const needsCode = s3Profile('careful', 'Careful bucket', {
  secretStorage: 'reference',
  status: {
    state: 'needs-sign-in',
    checkedAt: now,
    error: { code: 'secret-missing', field: 'awsProfile', params: { why: 'mfa', profile: 'careful' } },
  },
});
/** Destinations of other services, and with other sign-ins. */
export const others = [dropbox, fal, signedOut, sso, needsCode];

/** Presses the button of the sign-in field with this key. */
export const beginSignIn = (key: string) => (): void => press(`[data-field="${key}"] button`);
