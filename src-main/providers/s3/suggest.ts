/** Which values a field of the form can have: read on this computer, known of the service, or asked of the store. */
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import * as v from 'valibot';
import { failure } from '../../../src-shared/errors.ts';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { openWay } from '../network.ts';
import type { DriverPorts, Question } from '../provider.ts';
import { FilePartHandler } from '../sending/request-handler.ts';
import { awsProfiles } from './aws-files.ts';
import { makeClient } from './client.ts';
import { credentialsOf } from './credentials.ts';
import { errorOf } from './errors.ts';
import { fillIn } from './fill-in.ts';
import { storageClassesOf } from './object-options.ts';
import { serviceOf, services } from './presets.ts';
import { regionsOf } from './regions.ts';
import { settingsSchema, type S3Settings } from './settings.ts';
import { ssoChoices } from './sign-in.ts';

/** One page of them is as many as anybody looks through. */
const mostBuckets = 1000;

/** @throws AppFailure why there is nothing to suggest: a field before it is not right yet, or the store refuses */
export async function suggest({ field, values, computer, signal }: Question, ports: DriverPorts): Promise<string[]> {
  if (field === 'awsProfile')
    return awsProfiles(computer)
      .filter(({ hasSignIn }) => hasSignIn)
      .map(({ name }) => name);
  if (field === 'ssoRegion') return [...(regionsOf['aws'] ?? [])];
  if (field === 'ssoAccount' || field === 'ssoRole')
    return await ssoChoices(field, values, { computer, signal }, ports);
  if (field === 'storageClass') return [...(storageClassesOf[serviceIn(values)] ?? [])];
  if (field === 'region') return [...(regionsOf[serviceIn(values)] ?? [])];
  return field === 'bucket' ? await buckets(values, { computer, signal }, ports) : [];
}

/** The service that an endpoint, or the template of one, belongs to. */
function serviceIn({ endpoint = '' }: FieldValues): string {
  if (endpoint.trim() === '') return 'aws';
  const template = services.find((service) => service.endpoint !== '' && service.endpoint === endpoint.trim());
  const address = endpoint.includes('://') ? endpoint : `https://${endpoint}`;
  return template?.id ?? (URL.canParse(address) ? serviceOf(new URL(address).hostname).service.id : 'custom');
}

async function buckets(
  values: FieldValues,
  { computer, signal }: Pick<Question, 'computer' | 'signal'>,
  ports: DriverPorts,
): Promise<string[]> {
  const settings = settingsOf(values);
  fillIn(settings, computer);
  const way = ports.way ?? openWay({ proxy: { kind: 'none' }, certificates: [] });
  const credentials = credentialsOf(settings, { computer, way, ports });
  const client = makeClient(settings, { credentials, handler: new FilePartHandler(way), attempts: 1, retryMs: 0 });
  try {
    const { Buckets: found = [] } = await client.send(
      new ListBucketsCommand(settings.store.id === 'aws' ? { MaxBuckets: mostBuckets } : {}),
      { abortSignal: signal },
    );
    return found.flatMap(({ Name: name }) => (name ? [name] : [])).slice(0, mostBuckets);
  } catch (cause) {
    const error = errorOf(cause, settings);
    // A key for one bucket may not see the others: that is how it should be.
    if (error?.code === 'forbidden')
      throw failure('forbidden', { field: 'bucket', params: { ...error.params, why: 'list' } }, cause);
    throw error ? failure(error.code, error, cause) : cause;
  } finally {
    credentials.close();
    client.destroy();
    if (!ports.way) way.close();
  }
}

/** Any bucket will do for the question; what it needs besides must be right. */
function settingsOf(values: FieldValues): S3Settings {
  // Amazon's other addresses do not list buckets.
  const asked = {
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
    awsEndpoint: 'standard',
  };
  const parsed = v.safeParse(settingsSchema, asked);
  if (parsed.success) return parsed.output;
  const field = parsed.issues[0].path?.[0]?.key;
  throw failure('invalid-input', typeof field === 'string' ? { field } : {});
}
