/** The destination that environment variables describe, with the variables and the precedence of the AWS tools. */
import * as v from 'valibot';
import type { Computer } from '../../platform/computer.ts';
import type { DiscoveredCredentials } from '../contract/provider.ts';
import { variantFromSwitches } from './aws-endpoints.ts';
import { normalizeS3Settings } from './normalize-settings.ts';
import { s3SettingsSchema } from './settings.ts';

/**
 * The variables of each setting. The first variable that is not empty takes precedence, as in version 2 of the AWS
 * command line and the SDK for Go. `AWS_S3_BUCKET` and `AWS_S3_PATH_STYLE` are Hoist's own.
 * Source: https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 */
export const settingVariables = {
  bucket: ['AWS_S3_BUCKET'],
  region: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
  endpoint: ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'],
  pathStyle: ['AWS_S3_PATH_STYLE'],
  accessKeyId: ['AWS_ACCESS_KEY_ID'],
  secretAccessKey: ['AWS_SECRET_ACCESS_KEY'],
  sessionToken: ['AWS_SESSION_TOKEN', 'AWS_SECURITY_TOKEN'],
} as const;

/** Used by the destination from environment variables and by destinations with an AWS profile. */
export const caBundleVariable = 'AWS_CA_BUNDLE';

type Environment = Computer['env'];

/** Returns a destination if the environment has an access key and a secret key. */
export function discoverFromEnvironment(env: Environment): DiscoveredCredentials[] {
  const read = (name: string): string => (env[name] ?? '').trim();
  const isOn = (name: string): boolean => /^true$/i.test(read(name));
  const ignoresEndpoints = isOn('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS');
  const entries = Object.entries(settingVariables).map(([key, names]) => {
    const values = names.map((name) => read(name));
    return [key, key === 'endpoint' && ignoresEndpoints ? '' : (values.find((value) => value !== '') ?? '')] as const;
  });
  const values: Record<string, string> = Object.fromEntries(entries.filter(([, value]) => value !== ''));
  const [expiration, caFile] = [read('AWS_CREDENTIAL_EXPIRATION'), read(caBundleVariable)];
  if (!values['accessKeyId'] || !values['secretAccessKey']) return [];
  const formValues = {
    ...values,
    ...(values['endpoint'] === undefined ? amazonVariant(isOn) : {}),
    linkKind: 'expiring',
  };
  // Invalid variables are offered too: when the user chooses them, the form shows which one is wrong.
  const settings: Record<string, string> = v.is(s3SettingsSchema, formValues)
    ? normalizeS3Settings(formValues)
    : formValues;
  const name = settings['bucket'] ?? values['bucket'];
  const discovered = {
    ...settings,
    ...(expiration !== '' && settings['sessionToken'] !== undefined ? { keysEnd: expiration } : {}),
    ...(caFile === '' ? {} : { caFile }),
  };
  return [
    {
      id: 's3-environment',
      name: name ?? 'AWS_ACCESS_KEY_ID',
      from: name === undefined ? 'AWS_ACCESS_KEY_ID' : 'AWS_S3_BUCKET',
      values: discovered,
      use: 'environment',
      needs: name === undefined ? ['bucket'] : [],
    },
  ];
}

function amazonVariant(isOn: (name: string) => boolean): { awsEndpoint?: string } {
  const variant = variantFromSwitches({
    fips: isOn('AWS_USE_FIPS_ENDPOINT'),
    dualStack: isOn('AWS_USE_DUALSTACK_ENDPOINT'),
  });
  return variant === undefined ? {} : { awsEndpoint: variant };
}
