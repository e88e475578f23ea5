/** Certificates that a destination's values refer to, such as the bundle of an AWS profile. */
import { failure } from '../../../src-shared/errors.ts';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { createComputer } from '../../platform/computer.ts';
import type { Provider } from '../contract/provider.ts';
import { readCertificateBundle, type CommonSettings } from '../settings/common-settings.ts';

/**
 * Adds the certificates of the file that the values refer to. The file is read at each connection.
 * @throws AppFailure invalid-input at `ca` when the file cannot be read or contains no certificate
 */
export function withReferencedCertificates(
  common: CommonSettings,
  { certificateFile }: Pick<Provider, 'certificateFile'>,
  values: FieldValues,
): CommonSettings {
  const computer = createComputer(process.env);
  const file = certificateFile?.(values, computer);
  if (file === undefined) return common;
  const certificates = readCertificateBundle(computer.read(file.path) ?? '');
  if (certificates.length === 0)
    throw failure('invalid-input', { field: 'ca', params: { why: 'caFile', variable: file.setting } });
  return { ...common, certificates: [...common.certificates, ...certificates] };
}
