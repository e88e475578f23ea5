/** Amazon S3 and everything that speaks its language, as data: nothing here loads the SDK. */
import * as v from 'valibot';
import type { Field } from '../../../src-shared/provider.ts';
import type { Found, Provider } from '../provider.ts';
import { customService, presets, serviceOf } from './presets.ts';
import { isOn, settingsSchema, tidySettings, type S3Settings } from './settings.ts';

const fields: Field[] = [
  { key: 'accessKeyId', group: 'sign-in', kind: 'text', label: 's3.accessKeyId.label', help: 's3.accessKeyId.help', required: true, placeholder: 'AKIAIOSFODNN7EXAMPLE' },
  { key: 'secretAccessKey', group: 'sign-in', kind: 'secret', label: 's3.secretAccessKey.label', help: 's3.secretAccessKey.help', required: true },
  { key: 'bucket', group: 'place', kind: 'text', label: 's3.bucket.label', help: 's3.bucket.help', required: true, placeholder: 'my-bucket' },
  { key: 'region', group: 'place', kind: 'text', label: 's3.region.label', help: 's3.region.help', placeholder: 'us-east-1' },
  { key: 'endpoint', group: 'place', kind: 'text', label: 's3.endpoint.label', help: 's3.endpoint.help', placeholder: 'https://s3.example.com' },
  {
    key: 'linkKind', group: 'links', kind: 'choice', label: 's3.linkKind.label', help: 's3.linkKind.help', initial: 'expiring',
    choices: [
      { value: 'expiring', label: 's3.linkKind.expiring.label', help: 's3.linkKind.expiring.help' },
      { value: 'public', label: 's3.linkKind.public.label', help: 's3.linkKind.public.help' },
    ],
  },
  {
    key: 'linkDays', group: 'links', kind: 'choice', label: 's3.linkDays.label', help: 's3.linkDays.help', advanced: true, initial: '7', showWhen: { field: 'linkKind', is: 'expiring' },
    choices: [{ value: '7', label: 's3.linkDays.7' }, { value: '3', label: 's3.linkDays.3' }, { value: '1', label: 's3.linkDays.1' }],
  },
  { key: 'publicBaseUrl', group: 'links', kind: 'text', label: 's3.publicBaseUrl.label', help: 's3.publicBaseUrl.help', advanced: true, placeholder: 'https://files.example.com', showWhen: { field: 'linkKind', is: 'public' } },
  { key: 'acl', group: 'links', kind: 'toggle', label: 's3.acl.label', help: 's3.acl.help', advanced: true, initial: 'false', showWhen: { field: 'linkKind', is: 'public' } },
  { key: 'pathStyle', group: 'place', kind: 'toggle', label: 's3.pathStyle.label', help: 's3.pathStyle.help', advanced: true, initial: 'false' },
  { key: 'prefix', group: 'place', kind: 'text', label: 's3.prefix.label', help: 's3.prefix.help', advanced: true, placeholder: 'shared/files' },
  { key: 'sessionToken', group: 'sign-in', kind: 'secret', label: 's3.sessionToken.label', help: 's3.sessionToken.help', advanced: true },
];

export const s3: Provider<S3Settings> = {
  id: 's3',
  name: 'S3',
  help: 'provider.s3.help',
  fields,
  presets,
  // 10,000 parts of 5 GiB; stores that take less say so in presets.ts
  capabilities: { maxBytes: customService.maxObjectBytes, visibilities: ['expiring', 'public'], canDelete: true },
  settings: settingsSchema,
  tidy: tidySettings,
  links: (settings) => (settings.linkKind === 'public' ? { visibility: 'public' } : { visibility: 'expiring', days: /^[1-7]$/.test(settings.linkDays ?? '') ? Number(settings.linkDays) : 7 }),
  credentials: fromEnvironment,
  load: () => import('./driver.ts'),
};

/** Settings by the variables that hold them. */
const variables: Record<string, string> = {
  bucket: 'AWS_S3_BUCKET', region: 'AWS_DEFAULT_REGION', endpoint: 'AWS_ENDPOINT_URL', pathStyle: 'AWS_S3_PATH_STYLE',
  accessKeyId: 'AWS_ACCESS_KEY_ID', secretAccessKey: 'AWS_SECRET_ACCESS_KEY', sessionToken: 'AWS_SESSION_TOKEN',
};

/** The variables that make a destination together; without bucket and keys there is nothing to offer. */
function fromEnvironment(env: Record<string, string | undefined>): Found[] {
  const given = Object.entries(variables).map(([key, variable]) => [key, env[variable]?.trim() ?? ''] as const);
  const values = Object.fromEntries(given.filter(([, value]) => value !== ''));
  if (!values.bucket || !values.accessKeyId || !values.secretAccessKey) return [];
  const asked = { ...values, pathStyle: String(isOn(values.pathStyle) ?? wantsPathStyle(values.endpoint)), linkKind: 'expiring' };
  // Variables that make no sense are offered too: using them says which one is wrong.
  const settings = v.is(settingsSchema, asked) ? tidySettings(asked) : asked;
  return [{ id: 's3-environment', name: settings.bucket ?? values.bucket, from: 'AWS_S3_BUCKET', values: settings }];
}

/** Where nothing is said, a server with a host of its own gets what works without DNS entries. */
function wantsPathStyle(endpoint: string | undefined): boolean {
  if (endpoint === undefined) return false;
  const address = endpoint.includes('://') ? endpoint : `https://${endpoint}`;
  return URL.canParse(address) && serviceOf(new URL(address).hostname).service.pathStyle === 'needed';
}
