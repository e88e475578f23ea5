/**
 * Signs out at a service after its destination was removed. The time limit is short, because the removal does not
 * depend on the result: the caller only logs errors.
 */
import * as v from 'valibot';
import { AppFailure, failure } from '../../../src-shared/errors.ts';
import { commonSettingsSchema } from '../settings/common-settings.ts';
import { withReferencedCertificates } from './referenced-certificates.ts';
import { errorFromIssue } from '../settings/field-issues.ts';
import { createTransport } from '../network/transport.ts';
import type { DriverPorts, Provider, SignOutRequest } from '../contract/provider.ts';
import { loadProvider } from './load-provider.ts';
import { timeLimits } from '../network/time-limits.ts';

export interface SignOutOptions {
  timeoutMs?: number;
}

/**
 * @throws AppFailure stalled when the service does not answer, or the reason why the sign-out failed; the sign-in may
 * then remain valid
 */
export async function signOutOfProvider(
  provider: Provider,
  request: Omit<SignOutRequest, 'signal'>,
  ports: DriverPorts,
  { timeoutMs = timeLimits.signOutMs }: SignOutOptions = {},
): Promise<void> {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(failure('stalled'));
      controller.abort('timeout');
    }, timeoutMs);
  });
  try {
    await Promise.race([signOutWithTransport(provider, { ...request, signal: controller.signal }, ports), timeout]);
  } catch (cause) {
    throw cause instanceof AppFailure ? cause : failure('bug', {}, cause);
  } finally {
    clearTimeout(timer);
  }
}

/** Calls the provider's sign-out function, if it has one, with the network settings of the removed destination. */
async function signOutWithTransport(provider: Provider, request: SignOutRequest, ports: DriverPorts): Promise<void> {
  const module = await loadProvider(provider);
  if (!module.signOut) return;
  const common = v.safeParse(commonSettingsSchema, request.values);
  if (!common.success) throw new AppFailure(errorFromIssue(common.issues[0]));
  const transport = createTransport(withReferencedCertificates(common.output, provider, request.values), ports.network);
  try {
    await module.signOut(request, { ...ports, transport });
  } catch (cause) {
    if (cause instanceof AppFailure) throw cause;
    const error = module.errorOf(cause, undefined) ?? { code: 'bug' as const };
    throw failure(error.code, error, cause);
  } finally {
    transport.close();
  }
}
