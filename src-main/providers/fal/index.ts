/** The fal.ai manifest: data only, loads no client. */
import type { Field } from '../../../src-shared/provider.ts';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { commonFields } from '../settings/common-fields.ts';
import type { Provider } from '../contract/provider.ts';
import { discoverFalCredentials } from './discover-credentials.ts';
import {
  expiries,
  isExpiry,
  falSettingsSchema,
  normalizeFalSettings,
  type Expiry,
  type FalSettings,
} from './settings.ts';

const fields: Field[] = [
  {
    key: 'key',
    group: 'sign-in',
    kind: 'secret',
    label: 'fal.key.label',
    help: 'fal.key.help',
    variables: ['FAL_KEY', 'FAL_KEY_ID'],
    required: true,
    page: 'https://fal.ai/dashboard/keys',
  },
  {
    key: 'expiry',
    group: 'links',
    kind: 'choice',
    label: 'fal.expiry.label',
    help: 'fal.expiry.help',
    initial: 'never',
    choices: (Object.keys(expiries) as Expiry[]).map((value) => ({ value, label: `fal.expiry.${value}` })),
  },
  {
    key: 'access',
    group: 'links',
    kind: 'choice',
    label: 'fal.access.label',
    help: 'fal.access.help',
    advanced: true,
    initial: 'public',
    choices: [
      { value: 'public', label: 'fal.access.public.label', help: 'fal.access.public.help' },
      { value: 'signed', label: 'fal.access.signed.label', help: 'fal.access.signed.help' },
    ],
  },
  {
    key: 'linkDays',
    group: 'links',
    kind: 'choice',
    label: 'fal.linkDays.label',
    help: 'fal.linkDays.help',
    advanced: true,
    initial: '7',
    showWhen: { field: 'access', is: 'signed' },
    choices: [
      { value: '7', label: 'fal.linkDays.7' },
      { value: '3', label: 'fal.linkDays.3' },
      { value: '1', label: 'fal.linkDays.1' },
    ],
  },
  // The service chooses each file's URL, so users cannot choose a name and no name can be taken.
  ...commonFields.filter(({ group }) => group !== 'names'),
];

export const fal: Provider<FalSettings> & { id: 'fal' } = {
  id: 'fal',
  name: 'fal.ai',
  help: 'provider.fal.help',
  fields,
  presets: [],
  // fal.ai documents no size limit. The limit here is the driver's: 1000 parts of 5 GiB. If the service has a lower
  // limit, it responds with status 413.
  capabilities: {
    maxBytes: 5000 * 1024 ** 3,
    visibilities: ['expiring', 'public'],
    supportedLinkKinds: ['expiring', 'public'],
    manyLinks: false,
    canDelete: false,
    canRevokeLinks: true,
  },
  settings: falSettingsSchema,
  normalize: normalizeFalSettings,
  linkAccess: linkVisibility,
  discoverCredentials: discoverFalCredentials,
  load: async () => (await import('./driver.ts')).falModule,
};

const secondsPerDay = 86_400;

function linkVisibility({ expiry = 'never', access, linkDays }: FieldValues): ReturnType<Provider['linkAccess']> {
  if (access === 'signed')
    return { visibility: 'expiring', days: /^[1-7]$/.test(linkDays ?? '') ? Number(linkDays) : 7 };
  const validExpiry = isExpiry(expiry) ? expiry : 'never';
  const seconds = expiries[validExpiry];
  if (seconds === undefined) return { visibility: 'public', sentence: 'fal.links.never' };
  return {
    visibility: 'expiring',
    sentence: `fal.links.${validExpiry}`,
    ...(seconds >= secondsPerDay ? { days: seconds / secondsPerDay } : {}),
  };
}
