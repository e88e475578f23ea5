/** The certificate bundle that the AWS tools would trust: AWS_CA_BUNDLE, or `ca_bundle` of the profile. */
import type { FieldValues } from '../../../src-shared/profile.ts';
import type { Computer } from '../../platform/computer.ts';
import type { CertificateFile } from '../contract/provider.ts';
import { expandHome, readAwsConfig } from './aws-config.ts';
import { caBundleVariable } from './environment-variables.ts';

/** @param values `caFile` is the variable's value; only the environment's destination has it */
export function s3CertificateFile(values: FieldValues, computer: Computer): CertificateFile | undefined {
  const variable = values.caFile ?? (values.credentials === 'profile' ? computer.env[caBundleVariable]?.trim() : '');
  if (variable) return { path: expandHome(variable, computer.home), setting: caBundleVariable };
  if (values.credentials !== 'profile') return undefined;
  const file = readAwsConfig(computer).profile(values.awsProfile ?? '')?.('ca_bundle');
  return file === undefined ? undefined : { path: expandHome(file, computer.home), setting: 'ca_bundle' };
}
