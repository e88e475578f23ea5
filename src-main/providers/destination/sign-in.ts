/** Runs a provider's sign-in. A time limit ends a sign-in that the user has abandoned. */
import * as v from 'valibot';
import { AppFailure, failure } from '../../../src-shared/errors.ts';
import type { SignInStep } from '../../../src-shared/provider.ts';
import { commonSettingsSchema } from '../settings/common-settings.ts';
import { withReferencedCertificates } from './referenced-certificates.ts';
import { errorFromIssue } from '../settings/field-issues.ts';
import { createTransport } from '../network/transport.ts';
import { abortable } from '../contract/abortable.ts';
import type { DriverPorts, Provider, FieldContext, SignInOutcome } from '../contract/provider.ts';
import { loadProvider } from './load-provider.ts';

/** The sign-in codes of services are valid for 10 to 15 minutes. */
const defaultTimeoutMs = 15 * 60_000;

export interface SignInPrompts {
  /** Opens the page of the step and shows the user the next action. */
  show(step: SignInStep): void;
  /** Resolves with the next text that the user pastes. @throws AppFailure canceled */
  pasted(signal: AbortSignal): Promise<string>;
}

export interface SignInOptions {
  timeoutMs?: number;
}

/** @throws AppFailure canceled, stalled after the time limit, provider-broken, or the reason why the service refused */
export async function signInToProvider(
  provider: Provider,
  context: FieldContext,
  ports: DriverPorts,
  prompts: SignInPrompts,
  { timeoutMs = defaultTimeoutMs }: SignInOptions = {},
): Promise<SignInOutcome> {
  const { signIn, errorOf } = await loadProvider(provider);
  if (!signIn) throw failure('provider-broken', { params: { provider: provider.name } });
  const common = v.safeParse(commonSettingsSchema, context.values);
  if (!common.success) throw new AppFailure(errorFromIssue(common.issues[0]));
  const transport = createTransport(withReferencedCertificates(common.output, provider, context.values), ports.network);
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([context.signal, timeout]);
  try {
    return await abortable(
      signIn({ ...context, signal }, { ...ports, ...prompts, transport, computer: context.computer }),
      signal,
    );
  } catch (cause) {
    throw signInFailure(cause, {
      canceled: context.signal.aborted,
      timedOut: timeout.aborted,
      errorOf: (thrown) => errorOf(thrown, undefined),
    });
  } finally {
    transport.close();
  }
}

interface SignInEnd {
  canceled: boolean;
  timedOut: boolean;
  errorOf(cause: unknown): AppFailure['error'] | undefined;
}

function signInFailure(cause: unknown, { canceled, timedOut, errorOf }: SignInEnd): AppFailure {
  if (canceled) return failure('canceled', {}, cause);
  if (timedOut) return failure('stalled', { params: { why: 'signIn' } }, cause);
  if (cause instanceof AppFailure) return cause;
  const error = errorOf(cause) ?? { code: 'bug' as const };
  return failure(error.code, error, cause);
}
