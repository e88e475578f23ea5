/**
 * Logs errors that no code handles. Without a listener, Electron shows a modal stack trace, and a bug in one handler
 * would stop running uploads.
 */
import type { EventEmitter } from 'node:events';
import type { AppLog } from '../platform/log.ts';

export interface UnexpectedErrors {
  /** Calls the listener once with the diagnostic ID of the first error, even if it was logged before this call. */
  onFirst(listener: (diagnosticId: string) => void): void;
}

export function logUnexpectedErrors(log: Pick<AppLog, 'problem'>, source: EventEmitter): UnexpectedErrors {
  const first = new Promise<string>((resolve) => {
    source.on('uncaughtException', (cause: unknown) => resolve(log.problem('uncaught exception', cause)));
    source.on('unhandledRejection', (cause: unknown) => resolve(log.problem('unhandled rejection', cause)));
  });
  return {
    onFirst(listener) {
      void first.then(listener);
    },
  };
}
