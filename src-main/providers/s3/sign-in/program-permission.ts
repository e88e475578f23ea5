/** The user's permission for the program of an AWS profile. */
import { failure } from '../../../../src-shared/errors.ts';
import type { ProgramRequest } from '../../contract/provider.ts';
import type { CredentialContext } from './credential-context.ts';

/** @throws AppFailure secret-missing when the user has not allowed this command line; canceled */
export async function requireProgramPermission(
  request: ProgramRequest,
  { ports, signal }: Pick<CredentialContext, 'ports' | 'signal'>,
): Promise<void> {
  if (ports.isProgramAllowed?.(request.commandLine)) return;
  if (await ports.confirmProgram?.(request, signal)) return;
  throw failure('secret-missing', { field: 'awsProfile', params: { why: 'program', profile: request.profile } });
}
