/** Amazon S3 and everything that speaks its language, as data: nothing here loads the SDK. */
import type { Field } from '../../../src-shared/provider.ts';
import { commonFields } from '../common-fields.ts';
import type { Provider } from '../provider.ts';
import { exampleOf } from './example.ts';
import { foundOn } from './found.ts';
import { customService, presets } from './presets.ts';
import { settingsSchema, tidySettings, type S3Settings } from './settings.ts';

/** '' is how settings were saved before there was a choice: with keys. */
const byKeys = { field: 'credentials', is: ['keys', ''] };
const bySso = { field: 'credentials', is: 'sso' };

const fields: Field[] = [
  {
    key: 'credentials', group: 'sign-in', kind: 'choice', label: 's3.credentials.label', help: 's3.credentials.help', advanced: true, initial: 'keys',
    choices: [
      { value: 'keys', label: 's3.credentials.keys.label', help: 's3.credentials.keys.help' },
      { value: 'profile', label: 's3.credentials.profile.label', help: 's3.credentials.profile.help' },
      { value: 'sso', label: 's3.credentials.sso.label', help: 's3.credentials.sso.help' },
      { value: 'container', label: 's3.credentials.container.label', help: 's3.credentials.container.help' },
      { value: 'instance', label: 's3.credentials.instance.label', help: 's3.credentials.instance.help' },
      { value: 'nobody', label: 's3.credentials.nobody.label', help: 's3.credentials.nobody.help' },
    ],
  },
  { key: 'awsProfile', group: 'sign-in', kind: 'text', label: 's3.awsProfile.label', help: 's3.awsProfile.help', required: true, suggests: true, placeholder: 'default', showWhen: { field: 'credentials', is: 'profile' } },
  { key: 'awsSignIn', group: 'sign-in', kind: 'sign-in', label: 's3.awsSignIn.label', help: 's3.awsSignIn.help', advanced: true, showWhen: { field: 'credentials', is: 'profile' } },
  { key: 'ssoStartUrl', group: 'sign-in', kind: 'text', label: 's3.ssoStartUrl.label', help: 's3.ssoStartUrl.help', required: true, placeholder: 'https://example.awsapps.com/start', showWhen: bySso },
  { key: 'ssoRegion', group: 'sign-in', kind: 'text', label: 's3.ssoRegion.label', help: 's3.ssoRegion.help', required: true, suggests: true, placeholder: 'us-east-1', showWhen: bySso },
  {
    key: 'ssoFlow', group: 'sign-in', kind: 'choice', label: 's3.ssoFlow.label', help: 's3.ssoFlow.help', advanced: true, initial: 'browser', showWhen: bySso,
    choices: [
      { value: 'browser', label: 's3.ssoFlow.browser.label', help: 's3.ssoFlow.browser.help' },
      { value: 'code', label: 's3.ssoFlow.code.label', help: 's3.ssoFlow.code.help' },
    ],
  },
  { key: 'ssoSignIn', group: 'sign-in', kind: 'sign-in', label: 's3.ssoSignIn.label', help: 's3.ssoSignIn.help', required: true, showWhen: bySso },
  { key: 'ssoAccount', group: 'sign-in', kind: 'text', label: 's3.ssoAccount.label', help: 's3.ssoAccount.help', required: true, suggests: true, placeholder: '123456789012', showWhen: bySso },
  { key: 'ssoRole', group: 'sign-in', kind: 'text', label: 's3.ssoRole.label', help: 's3.ssoRole.help', required: true, suggests: true, placeholder: 'PowerUserAccess', showWhen: bySso },
  { key: 'accessKeyId', group: 'sign-in', kind: 'text', label: 's3.accessKeyId.label', help: 's3.accessKeyId.help', required: true, placeholder: 'AKIAIOSFODNN7EXAMPLE', showWhen: byKeys },
  { key: 'secretAccessKey', group: 'sign-in', kind: 'secret', label: 's3.secretAccessKey.label', help: 's3.secretAccessKey.help', required: true, showWhen: byKeys },
  { key: 'sessionToken', group: 'sign-in', kind: 'secret', label: 's3.sessionToken.label', help: 's3.sessionToken.help', advanced: true, showWhen: byKeys },
  // What has to be known before the store can be asked for its buckets comes first.
  { key: 'endpoint', group: 'place', kind: 'text', label: 's3.endpoint.label', help: 's3.endpoint.help', placeholder: 'https://s3.example.com' },
  { key: 'region', group: 'place', kind: 'text', label: 's3.region.label', help: 's3.region.help', suggests: true, placeholder: 'us-east-1' },
  { key: 'bucket', group: 'place', kind: 'text', label: 's3.bucket.label', help: 's3.bucket.help', required: true, suggests: true, placeholder: 'my-bucket' },
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
  {
    // Once it was a switch: 'true' is how public-read is saved.
    key: 'acl', group: 'links', kind: 'choice', label: 's3.acl.label', help: 's3.acl.help', advanced: true, initial: 'false',
    choices: [
      { value: 'false', label: 's3.acl.none' }, { value: 'true', label: 's3.acl.public-read' }, { value: 'private', label: 's3.acl.private' },
      { value: 'authenticated-read', label: 's3.acl.authenticated-read' }, { value: 'bucket-owner-read', label: 's3.acl.bucket-owner-read' },
      { value: 'bucket-owner-full-control', label: 's3.acl.bucket-owner-full-control' }, { value: 'aws-exec-read', label: 's3.acl.aws-exec-read' },
    ],
  },
  { key: 'showsPages', group: 'links', kind: 'toggle', label: 's3.showsPages.label', help: 's3.showsPages.help', advanced: true, initial: 'false' },
  { key: 'pathStyle', group: 'place', kind: 'toggle', label: 's3.pathStyle.label', help: 's3.pathStyle.help', advanced: true, initial: 'false' },
  {
    key: 'awsEndpoint', group: 'place', kind: 'choice', label: 's3.awsEndpoint.label', help: 's3.awsEndpoint.help', advanced: true, initial: 'standard', showWhen: { field: 'endpoint', is: '' },
    choices: [
      { value: 'standard', label: 's3.awsEndpoint.standard' }, { value: 'dualstack', label: 's3.awsEndpoint.dualstack' }, { value: 'fips', label: 's3.awsEndpoint.fips' },
      { value: 'fips-dualstack', label: 's3.awsEndpoint.fips-dualstack' }, { value: 'accelerate', label: 's3.awsEndpoint.accelerate' }, { value: 'accelerate-dualstack', label: 's3.awsEndpoint.accelerate-dualstack' },
    ],
  },
  { key: 'prefix', group: 'place', kind: 'text', label: 's3.prefix.label', help: 's3.prefix.help', advanced: true, placeholder: 'shared/files' },
  { key: 'storageClass', group: 'names', kind: 'text', label: 's3.storageClass.label', help: 's3.storageClass.help', advanced: true, suggests: true, placeholder: 'STANDARD_IA' },
  {
    key: 'encryption', group: 'names', kind: 'choice', label: 's3.encryption.label', help: 's3.encryption.help', advanced: true, initial: 'none',
    choices: [
      { value: 'none', label: 's3.encryption.none' }, { value: 'AES256', label: 's3.encryption.AES256' }, { value: 'aws:kms', label: 's3.encryption.kms' }, { value: 'aws:kms:dsse', label: 's3.encryption.dsse' },
    ],
  },
  { key: 'kmsKey', group: 'names', kind: 'text', label: 's3.kmsKey.label', help: 's3.kmsKey.help', advanced: true, placeholder: 'arn:aws:kms:eu-central-1:111122223333:key/…', showWhen: { field: 'encryption', is: ['aws:kms', 'aws:kms:dsse'] } },
  { key: 'cacheControl', group: 'names', kind: 'text', label: 's3.cacheControl.label', help: 's3.cacheControl.help', advanced: true, placeholder: 'max-age=86400' },
  { key: 'headers', group: 'names', kind: 'lines', label: 's3.headers.label', help: 's3.headers.help', advanced: true, placeholder: 'x-amz-meta-project: summer' },
  ...commonFields,
];

export const s3: Provider<S3Settings> & { id: 's3' } = {
  id: 's3',
  name: 'S3',
  help: 'provider.s3.help',
  fields,
  presets,
  // 10,000 parts of 5 GiB; stores that take less say so in presets.ts
  capabilities: { maxBytes: customService.maxObjectBytes, visibilities: ['expiring', 'public'], wishes: ['expiring', 'public'], manyLinks: true, canDelete: true },
  settings: settingsSchema,
  tidy: tidySettings,
  example: exampleOf,
  links: (settings) => (settings.linkKind === 'public' ? { visibility: 'public' } : { visibility: 'expiring', days: /^[1-7]$/.test(settings.linkDays ?? '') ? Number(settings.linkDays) : 7 }),
  credentials: foundOn,
  load: () => import('./driver.ts'),
};
