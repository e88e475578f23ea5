/** Codes of a device that a person has: asked for once, never used twice. */
import { AppFailure, failure } from '../../../../src-shared/errors.ts';
import type { CodeRefused } from '../../../../src-shared/provider.ts';
import type { Around } from './around.ts';

/** Of each device, by its name. The service takes a code once; whoever types the same again has read it too early. */
const used = new Map<string, { code: string; at: number }>();
/** ms after which the same digits are another code */
const sameCodeMs = 120_000;
const tries = 3;

/** `profile`: for the sentences. `tryCode` is given a fresh code. */
export interface MfaUse<T> {
  device: string;
  profile: string;
  tryCode(code: string): Promise<T>;
}

/**
 * @throws AppFailure secret-missing when nobody is there to ask; unauthorized when every code was refused; what `tryCode`
 * throws for other reasons
 */
export async function withCode<T>(
  { device, profile, tryCode }: MfaUse<T>,
  { ports, signal }: Pick<Around, 'ports' | 'signal'>,
): Promise<T> {
  let refused: CodeRefused | undefined;
  let said: unknown;
  for (let count = 0; count < tries; count++) {
    const code = (await asked({ device, profile, refused }, { ports, signal })).replace(/\s/g, '');
    const last = used.get(device);
    const isReused = last?.code === code && ports.now() - last.at < sameCodeMs;
    refused = isReused ? 'used' : /^\d{6}$/.test(code) ? undefined : 'shape';
    if (refused) continue;
    used.set(device, { code, at: ports.now() });
    try {
      return await tryCode(code);
    } catch (cause) {
      if (!isWrongCode(cause)) throw cause;
      said = cause;
      refused = 'wrong';
    }
  }
  throw failure('unauthorized', { field: 'awsProfile', params: { why: 'mfa', profile } }, said);
}

async function asked(
  { device, profile, refused }: { device: string; profile: string; refused: CodeRefused | undefined },
  { ports, signal }: Pick<Around, 'ports' | 'signal'>,
): Promise<string> {
  const nobody = (cause?: unknown): AppFailure =>
    failure('secret-missing', { field: 'awsProfile', params: { why: 'mfa', profile } }, cause);
  if (!ports.ask) throw nobody();
  try {
    return await ports.ask({ kind: 'mfa', device, ...(refused && { refused }) }, signal);
  } catch (cause) {
    throw cause instanceof AppFailure && cause.error.code === 'secret-missing' ? nobody(cause) : cause;
  }
}

/** There is no name of its own for it. */
const isWrongCode = (cause: unknown): boolean =>
  cause instanceof Error && /MultiFactorAuthentication failed/i.test(cause.message);
