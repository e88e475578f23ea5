/** The Dropbox manifest: data only, loads no SDK. */
import type { Field } from '../../../src-shared/provider.ts';
import { commonFields } from '../settings/common-fields.ts';
import type { Provider } from '../contract/provider.ts';
import { appConsoleUrl, builtInAppKey } from './app-key.ts';
import { discoverDropboxCredentials } from './discover-credentials.ts';
import { dropboxSettingsSchema, normalizeDropboxSettings, type DropboxSettings } from './settings.ts';

/** Optional in a build with an app key. In other builds, users must enter an app key before they sign in. */
const appKey: Field = {
  key: 'appKey',
  group: 'sign-in',
  kind: 'text',
  label: 'dropbox.appKey.label',
  help: builtInAppKey === '' ? 'dropbox.appKey.needed' : 'dropbox.appKey.help',
  variables: ['DROPBOX_APP_KEY', 'HOIST_DROPBOX_APP_KEY'],
  placeholder: 'a1b2c3d4e5f6g7h',
  page: appConsoleUrl,
};

const fields: Field[] = [
  ...(builtInAppKey === '' ? [appKey] : []),
  {
    key: 'account',
    group: 'sign-in',
    kind: 'sign-in',
    label: 'dropbox.account.label',
    help: 'dropbox.account.help',
    variables: ['DROPBOX_REFRESH_TOKEN', 'DROPBOX_ACCESS_TOKEN'],
    required: true,
  },
  ...(builtInAppKey === '' ? [] : [{ ...appKey, advanced: true }]),
  {
    key: 'folder',
    group: 'location',
    kind: 'text',
    label: 'dropbox.folder.label',
    help: 'dropbox.folder.help',
    placeholder: 'Shared/Uploads',
  },
  {
    key: 'linkKind',
    group: 'links',
    kind: 'choice',
    label: 'dropbox.linkKind.label',
    help: 'dropbox.linkKind.help',
    initial: 'direct',
    choices: [
      { value: 'direct', label: 'dropbox.linkKind.direct.label', help: 'dropbox.linkKind.direct.help' },
      { value: 'download', label: 'dropbox.linkKind.download.label', help: 'dropbox.linkKind.download.help' },
      { value: 'page', label: 'dropbox.linkKind.page.label', help: 'dropbox.linkKind.page.help' },
    ],
  },
  {
    key: 'audience',
    group: 'links',
    kind: 'choice',
    label: 'dropbox.audience.label',
    help: 'dropbox.audience.help',
    advanced: true,
    initial: 'public',
    choices: [
      { value: 'public', label: 'dropbox.audience.public' },
      { value: 'team', label: 'dropbox.audience.team' },
    ],
  },
  {
    key: 'linkDays',
    group: 'links',
    kind: 'choice',
    label: 'dropbox.linkDays.label',
    help: 'dropbox.linkDays.help',
    advanced: true,
    initial: 'never',
    choices: [
      { value: 'never', label: 'dropbox.linkDays.never' },
      { value: '1', label: 'dropbox.linkDays.1' },
      { value: '7', label: 'dropbox.linkDays.7' },
      { value: '30', label: 'dropbox.linkDays.30' },
      { value: '90', label: 'dropbox.linkDays.90' },
    ],
  },
  {
    key: 'linkPassword',
    group: 'links',
    kind: 'secret',
    label: 'dropbox.linkPassword.label',
    help: 'dropbox.linkPassword.help',
    advanced: true,
  },
  ...commonFields,
];

/** 2^41 - 2^22 bytes (2 TiB minus one block of 4 MiB): Dropbox's limit for an upload session. */
const maxBytes = 2_199_019_061_248;

export const dropbox: Provider<DropboxSettings> & { id: 'dropbox' } = {
  id: 'dropbox',
  name: 'Dropbox',
  help: 'provider.dropbox.help',
  fields,
  presets: [],
  capabilities: {
    maxBytes,
    visibilities: ['private', 'expiring', 'public'],
    supportedLinkKinds: ['expiring', 'public'],
    manyLinks: false,
    canDelete: true,
  },
  settings: dropboxSettingsSchema,
  normalize: normalizeDropboxSettings,
  linkAccess({ linkPassword = '', audience, linkDays = 'never' }) {
    if (linkPassword.trim() !== '' || audience === 'team') return { visibility: 'private' };
    return linkDays === 'never' || linkDays === ''
      ? { visibility: 'public' }
      : { visibility: 'expiring', days: Number(linkDays) };
  },
  linkRedirectDomains: ['dropboxusercontent.com'],
  discoverCredentials: discoverDropboxCredentials,
  load: async () => (await import('./driver.ts')).dropboxModule,
};
