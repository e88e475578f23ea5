/**
 * Suggests values for a field of the form: from files on this computer, from data about the service, or from the
 * store.
 */
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import * as v from 'valibot';
import { failure } from '../../../src-shared/errors.ts';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { createTransport } from '../network/transport.ts';
import type { DriverPorts, FieldContext } from '../contract/provider.ts';
import { FilePartHandler } from '../transfer/request-handler.ts';
import { listAwsProfiles } from './aws-config.ts';
import { createS3Client } from './client.ts';
import { createCredentialSource } from './credential-source.ts';
import { mapS3Error } from './errors.ts';
import { applyAwsProfile } from './apply-aws-profile.ts';
import { storageClassesByService } from './object-options.ts';
import { serviceForHost, services } from './presets.ts';
import { regionsByService } from './known-regions.ts';
import { s3SettingsSchema, type S3Settings } from './settings.ts';
import { suggestSsoValues } from './sign-in.ts';

/** Hoist reads one page of buckets: users do not scroll through more. */
const maxBuckets = 1000;

/** @throws AppFailure when an earlier field is not valid yet or the store refuses */
export async function suggestS3Values(
  { field, values, computer, signal }: FieldContext,
  ports: DriverPorts,
): Promise<string[]> {
  if (field === 'awsProfile')
    return listAwsProfiles(computer)
      .filter(({ hasSignIn }) => hasSignIn)
      .map(({ name }) => name);
  if (field === 'ssoRegion') return [...(regionsByService['aws'] ?? [])];
  if (field === 'ssoAccount' || field === 'ssoRole')
    return await suggestSsoValues(field, values, { computer, signal }, ports);
  if (field === 'storageClass') return [...(storageClassesByService[serviceIdFor(values)] ?? [])];
  if (field === 'region') return [...(regionsByService[serviceIdFor(values)] ?? [])];
  return field === 'bucket' ? await listBuckets(values, { computer, signal }, ports) : [];
}

/** The service of an endpoint or of an endpoint template. */
function serviceIdFor({ endpoint = '' }: FieldValues): string {
  if (endpoint.trim() === '') return 'aws';
  const template = services.find((service) => service.endpoint !== '' && service.endpoint === endpoint.trim());
  const address = endpoint.includes('://') ? endpoint : `https://${endpoint}`;
  return template?.id ?? (URL.canParse(address) ? serviceForHost(new URL(address).hostname).service.id : 'custom');
}

async function listBuckets(
  values: FieldValues,
  { computer, signal }: Pick<FieldContext, 'computer' | 'signal'>,
  ports: DriverPorts,
): Promise<string[]> {
  const settings = settingsForListing(values);
  applyAwsProfile(settings, computer);
  const transport = ports.transport ?? createTransport({ proxy: { kind: 'none' }, certificates: [] });
  const credentials = createCredentialSource(settings, { computer, transport, ports });
  const client = createS3Client(settings, {
    credentials,
    handler: new FilePartHandler(transport),
    attempts: 1,
    retryMs: 0,
  });
  try {
    const { Buckets: buckets = [] } = await client.send(
      new ListBucketsCommand(settings.store.id === 'aws' ? { MaxBuckets: maxBuckets } : {}),
      { abortSignal: signal },
    );
    return buckets.flatMap(({ Name: name }) => (name ? [name] : [])).slice(0, maxBuckets);
  } catch (cause) {
    const error = mapS3Error(cause, settings);
    // Many access keys are limited to one bucket and may not list buckets.
    if (error?.code === 'forbidden')
      throw failure('forbidden', { field: 'bucket', params: { ...error.params, why: 'list' } }, cause);
    throw error ? failure(error.code, error, cause) : cause;
  } finally {
    credentials.close();
    client.destroy();
    if (!ports.transport) transport.close();
  }
}

/** The user’s settings, with valid placeholders for those that don’t matter when listing buckets. */
function settingsForListing(values: FieldValues): S3Settings {
  const formValues = {
    ...values,
    bucket: 'any-bucket',
    prefix: '',
    linkKind: values.credentials === 'nobody' ? 'public' : 'expiring',
    publicBaseUrl: '',
    headers: '',
    acl: '',
    storageClass: '',
    encryption: '',
    cacheControl: '',
    // Amazon's accelerated, dual-stack and FIPS endpoints do not list buckets.
    awsEndpoint: 'standard',
  };
  const parsed = v.safeParse(s3SettingsSchema, formValues);
  if (parsed.success) return parsed.output;
  const field = parsed.issues[0].path?.[0]?.key;
  throw failure('invalid-input', typeof field === 'string' ? { field } : {});
}
