/**
 * The log: JSON lines, one for each attempt of an upload and one for each problem that nobody expected. A line has a
 * short id, which the window shows beside the error. Nothing secret gets in, see redact.ts.
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
  /** Never to appear in the log from now on, in any of its spellings. */
  registerSecret(value: string): void;
  /** Keeps the raw cause of something that went wrong at `where`. @returns the diagnostic id of the line */
  problem(where: string, cause: unknown): string;
  /** A line without an error, like the start of the app. */
  note(event: string, facts?: Record<string, string | number | boolean>): void;
}

export interface LogOptions {
  folder: string;
  /** Real path of the user's home: shown as `~`. */
  home: string;
  /** Folder of the app; paths in stacks are shown from there. */
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
