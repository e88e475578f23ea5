/** Asks a provider which values a field can have. Whoever waits for it can also type, so it never takes long. */
import * as v from 'valibot';
import { AppFailure, failure } from '../../src-shared/errors.ts';
import { commonSettings } from './common-settings.ts';
import { errorOfIssue } from './issues.ts';
import { openWay } from './network.ts';
import type { DriverPorts, Provider, Question } from './provider.ts';
import { loadProvider } from './registry.ts';
import { timeLimits } from './time-limits.ts';

/** More than anybody looks through. */
const most = 1000;

export interface SuggestOptions {
  /** ms */ limit?: number;
}

/** @throws AppFailure for the reason why there is nothing to suggest: unreachable when the answer takes too long */
export async function suggestValues(
  provider: Provider,
  question: Omit<Question, 'signal'>,
  ports: DriverPorts,
  { limit = timeLimits.suggestMs }: SuggestOptions = {},
): Promise<string[]> {
  const over = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      over.abort('timeout');
      reject(failure('unreachable'));
    }, limit);
  });
  try {
    const values = await Promise.race([answer(provider, { ...question, signal: over.signal }, ports), late]);
    return [...new Set(values)].filter((value) => value !== '').slice(0, most);
  } catch (cause) {
    throw cause instanceof AppFailure ? cause : failure('bug', {}, cause);
  } finally {
    clearTimeout(timer);
  }
}

async function answer(provider: Provider, question: Question, ports: DriverPorts): Promise<string[]> {
  const { suggest } = await loadProvider(provider);
  const common = v.safeParse(commonSettings, question.values);
  if (!common.success) throw new AppFailure(errorOfIssue(common.issues[0]));
  const way = openWay(common.output, ports.network);
  try {
    return suggest ? await suggest(question, { ...ports, way }) : [];
  } finally {
    way.close();
  }
}
