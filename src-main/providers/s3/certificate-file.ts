/** The certificate bundle that the AWS tools would trust: AWS_CA_BUNDLE, or `ca_bundle` of the profile. */
import type { FieldValues } from '../../../src-shared/profile.ts';
import type { Computer } from '../../platform/computer.ts';
import type { CertificateFile } from '../contract/provider.ts';
import { expandHome, readAwsConfig } from './aws-config.ts';
import { caBundleVariable } from './environment-variables.ts';

/** @param values has `caFile`, the value of AWS_CA_BUNDLE, if the destination comes from environment variables */
export function s3CertificateFile(values: FieldValues, computer: Computer): CertificateFile | undefined {
  const usesProfile = values.credentials === 'profile';
  const fileInVariable = values.caFile ?? (usesProfile ? computer.env[caBundleVariable]?.trim() : undefined);
  if (fileInVariable) return { path: expandHome(fileInVariable, computer.home), setting: caBundleVariable };
  if (!usesProfile) return undefined;
  const file = readAwsConfig(computer).profile(values.awsProfile ?? '')?.('ca_bundle');
  return file === undefined ? undefined : { path: expandHome(file, computer.home), setting: 'ca_bundle' };
}
