/** One-time codes of the user's MFA device. Hoist asks for a code once and never uses it twice. */
import { AppFailure, failure } from '../../../../src-shared/errors.ts';
import type { CodeRefusal } from '../../../../src-shared/provider.ts';
import type { CredentialContext } from './credential-context.ts';

/** Last used code by device. The service accepts a code once, so the user must wait for the next code. */
const usedCodes = new Map<string, { code: string; at: number }>();
/** ms after which the same digits may be a new code */
const codeLifetimeMs = 120_000;
const maxTries = 3;

/** `profile`: the name for error sentences. `tryCode` receives a code that was not used before. */
export interface MfaRequest<T> {
  device: string;
  profile: string;
  tryCode(code: string): Promise<T>;
}

/**
 * @throws AppFailure secret-missing when no prompt is possible; unauthorized when every code was refused; other
 * errors of `tryCode`
 */
export async function withMfaCode<T>(
  { device, profile, tryCode }: MfaRequest<T>,
  { ports, signal }: Pick<CredentialContext, 'ports' | 'signal'>,
): Promise<T> {
  let rejection: CodeRefusal | undefined;
  let lastError: unknown;
  for (let count = 0; count < maxTries; count++) {
    const code = (await promptForCode({ device, profile, rejection }, { ports, signal })).replace(/\s/g, '');
    rejection = rejectionWithoutRequest(code, usedCodes.get(device), ports.now());
    if (rejection) continue;
    usedCodes.set(device, { code, at: ports.now() });
    try {
      return await tryCode(code);
    } catch (cause) {
      if (!isWrongCode(cause)) throw cause;
      lastError = cause;
      rejection = 'wrong';
    }
  }
  throw failure('unauthorized', { field: 'awsProfile', params: { why: 'mfa', profile } }, lastError);
}

/** Why a code is certainly wrong, so that no request is needed; undefined for a code that may be right. */
function rejectionWithoutRequest(
  code: string,
  lastUsed: { code: string; at: number } | undefined,
  now: number,
): CodeRefusal | undefined {
  if (lastUsed?.code === code && now - lastUsed.at < codeLifetimeMs) return 'used';
  return /^\d{6}$/.test(code) ? undefined : 'shape';
}

async function promptForCode(
  { device, profile, rejection }: { device: string; profile: string; rejection: CodeRefusal | undefined },
  { ports, signal }: Pick<CredentialContext, 'ports' | 'signal'>,
): Promise<string> {
  const noPromptFailure = (cause?: unknown): AppFailure =>
    failure('secret-missing', { field: 'awsProfile', params: { why: 'mfa', profile } }, cause);
  if (!ports.promptForCode) throw noPromptFailure();
  try {
    return await ports.promptForCode({ kind: 'mfa', device, ...(rejection && { refused: rejection }) }, signal);
  } catch (cause) {
    throw cause instanceof AppFailure && cause.error.code === 'secret-missing' ? noPromptFailure(cause) : cause;
  }
}

/** The service has no separate error name for a wrong code. */
const isWrongCode = (cause: unknown): boolean =>
  cause instanceof Error && /MultiFactorAuthentication failed/i.test(cause.message);
