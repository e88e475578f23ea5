/**
 * The log: JSON lines, one for each upload attempt and one for each unexpected error. Each line has a short id, which
 * the window shows next to the error. Secrets are removed, see redact.ts.
 */
import { join, resolve } from 'node:path';
import { pino } from 'pino';
import type { Log } from '../engine/ports.ts';
import { describeCause } from './describe-cause.ts';
import { diagnosticId } from './diagnostic-id.ts';
import { openLogFile } from './log-file.ts';
import { createRedactor } from './redact.ts';

export interface AppLog extends Log {
  /** Path of the newest log file; it need not exist yet. */
  readonly file: string;
  /** From now on the log shows `***` instead of this value, however it is encoded. */
  registerSecret(value: string): void;
  /** Logs the cause of an unexpected error at `where`. @returns the diagnostic id of the line */
  problem(where: string, cause: unknown): string;
  /** Logs an event that is not an error, such as the start of the app. */
  note(event: string, facts?: Record<string, string | number | boolean>): void;
}

export interface LogOptions {
  folder: string;
  /** Real path of the user's home folder. The log shows it as `~`. */
  home: string;
  /** Folder of the app. Paths in stack traces are relative to it. */
  appRoot?: string;
}

const maxBytes = 5 * 1024 * 1024;
const keepFiles = 3;

export function openLog({ folder, home, appRoot = resolve(import.meta.dirname, '../..') }: LogOptions): AppLog {
  const file = join(folder, 'hoist.log');
  const { redact, registerSecret } = createRedactor({ home });
  const logger = pino(
    {
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    openLogFile({ path: file, maxBytes, keepFiles }),
  );
  const clean = (value: string | number | boolean) => (typeof value === 'string' ? redact(value) : value);
  const describe = (cause: unknown) => describeCause(cause, { appRoot, clean: redact });

  return {
    file,
    registerSecret,
    attempt({ uploadId, attempt, profileId, ms, bytes, outcome, cause }) {
      const id = diagnosticId();
      const line = {
        id,
        event: 'attempt',
        uploadId: clean(uploadId),
        attempt,
        profileId: clean(profileId),
        ms,
        bytes,
        outcome,
        ...(cause !== undefined && { cause: describe(cause) }),
      };
      logger[outcome === 'stored' ? 'info' : 'warn'](line);
      return id;
    },
    problem(where, cause) {
      const id = diagnosticId();
      logger.error({ id, event: 'problem', where: redact(where), cause: describe(cause) });
      return id;
    },
    note(event, facts = {}) {
      logger.info({
        event,
        ...Object.fromEntries(Object.entries(facts).map(([key, value]) => [redact(key), clean(value)])),
      });
    },
  };
}
