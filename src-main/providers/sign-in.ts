/** Leads a person through a provider's sign-in. It may take as long as people take; what nobody finishes ends by itself. */
import * as v from 'valibot';
import { AppFailure, failure } from '../../src-shared/errors.ts';
import type { SignInStep } from '../../src-shared/provider.ts';
import { commonSettings } from './common-settings.ts';
import { errorOfIssue } from './issues.ts';
import { openWay } from './network.ts';
import { orAborted } from './or-aborted.ts';
import type { DriverPorts, Provider, Question, SignedIn } from './provider.ts';
import { loadProvider } from './registry.ts';

/** Codes that services show are good for ten to fifteen minutes. */
const limitMs = 15 * 60_000;

export interface SignInTalk {
  /** Opens the page of the step, and tells the person what to do there. */
  show(step: SignInStep): void;
  /** What the person pastes next. @throws AppFailure canceled */
  pasted(signal: AbortSignal): Promise<string>;
}

export interface SignInOptions {
  /** ms */ limit?: number;
}

/** @throws AppFailure canceled, stalled when nobody finished it, provider-broken, or why the service refused */
export async function signInThrough(
  provider: Provider,
  question: Question,
  ports: DriverPorts,
  talk: SignInTalk,
  { limit = limitMs }: SignInOptions = {},
): Promise<SignedIn> {
  const { signIn, errorOf } = await loadProvider(provider);
  if (!signIn) throw failure('provider-broken', { params: { provider: provider.name } });
  const common = v.safeParse(commonSettings, question.values);
  if (!common.success) throw new AppFailure(errorOfIssue(common.issues[0]));
  const way = openWay(common.output, ports.network);
  const over = AbortSignal.timeout(limit);
  const signal = AbortSignal.any([question.signal, over]);
  try {
    return await orAborted(
      signIn({ ...question, signal }, { ...ports, ...talk, way, computer: question.computer }),
      signal,
    );
  } catch (cause) {
    throw failureOf(cause, {
      canceled: question.signal.aborted,
      late: over.aborted,
      errorOf: (thrown) => errorOf(thrown, undefined),
    });
  } finally {
    way.close();
  }
}

interface Ended {
  canceled: boolean;
  late: boolean;
  errorOf(cause: unknown): AppFailure['error'] | undefined;
}

function failureOf(cause: unknown, { canceled, late, errorOf }: Ended): AppFailure {
  if (canceled) return failure('canceled', {}, cause);
  if (late) return failure('stalled', { params: { why: 'signIn' } }, cause);
  if (cause instanceof AppFailure) return cause;
  const error = errorOf(cause) ?? { code: 'bug' as const };
  return failure(error.code, error, cause);
}
