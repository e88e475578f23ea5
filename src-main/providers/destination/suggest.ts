/** Asks a provider for suggested values of a field. The time limit is short, because users can also type the value. */
import * as v from 'valibot';
import { AppFailure, failure } from '../../../src-shared/errors.ts';
import { commonSettingsSchema } from '../settings/common-settings.ts';
import { withReferencedCertificates } from './referenced-certificates.ts';
import { errorFromIssue } from '../settings/field-issues.ts';
import { createTransport } from '../network/transport.ts';
import type { DriverPorts, Provider, FieldContext } from '../contract/provider.ts';
import { loadProvider } from './load-provider.ts';
import { timeLimits } from '../network/time-limits.ts';

/** Users would not look through a longer list. */
const maxSuggestions = 1000;

export interface SuggestOptions {
  timeoutMs?: number;
}

/** @throws AppFailure with the reason why there are no suggestions; unreachable after the time limit */
export async function suggestValues(
  provider: Provider,
  context: Omit<FieldContext, 'signal'>,
  ports: DriverPorts,
  { timeoutMs = timeLimits.suggestMs }: SuggestOptions = {},
): Promise<string[]> {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      controller.abort('timeout');
      reject(failure('unreachable'));
    }, timeoutMs);
  });
  try {
    const values = await Promise.race([
      querySuggestions(provider, { ...context, signal: controller.signal }, ports),
      timeout,
    ]);
    return [...new Set(values)].filter((value) => value !== '').slice(0, maxSuggestions);
  } catch (cause) {
    throw cause instanceof AppFailure ? cause : failure('bug', {}, cause);
  } finally {
    clearTimeout(timer);
  }
}

/** Calls the provider's suggest function with the network settings of the form. */
async function querySuggestions(provider: Provider, context: FieldContext, ports: DriverPorts): Promise<string[]> {
  const { suggest } = await loadProvider(provider);
  const common = v.safeParse(commonSettingsSchema, context.values);
  if (!common.success) throw new AppFailure(errorFromIssue(common.issues[0]));
  const transport = createTransport(withReferencedCertificates(common.output, provider, context.values), ports.network);
  try {
    return suggest ? await suggest(context, { ...ports, transport }) : [];
  } finally {
    transport.close();
  }
}
