/** The title of a failed step of a destination's test, in the window and on the command line. */
import type { ErrorCode } from '../errors.ts';
import type { CheckResult } from '../profile.ts';
import { text } from './text.ts';

/** Errors after which the service has not checked the key, so the title says “Can’t connect”, not “Can’t sign in”. */
const connectionErrors: ReadonlySet<ErrorCode> = new Set([
  'offline',
  'unreachable',
  'stalled',
  'unavailable',
  'rate-limited',
  'tls-untrusted',
  'wrong-service',
  'wrong-region',
]);

export const failedStepText = ({ step, error }: Pick<CheckResult, 'step' | 'error'>): string =>
  text(
    step === 'sign-in' && error && (connectionErrors.has(error.code) || isAboutProxy(error.field))
      ? 'ui.check.connect.failed'
      : `ui.check.${step}.failed`,
  );

const isAboutProxy = (field: string | undefined): boolean => field?.startsWith('proxy') === true;
