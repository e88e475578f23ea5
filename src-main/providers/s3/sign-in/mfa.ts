/** Codes of a device that a person has: asked for once, never used twice. */
import { AppFailure, failure } from '../../../../src-shared/errors.ts';
import type { CodeRefusal } from '../../../../src-shared/provider.ts';
import type { CredentialContext } from './credential-context.ts';

/** Of each device, by its name. The service takes a code once; whoever types the same again has read it too early. */
const usedCodes = new Map<string, { code: string; at: number }>();
/** ms after which the same digits are another code */
const codeLifetimeMs = 120_000;
const maxTries = 3;

/** `profile`: for the sentences. `tryCode` is given a fresh code. */
export interface MfaRequest<T> {
  device: string;
  profile: string;
  tryCode(code: string): Promise<T>;
}

/**
 * @throws AppFailure secret-missing when nobody is there to ask; unauthorized when every code was refused; what `tryCode`
 * throws for other reasons
 */
export async function withMfaCode<T>(
  { device, profile, tryCode }: MfaRequest<T>,
  { ports, signal }: Pick<CredentialContext, 'ports' | 'signal'>,
): Promise<T> {
  let rejection: CodeRefusal | undefined;
  let lastError: unknown;
  for (let count = 0; count < maxTries; count++) {
    const code = (await promptForCode({ device, profile, rejection }, { ports, signal })).replace(/\s/g, '');
    const last = usedCodes.get(device);
    const isReused = last?.code === code && ports.now() - last.at < codeLifetimeMs;
    rejection = isReused ? 'used' : /^\d{6}$/.test(code) ? undefined : 'shape';
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

/** There is no name of its own for it. */
const isWrongCode = (cause: unknown): boolean =>
  cause instanceof Error && /MultiFactorAuthentication failed/i.test(cause.message);
