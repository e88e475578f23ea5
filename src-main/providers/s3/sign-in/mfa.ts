/** Codes of a device that a person has: asked for once, never used twice. */
import { AppFailure, failure } from '../../../../src-shared/errors.ts';
import type { Around } from './around.ts';

/** Of each device, by its name. The service takes a code once; whoever types the same again has read it too early. */
const used = new Map<string, { code: string; at: number }>();
/** ms after which the same digits are another code */
const sameCodeMs = 120_000;
const tries = 3;

/** `profile`: for the sentences. `tryCode` is given a fresh code. */
export interface MfaUse<T> { device: string; profile: string; tryCode(code: string): Promise<T> }

/**
 * @throws AppFailure secret-missing when nobody is there to ask; unauthorized when every code was refused; what `tryCode`
 * throws for other reasons
 */
export async function withCode<T>({ device, profile, tryCode }: MfaUse<T>, { ports, signal }: Pick<Around, 'ports' | 'signal'>): Promise<T> {
  let refused: unknown;
  for (let count = 0; count < tries; count++) {
    const code = (await asked({ device, profile }, { ports, signal })).replace(/\s/g, '');
    const last = used.get(device);
    const isReused = last?.code === code && ports.now() - last.at < sameCodeMs;
    if (isReused || !/^\d{6}$/.test(code)) continue;
    used.set(device, { code, at: ports.now() });
    try {
      return await tryCode(code);
    } catch (cause) {
      if (!isWrongCode(cause)) throw cause;
      refused = cause;
    }
  }
  throw failure('unauthorized', { field: 'awsProfile', params: { why: 'mfa', profile } }, refused);
}

async function asked({ device, profile }: { device: string; profile: string }, { ports, signal }: Pick<Around, 'ports' | 'signal'>): Promise<string> {
  const nobody = (cause?: unknown): AppFailure => failure('secret-missing', { field: 'awsProfile', params: { why: 'mfa', profile } }, cause);
  if (!ports.ask) throw nobody();
  try {
    return await ports.ask({ kind: 'mfa', device }, signal);
  } catch (cause) {
    throw cause instanceof AppFailure && cause.error.code === 'secret-missing' ? nobody(cause) : cause;
  }
}

/** There is no name of its own for it. */
const isWrongCode = (cause: unknown): boolean => cause instanceof Error && /MultiFactorAuthentication failed/i.test(cause.message);
