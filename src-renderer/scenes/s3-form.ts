/** The form of S3 destinations as main sends it; shortened where the shortening shows nothing new. */
import type { ProviderInfo } from '../../src-shared/provider.ts';

export const s3Form: ProviderInfo = {
  id: 's3', name: 'S3', help: 'provider.s3.help',
  fields: [
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
    { key: 'acl', group: 'links', kind: 'toggle', label: 's3.acl.label', help: 's3.acl.help', advanced: true, initial: 'false', showWhen: { field: 'linkKind', is: 'public' } },
    { key: 'pathStyle', group: 'place', kind: 'toggle', label: 's3.pathStyle.label', help: 's3.pathStyle.help', advanced: true, initial: 'false' },
    { key: 'prefix', group: 'place', kind: 'text', label: 's3.prefix.label', help: 's3.prefix.help', advanced: true, placeholder: 'shared/files' },
    { key: 'sessionToken', group: 'sign-in', kind: 'secret', label: 's3.sessionToken.label', help: 's3.sessionToken.help', advanced: true },
  ],
  presets: [
    { id: 'aws', name: 'Amazon S3', values: { endpoint: '', pathStyle: 'false' } },
    { id: 'r2', name: 'Cloudflare R2', values: { endpoint: 'https://{account}.r2.cloudflarestorage.com', region: 'auto', pathStyle: 'false' } },
    { id: 'b2', name: 'Backblaze B2', values: { endpoint: 'https://s3.{region}.backblazeb2.com', pathStyle: 'false' } },
    { id: 'minio', name: 'MinIO', values: { endpoint: 'http://127.0.0.1:9000', pathStyle: 'true' } },
    { id: 'ceph', name: 'Ceph RADOS Gateway', values: { endpoint: '', pathStyle: 'true' } },
    { id: 'custom', name: 'Other S3 server', values: { endpoint: '', pathStyle: 'true' } },
  ],
  capabilities: { maxBytes: 5e12, visibilities: ['expiring', 'public'], canDelete: true },
};
