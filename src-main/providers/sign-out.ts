/** Signs out at a service, whose answer nobody needs: it has little time, and what it says is for the log. */
import * as v from 'valibot';
import { AppFailure, failure } from '../../src-shared/errors.ts';
import { commonSettings } from './common-settings.ts';
import { errorOfIssue } from './issues.ts';
import { openWay } from './network.ts';
import type { DriverPorts, Provider, SigningOut } from './provider.ts';
import { loadProvider } from './registry.ts';
import { timeLimits } from './time-limits.ts';

export interface SignOutOptions {
  /** ms */ limit?: number;
}

/** @throws AppFailure stalled when the service does not answer, and why it did not come about; the sign-in may then live on there */
export async function signOutOf(
  provider: Provider,
  leaving: Omit<SigningOut, 'signal'>,
  ports: DriverPorts,
  { limit = timeLimits.signOutMs }: SignOutOptions = {},
): Promise<void> {
  const over = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(failure('stalled'));
      over.abort('timeout');
    }, limit);
  });
  try {
    await Promise.race([signOut(provider, { ...leaving, signal: over.signal }, ports), late]);
  } catch (cause) {
    throw cause instanceof AppFailure ? cause : failure('bug', {}, cause);
  } finally {
    clearTimeout(timer);
  }
}

async function signOut(provider: Provider, leaving: SigningOut, ports: DriverPorts): Promise<void> {
  const module = await loadProvider(provider);
  if (!module.signOut) return;
  const common = v.safeParse(commonSettings, leaving.values);
  if (!common.success) throw new AppFailure(errorOfIssue(common.issues[0]));
  const way = openWay(common.output, ports.network);
  try {
    await module.signOut(leaving, { ...ports, way });
  } catch (cause) {
    if (cause instanceof AppFailure) throw cause;
    const error = module.errorOf(cause, undefined) ?? { code: 'bug' as const };
    throw failure(error.code, error, cause);
  } finally {
    way.close();
  }
}
